"""Importing this module declares every handler of the platform."""

from xinyidai.worker import actors as actors
from xinyidai.worker.handling import HANDLINGS, Handling

__all__ = ["HANDLINGS", "Handling"]
