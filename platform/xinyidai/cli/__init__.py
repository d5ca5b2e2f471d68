"""The one command-line program, for users and maintainers alike."""

from xinyidai.cli.main import app

__all__ = ["app"]
