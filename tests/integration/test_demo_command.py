"""``xyd demo`` as a process: it starts everything, and ends everything that it started."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from xinyidai.core.embedded import embedded_server

PATIENCE = 120.0
QUICK = 0.1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def folder(run_folder: Path, request: pytest.FixtureRequest) -> Path:
    """Short enough for a socket's address; cleared away with the run."""
    found = run_folder / f"demo-{request.node.name[:12]}"
    found.mkdir(mode=0o755)
    return found


class Demo:
    """One start of the command; everything that it starts can be told by the folder in its environment or arguments."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.output = folder, port, folder / "output.txt"
        arguments = ["demo", "--firms", "30", "--port", str(port), "--data-dir", str(folder)]
        with self.output.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "xinyidai.cli", *arguments],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={**os.environ, "DATABASE_URL": "postgresql://nobody@nowhere.invalid/not_used"},
                start_new_session=True,
            )

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_for(self, happened: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not happened():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(QUICK)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[[], Demo]]:
    begun: list[Demo] = []

    def _start() -> Demo:
        begun.append(Demo(folder, free_port()))
        return begun[-1]

    yield _start
    for demo in begun:
        if demo.process.poll() is None:
            demo.process.kill()
            demo.process.wait()


def left_over(folder: Path) -> list[str]:
    """Processes that belong to this folder: by their arguments, or by their environment where they are ours."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        arguments = " ".join(process.info["cmdline"] or [])
        if str(folder) in arguments or (process.info["cmdline"] and _data_dir(process) == str(folder)):
            found.append(arguments)
    return found


def _data_dir(process: psutil.Process) -> str:
    try:
        return process.environ().get("XYD_DATA_DIR", "")
    except psutil.Error:
        return ""


def rows_of(folder: Path) -> list[tuple[int, ...]]:
    """How much the running demo's database holds."""
    with embedded_server(folder) as server, psycopg.connect(server.url("postgres")) as connection:
        counts = "(select count(*) from needs), (select count(*) from leads), (select count(*) from enterprises)"
        return connection.execute(f"select {counts}, (select count(*) from disbursements)").fetchall()


def test_it_survives_a_ctrl_c_while_loading_serves_on_the_next_start_and_leaves_nothing_running(
    start: Callable[[], Demo], folder: Path
) -> None:
    interrupted = start()
    interrupted.wait_for(lambda: "· products" in interrupted.said() or (folder / "postgresql/postmaster.pid").exists())
    assert interrupted.stop(signal.SIGINT) == 0
    assert left_over(folder) == []

    demo = start()
    demo.wait_for(demo.is_ready)
    demo.wait_for(lambda: "Ctrl-C" in demo.said())
    for word in ("factory", "officer", "企业", f"http://127.0.0.1:{demo.port}/"):
        assert word in demo.said()
    page = urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/login").read().decode()
    assert "xinyidai-demo" in page
    before = rows_of(folder)
    assert demo.stop(signal.SIGTERM) == 0
    assert left_over(folder) == []

    again = start()
    again.wait_for(lambda: "Taking up the city" in again.said())
    assert rows_of(folder) == before
    assert again.stop(signal.SIGINT) == 0
    assert left_over(folder) == []


def test_a_killed_demo_leaves_neither_web_nor_worker_running(start: Callable[[], Demo], folder: Path) -> None:
    demo = start()
    demo.wait_for(demo.is_ready)
    demo.process.kill()
    demo.process.wait()
    until = time.monotonic() + PATIENCE
    while ours := [one for one in left_over(folder) if "xinyidai.cli" in one]:
        assert time.monotonic() < until, ours
        time.sleep(QUICK)
    with embedded_server(folder):
        pass
    assert left_over(folder) == []


def test_a_taken_port_is_told_before_anything_is_made(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        demo = Demo(folder, int(other.getsockname()[1]))
        assert demo.process.wait(PATIENCE) == 2
    assert "端口" in demo.said()
    assert "--port" in demo.said()
    assert not (folder / "postgresql").exists()
