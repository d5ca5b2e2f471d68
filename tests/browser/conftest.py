"""The whole platform in this process, on a database of its own, for a real browser."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Error, sync_playwright
from sqlalchemy import Engine

from tests.own_database import own_database, own_engine
from tests.redis_server import free_port
from tests.web.gallery.serving import LAUNCH, found_chromium
from xinyidai.core.clock import Clock
from xinyidai.settings import ROOT, Settings
from xinyidai.web.app import create_app
from xinyidai.worker.run import WorkerProcess

__all__ = ["own_database", "own_engine"]

ARTEFACTS = ROOT / "artefacts"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=found_chromium(), args=LAUNCH)
        except Error as error:
            pytest.skip(f"no Chromium: {error.message.splitlines()[0]}")
        yield launched
        launched.close()


@pytest.fixture
def running_clock(now: datetime) -> Clock:
    """A clock that begins at the test's moment and goes on from there."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


@contextmanager
def running_site(engine: Engine, clock: Clock, *, demo: bool = False) -> Iterator[str]:
    """Address of the running platform: pages and worker, as ``xyd serve`` and ``xyd worker`` start them."""
    settings = Settings(database_url=None, secret_key="tests only", city_name="示范市", demo=demo)
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings, engine, clock), port=port, log_config=None, access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    worker = WorkerProcess(engine, clock, threads=2, schedule=False)
    thread.start()
    worker.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    worker.stop()
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def site(own_engine: Engine, running_clock: Clock) -> Iterator[str]:
    with running_site(own_engine, running_clock) as address:
        yield address


@pytest.fixture
def pictures() -> Path:
    """Where screenshots are kept for whoever looks at a run."""
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS
