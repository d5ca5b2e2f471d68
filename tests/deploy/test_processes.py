"""The production shape by hand: two web processes and two workers on one database and one Redis."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.factories import PASSWORD, Factory
from tests.redis_server import REDIS_SERVER, free_port, redis_server
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.database import Database
from xinyidai.core.db import unit_of_work
from xinyidai.needs.jobs import RankNeed
from xinyidai.outbox.jobs import enqueue_many

XYD = Path(sys.executable).parent / "xyd"


@contextmanager
def process(database: Database, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """One process of the platform on ``database``; killed at the end if it still runs."""
    settings = {
        "DATABASE_URL": database.app_url,
        "XYD_SECRET_KEY": "shared by all web processes",
        "XYD_LOG_FORMAT": "json",
        **environment,
    }
    started = subprocess.Popen(
        [str(XYD), *arguments], env={**os.environ, **settings}, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.send_signal(signal.SIGTERM)
            try:
                started.wait(timeout=15)
            except subprocess.TimeoutExpired:
                started.kill()


def wait_until(condition: object, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.1)
    return False


def group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def alive(port: int) -> bool:
    return answers(port, "live")


def ready(port: int) -> bool:
    return answers(port, "ready")


def answers(port: int, health: str) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/{health}", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def count(engine: Engine, statement: str) -> int:
    with unit_of_work(engine, SYSTEM) as session:
        return int(session.execute(text(statement)).scalar_one())


def needs_waiting_for_ranking(engine: Engine, needs: int, products: int) -> None:
    now = datetime.now(UTC)
    with unit_of_work(engine, SYSTEM) as session:
        factory = Factory(session, now)
        bank = factory.institution()
        for _number in range(products):
            factory.product(bank)
        enterprise = factory.enterprise()
        enqueue_many(session, [RankNeed(factory.need(enterprise).id) for _number in range(needs)], now)


@pytest.mark.redis
@pytest.mark.skipif(REDIS_SERVER is None, reason="no redis-server on this machine")
def test_two_web_processes_and_two_workers_share_the_work(
    own_database: Database, own_engine: Engine, tmp_path: Path
) -> None:
    with unit_of_work(own_engine, SYSTEM) as session:
        username = Factory(session, datetime.now(UTC)).user(Role.OFFICE_STAFF).username
    ports = [free_port(), free_port()]
    with redis_server(tmp_path) as redis_url, ExitStack() as stack:
        for port in ports:
            stack.enter_context(process(own_database, "serve", "--port", str(port)))
        stack.enter_context(process(own_database, "worker", REDIS_URL=redis_url))
        stack.enter_context(process(own_database, "worker", "--no-relay", "--no-schedule", REDIS_URL=redis_url))
        assert all(wait_until(lambda port=port: ready(port)) for port in ports)

        with httpx.Client(base_url=f"http://127.0.0.1:{ports[0]}") as first:
            first.get("/login")
            form = {"username": username, "password": PASSWORD, "_csrf_token": first.cookies["xyd_csrf"]}
            assert first.post("/login", data=form).status_code == 303
            cookies = dict(first.cookies)
        # The second process knows the session and accepts the first one's form token.
        with httpx.Client(base_url=f"http://127.0.0.1:{ports[1]}", cookies=cookies) as second:
            assert second.get("/start").headers["location"] == "/office"
            answer = second.post("/logout", data={"_csrf_token": cookies["xyd_csrf"]})
            assert answer.status_code == 303

        needs_waiting_for_ranking(own_engine, needs=60, products=10)
        assert wait_until(lambda: count(own_engine, "select count(*) from match_runs") == 60)
    assert count(own_engine, "select count(distinct need_id) from match_runs") == 60


def test_several_processes_serve_one_port_and_end_with_the_one_that_began_them(own_database: Database) -> None:
    port = free_port()
    with process(own_database, "serve", "--processes", "2", "--port", str(port)) as began:
        assert wait_until(lambda: ready(port))
        assert "xyd_requests_total" in httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
        began.kill()
        began.wait()
        assert wait_until(lambda: not group_lives(began.pid))


@pytest.mark.parametrize("processes", ["1", "2"])
def test_pages_are_served_from_the_embedded_database_until_ctrl_c(tmp_path: Path, processes: str) -> None:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "XYD_SECRET_KEY")}
    environment["XYD_DATA_DIR"] = str(tmp_path / "data")
    subprocess.run([str(XYD), "migrate"], env=environment, stderr=subprocess.DEVNULL, check=True)
    with subprocess.Popen(
        [str(XYD), "serve", "--processes", processes, "--port", str(port)],
        env=environment,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as serving:
        try:
            assert wait_until(lambda: alive(port))
            os.killpg(serving.pid, signal.SIGINT)
            assert serving.wait(timeout=30) == 0
        finally:
            if serving.poll() is None:
                os.killpg(serving.pid, signal.SIGKILL)
    assert wait_until(lambda: not group_lives(serving.pid), 10)


RANKED_BY_ITS_JOB = "select count(*) from match_runs where job_id is not null"


def test_a_killed_worker_ranks_every_need_exactly_once_after_its_restart(
    own_database: Database, own_engine: Engine
) -> None:
    needs_waiting_for_ranking(own_engine, needs=300, products=30)
    with process(own_database, "worker", "--threads", "2") as first:
        assert wait_until(lambda: count(own_engine, RANKED_BY_ITS_JOB) > 30)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    done = count(own_engine, RANKED_BY_ITS_JOB)
    assert 0 < done < 300, "the worker was not killed in the middle"
    with process(own_database, "worker", "--threads", "2"):
        assert wait_until(lambda: count(own_engine, "select count(*) from outbox_jobs where done_at is null") == 0, 120)
    # What the night's run over all needs adds beside them has no job of its own.
    assert count(own_engine, RANKED_BY_ITS_JOB) == 300
    assert count(own_engine, "select count(distinct need_id) from match_runs where job_id is not null") == 300
