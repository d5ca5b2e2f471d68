"""Many who want the same thing at once: one open need, and what is left of a credit line."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import ROUND_DOWN, Decimal
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Engine, Row, text
from sqlalchemy.exc import DBAPIError

from xinyidai.cli.bench.report import Figures, figure
from xinyidai.cli.bench.web_lines import open_lines, post_need
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.clock import business_date, system_clock
from xinyidai.core.db import unit_of_work
from xinyidai.core.errors import Conflict, InvalidInput
from xinyidai.core.money import wan_from_yuan
from xinyidai.leads.claims import CLAIMS_PER_NEED, claim_need
from xinyidai.lending.commands import RecordDisbursement, ReverseDisbursement
from xinyidai.lending.services import record_disbursement, reverse_disbursement
from xinyidai.statistics.check import check

T = TypeVar("T")

CLAIMS = 200
PAYOUTS, LINES, THREADS = 2_000, 100, 64
WON, REFUSED = "won", "refused"

_ELIGIBLE = text("""
    select distinct r.institution_id from match_results r join match_runs m on m.id = r.match_run_id
     where m.need_id = :need and r.verdict = 'eligible'
""")
_OWNER = text("select id, enterprise_id from users where username = 'factory'")
_OFFICERS = text("select institution_id, id from users where role = :role and institution_id is not null")
_CLAIMED = text("select count(*) from leads where need_id = :need and route = 'claimed'")
_OPEN_LINES = text("""
    select l.id, l.institution_id, l.amount - coalesce(sum(d.amount), 0) as remaining
      from credit_lines l left join disbursements d on d.credit_line_id = l.id
     where l.closed_on is null and l.renews_id is null and l.approved_on <= :today and l.expires_on >= :today
     group by l.id having l.amount - coalesce(sum(d.amount), 0) >= 10000
     order by l.id limit :count
""")
_PAID = text("select id, institution_id from disbursements where external_reference like :run and reverses_id is null")
_LEFT = text("""
    select l.id, l.amount - coalesce(sum(d.amount), 0) as remaining
      from credit_lines l left join disbursements d on d.credit_line_id = l.id where l.id = any(:ids) group by l.id
""")


def claims(engine: Engine) -> Figures:
    """One open need, wanted by 200 officers at the same moment."""
    with unit_of_work(engine, SYSTEM) as session:
        owner = session.execute(_OWNER).one()
    factory = Actor(Role.ENTERPRISE_MEMBER, user_id=owner.id, enterprise_id=owner.enterprise_id)
    need_id = post_need(engine, factory, open_to_claims=True)
    with unit_of_work(engine, SYSTEM) as session:
        institutions = list(session.execute(_ELIGIBLE, {"need": need_id}).scalars())
    officers = _officers(engine)
    if len(institutions) <= CLAIMS_PER_NEED:
        raise RuntimeError(f"only {len(institutions)} institutions could claim the need; more are needed")

    def claim(place: int) -> None:
        actor = officers[institutions[place % len(institutions)]]
        with unit_of_work(engine, actor) as session:
            claim_need(session, actor, need_id, system_clock())

    found, seconds = _at_once(claim, CLAIMS, CLAIMS)
    with unit_of_work(engine, SYSTEM) as session:
        stored = int(session.execute(_CLAIMED, {"need": need_id}).scalar_one())
    against = f"{CLAIMS} officers of {len(institutions)} institutions at once, {seconds:.2f} s"
    return {
        "claims_won_beyond_allowed": figure(
            abs(stored - CLAIMS_PER_NEED) + abs(found[WON] - stored), "claims", 0, above=False, against=against
        ),
        "claims_errors": figure(_errors(found), "errors", 0, above=False, against=_named(found)),
    }


def _officers(engine: Engine) -> dict[UUID, Actor]:
    """One officer of each institution."""
    role = Role.INSTITUTION_OFFICER
    with unit_of_work(engine, SYSTEM) as session:
        rows = session.execute(_OFFICERS, {"role": role.value}).all()
    return {row.institution_id: Actor(role, user_id=row.id, institution_id=row.institution_id) for row in rows}


def payouts(engine: Engine) -> Figures:
    """2,000 payouts at once against 100 lines with room for half of them. Lines that the city lacks are made first."""
    today, officers = business_date(system_clock()), _officers(engine)
    lines = _lines(engine, today)
    if len(lines) < LINES:
        open_lines(engine, officers, LINES - len(lines))
        lines = _lines(engine, today)
    fits = PAYOUTS // len(lines) // 2
    shares = {line.id: (line.remaining / fits).quantize(Decimal("0.01"), ROUND_DOWN) for line in lines}
    run = uuid4().hex[:8]

    def pay(place: int) -> None:
        line = lines[place % len(lines)]
        actor = officers[line.institution_id]
        command = RecordDisbursement(
            amount_wan=wan_from_yuan(shares[line.id]), paid_on=today.isoformat(), external_reference=f"B{run}-{place}"
        )
        with unit_of_work(engine, actor) as session:
            record_disbursement(session, actor, line.id, command, system_clock())

    found, seconds = _at_once(pay, PAYOUTS, THREADS)
    with unit_of_work(engine, SYSTEM) as session:
        left = {row.id: row.remaining for row in session.execute(_LEFT, {"ids": list(shares)})}
        broken = check(session)
    exceeded = sum(amount < 0 for amount in left.values())
    expected = {line.id: line.remaining - fits * shares[line.id] for line in lines}
    wrong = sum((abs(left[one] - expected[one]) for one in left), Decimal(0))
    _take_back(engine, officers, run)
    against = f"{PAYOUTS} payouts in {THREADS} threads against {len(lines)} lines, {seconds:.2f} s"
    return {
        "payouts_sum_wrong_by": figure(float(wrong), "yuan", 0, above=False, against=against),
        "payouts_lines_exceeded": figure(exceeded, "lines", 0, above=False),
        "payouts_errors": figure(
            _errors(found), "errors and unanswered deadlocks", 0, above=False, against=_named(found)
        ),
        "payouts_invariants_broken": figure(len(broken), "of xyd check", 0, above=False),
    }


def _lines(engine: Engine, today: date) -> list[Row[Any]]:
    with unit_of_work(engine, SYSTEM) as session:
        return list(session.execute(_OPEN_LINES, {"today": today, "count": LINES}).all())


def _take_back(engine: Engine, officers: dict[UUID, Actor], run: str) -> None:
    """So that the next run finds the same lines with the same room."""
    with unit_of_work(engine, SYSTEM) as session:
        paid = session.execute(_PAID, {"run": f"B{run}-%"}).all()
    command = ReverseDisbursement(reason="made by the benchmark")
    for row in paid:
        actor = officers[row.institution_id]
        with unit_of_work(engine, actor) as session:
            reverse_disbursement(session, actor, row.id, command, system_clock())


def _at_once(act: Callable[[int], None], count: int, threads: int) -> tuple[Counter[str], float]:
    """Outcomes by name; the first ``threads`` of them begin at the same moment."""
    begin = Barrier(threads)

    def one(place: int) -> str:
        if place < threads:
            begin.wait()
        try:
            act(place)
        except (Conflict, InvalidInput):
            return REFUSED
        except DBAPIError as error:
            return type(error.orig).__name__
        return WON

    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        found = Counter(pool.map(one, range(count)))
    return found, time.perf_counter() - start


def _errors(found: Counter[str]) -> int:
    return sum(count for name, count in found.items() if name not in (WON, REFUSED))


def _named(found: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in found.most_common())
