"""`python -m matching`: the library on files by hand."""

import sys

from matching.commands import main

sys.exit(main(sys.argv[1:]))
