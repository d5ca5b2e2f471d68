"""Ctrl-C and a polite kill mean the same: stop what was begun, in order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def interrupt_on_stop_signals() -> None:
    """From here on SIGTERM and a closed terminal raise KeyboardInterrupt, as Ctrl-C does."""
    for number in _STOPPING:
        signal.signal(number, _interrupt)


@contextmanager
def stop_signals_held() -> Iterator[None]:
    """Stop signals wait until the end of the block, and so do they in processes that are started inside it.

    A Ctrl-C goes to every process of the terminal: without this it would break a server that is just starting.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hold_stop_signals() -> None:
    """For the last act of a process: nothing interrupts it any more."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)


def release_stop_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
