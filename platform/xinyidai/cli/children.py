"""Processes that a command starts beside itself, and ends with itself.

Each holds the reading end of a pipe whose writing end only its parent has. However the parent ends, be it by a
``kill -9``, the pipe closes, and the child stops as if it had been asked to.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PATIENCE_SECONDS = 10.0
_LIFELINE = "XYD_LIFELINE"
"""Names the file descriptor of the pipe to the child."""


@dataclass(slots=True)
class Child:
    """One of our own commands in a process group of its own, so that a Ctrl-C reaches it through its parent only."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    lifeline: int
    """The end of the pipe that must stay open as long as the child is wanted."""

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


def start_child(name: str, arguments: list[str], environment: Mapping[str, str], log: Path) -> Child:
    """Start ``xyd`` with ``arguments``; all it says goes to the file ``log``."""
    watched, held = os.pipe()
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "xinyidai.cli", *arguments],
            env={**environment, _LIFELINE: str(watched)},
            pass_fds=(watched,),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    os.close(watched)
    return Child(name, process, log, held)


def end_with_parent() -> None:
    """In a child: from here on it does not outlive whoever started it. Does nothing in any other process."""
    lifeline = os.environ.pop(_LIFELINE, "")
    if lifeline:
        threading.Thread(target=_watch, args=(int(lifeline),), name="lifeline", daemon=True).start()


def _watch(lifeline: int) -> None:
    """Nothing is ever written: reading ends when the other side does."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_PATIENCE_SECONDS)
    os._exit(1)


def stop_children(children: list[Child]) -> None:
    """Ask all to end, wait for each, and end the group of one that does not."""
    for child in children:
        if not child.has_ended:
            child.process.terminate()
    for child in children:
        try:
            child.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        os.close(child.lifeline)
