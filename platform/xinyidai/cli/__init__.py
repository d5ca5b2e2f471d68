"""The one command-line program, for users and maintainers alike."""

import warnings

# Machines without a login session have no runtime folder; the embedded server says so when it is imported, and then
# uses the temporary folder. Nobody at the command line can do anything about it.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

from xinyidai.cli.main import app  # noqa: E402 - the warning would come first

__all__ = ["app"]
