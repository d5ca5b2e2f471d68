"""A posted need until its ranked list can be read, in the demo city as `./xyd demo` runs it.

An embedded database with its usual durability, the demo city with all its products, and one worker process with
relay, schedule and actors. Needs are posted in open loop: each at its moment, whether or not the ones before it are
done, and each is timed from that moment.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from threading import Event, Lock
from uuid import UUID

import numpy as np
import psycopg
from sqlalchemy import Engine, text

from xinyidai.cli.children import start_child, stop_children
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.clock import system_clock
from xinyidai.core.database import Database, migrate
from xinyidai.core.db import make_engine, unit_of_work
from xinyidai.core.embedded import EmbeddedServer, embedded_server
from xinyidai.core.guarantees import GuaranteeMode
from xinyidai.demo.city import Scale, make_city
from xinyidai.demo.load import load_city
from xinyidai.enterprises.types import RegistrationStatus
from xinyidai.needs.commands import STEPS, ApplicantStep, DraftStep, MoneyStep, PostDraft, SecurityStep
from xinyidai.needs.service import post_need, save_step, start_draft
from xinyidai.needs.types import ApplicantRole, Purpose
from xinyidai.settings import Settings

POSTS_A_SECOND = 20
SECONDS = 30.0
WARM_UP_POSTS = 20
# How often the lists are looked for: what is measured may be late by this much, never early.
_LOOK_EVERY = 0.005
_PATIENCE = 60.0

_POSTERS = text("""
    select e.id, (select id from users where role = 'enterprise_member' order by id limit 1) as user_id
      from enterprises e
     where coalesce(e.registration_status, '') <> all(:closed)
       and not exists (select 1 from needs n where n.enterprise_id = e.id)
     order by e.id limit :count
""")
_CLOSED = [status.value for status in RegistrationStatus if status.is_veto]
_READABLE = text("""
    select r.need_id from match_runs r where r.need_id = any(:waiting)
       and exists (select 1 from match_results m where m.match_run_id = r.id)
""")


@dataclass(frozen=True)
class Posting:
    """Seconds from the moment each post was due to the moment its list could be read, in order of posting."""

    seconds: list[float]
    products: int
    posts: int

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.seconds, share)) if self.seconds else float("nan")


def measure(firms: int = Scale.DEMO.firms, posts_a_second: int = POSTS_A_SECOND, seconds: float = SECONDS) -> Posting:
    """Make the demo city in a folder of its own, start its worker, post, and throw all of it away."""
    with tempfile.TemporaryDirectory(prefix="xyd-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server may run as another user than root
        with embedded_server(folder) as server:
            engine = make_engine(server.app_url, pool_size=20)
            try:
                _make_city(server, engine, firms)
                count = WARM_UP_POSTS + int(posts_a_second * seconds)
                drafts = _drafts(engine, count)
                with _worker(server, folder):
                    _post_all(engine, drafts[:WARM_UP_POSTS], posts_a_second)
                    found = _post_all(engine, drafts[WARM_UP_POSTS:], posts_a_second)
                with unit_of_work(engine, SYSTEM) as session:
                    products = session.execute(
                        text("select count(*) from products where status = 'published'")
                    ).scalar()
            finally:
                engine.dispose()
    return Posting(found, int(products or 0), count - WARM_UP_POSTS)


def _make_city(server: EmbeddedServer, engine: Engine, firms: int) -> None:
    migrate(Database(server.app_url, server.owner_url))
    settings, now = Settings(), system_clock()

    def analyse() -> None:
        with psycopg.connect(server.owner_url, autocommit=True) as connection:
            connection.execute("analyze")

    load_city(
        engine,
        make_city(firms, now, region=settings.city_region),
        now,
        lambda *_: None,
        answer_days=settings.accept_working_days,
        need_days=settings.need_valid_days,
        analyse=analyse,
    )


@dataclass(frozen=True)
class _Draft:
    """A draft that lacks nothing but to be posted."""

    actor: Actor
    need_id: UUID


_ASKED: tuple[DraftStep, ...] = (
    MoneyStep(amount_wan=Decimal(80), term_months=12, purpose=Purpose.WORKING_CAPITAL),
    SecurityStep(guarantees=(GuaranteeMode.CREDIT, GuaranteeMode.GUARANTEE), has_existing_loans=False),
    ApplicantStep(applicant_role=next(iter(ApplicantRole)), contact_name="张三", contact_phone="10000000000"),
)


def _drafts(engine: Engine, count: int) -> list[_Draft]:
    with unit_of_work(engine, SYSTEM) as session:
        posters = session.execute(_POSTERS, {"count": count, "closed": _CLOSED}).all()
    made = []
    for poster in posters:
        actor = Actor(Role.ENTERPRISE_MEMBER, user_id=poster.user_id, enterprise_id=poster.id)
        with unit_of_work(engine, actor) as session:
            need = start_draft(session, actor, system_clock())
            for number in STEPS:
                save_step(session, actor, need.id, _ASKED[number - 1], system_clock())
            made.append(_Draft(actor, need.id))
    if len(made) < count:
        raise RuntimeError(f"the city has only {len(made)} enterprises that could post; {count} are needed")
    return made


@contextmanager
def _worker(server: EmbeddedServer, folder: Path) -> Iterator[None]:
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    environment |= {"DATABASE_URL": server.app_url, "XYD_DATA_DIR": str(folder), "XYD_DEMO": "true"}
    child = start_child("worker", ["worker"], environment, folder / "worker.log")
    try:
        yield
    finally:
        if child.has_ended:
            raise RuntimeError(f"the worker ended by itself:\n{child.last_lines()}")
        stop_children([child])


class _Watch:
    """Looks for the lists of the needs that wait for one; `first_seen` by need, in seconds of the monotonic clock."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock, self._over = engine, Lock(), Event()
        self._waiting: set[UUID] = set()
        self.first_seen: dict[UUID, float] = {}

    def expect(self, need_id: UUID) -> None:
        with self._lock:
            self._waiting.add(need_id)

    def run(self) -> None:
        with unit_of_work(self._engine, SYSTEM) as session:
            while not self._over.wait(_LOOK_EVERY):
                with self._lock:
                    waiting = list(self._waiting)
                if waiting:
                    # Each statement of a transaction sees what was committed before it.
                    seen = session.execute(_READABLE, {"waiting": waiting}).scalars().all()
                    at = time.monotonic()
                    with self._lock:
                        self.first_seen |= dict.fromkeys(seen, at)
                        self._waiting -= set(seen)

    def finish(self, count: int) -> None:
        """Wait until all are seen, at most for a minute."""
        until = time.monotonic() + _PATIENCE
        while len(self.first_seen) < count and time.monotonic() < until:
            time.sleep(_LOOK_EVERY)
        self._over.set()


def _post_all(engine: Engine, drafts: list[_Draft], posts_a_second: int) -> list[float]:
    watch = _Watch(engine)
    begin = time.monotonic() + 0.2

    def post(place: int) -> None:
        draft = drafts[place]
        time.sleep(max(0.0, begin + place / posts_a_second - time.monotonic()))
        now = system_clock()
        with unit_of_work(engine, draft.actor) as session:
            post_need(session, draft.actor, draft.need_id, PostDraft(truth_stated=True, post_anyway=True), now)
        watch.expect(draft.need_id)

    with ThreadPoolExecutor(12) as pool:
        watching = pool.submit(watch.run)
        for posted in [pool.submit(post, place) for place in range(len(drafts))]:
            posted.result()
        watch.finish(len(drafts))
        watching.result()
    if missing := len(drafts) - len(watch.first_seen):
        raise RuntimeError(f"{missing} of {len(drafts)} needs were not ranked within {_PATIENCE:g} s")
    return [watch.first_seen[one.need_id] - begin - place / posts_a_second for place, one in enumerate(drafts)]
