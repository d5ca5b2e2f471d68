"""Processes that a command starts beside itself, and ends with itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PATIENCE_SECONDS = 10.0


@dataclass(slots=True)
class Child:
    """One of our own commands in a process group of its own, so that a Ctrl-C reaches it through its parent only."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


def start_child(name: str, arguments: list[str], environment: Mapping[str, str], log: Path) -> Child:
    """Start ``xyd`` with ``arguments``; all it says goes to the file ``log``."""
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "xinyidai.cli", *arguments],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(name, process, log)


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
