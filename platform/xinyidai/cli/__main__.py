"""``python -m xinyidai.cli`` is the same program as ``xyd``; child processes are started this way."""

from xinyidai.cli import app
from xinyidai.cli.signals import release_stop_signals

# A parent that was just starting us may have held them, and a child inherits that.
release_stop_signals()
app()
