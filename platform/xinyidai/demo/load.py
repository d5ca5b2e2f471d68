"""Makes the demo city in a database: registry, lenders, products, accounts, and a year of lending.

Two audit entries tell whether a database holds a whole city: one written before anything else, one with the last
act. A database with the first alone was interrupted and is made anew.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, Engine, select, text
from sqlmodel import Session, col

from xinyidai.audit.models import AuditEntry
from xinyidai.audit.service import record
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.calendar_table import WorkingDayOverride, working_day_overrides
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.usci import synthetic
from xinyidai.core.validation import parse
from xinyidai.core.working_days import WorkCalendar, fixed_holidays
from xinyidai.demo.aftermath import after_the_payouts
from xinyidai.demo.archive import Archive
from xinyidai.demo.city import SEED, City
from xinyidai.demo.credit.afterwards import after_the_needs, before_the_needs
from xinyidai.demo.credit.load import load_credit
from xinyidai.demo.lenders import LENDERS
from xinyidai.demo.people import Cast, Registrar, act_as
from xinyidai.demo.play import Play
from xinyidai.demo.registry import ids_of, register_firms
from xinyidai.demo.stories import Step, Story
from xinyidai.institutions.service import RegisterInstitution, register_institution
from xinyidai.lending.commands import SetPoolRule
from xinyidai.lending.services import set_pool_rule
from xinyidai.products.commands import WholeProduct
from xinyidai.products.service import publish_whole_product

_PRODUCT_JOBS_DONE = text("update outbox_jobs set done_at = :now where name = 'products.changed' and done_at is null")
OPENED_BEFORE = timedelta(days=400)
"""How long before today the platform opened."""
_LENDER_SERIALS = 900_000
_YEARS_LOOKED_BACK = 33
"""The oldest firms are so old; their first records have deadlines too."""
_STEPS_A_TRANSACTION = 50
_BEGUN, _WHOLE = "demo.begun", "demo.whole"


class Phase(StrEnum):
    FIRMS = "firms"
    PRODUCTS = "products"
    CREDIT = "credit"
    CONSENTS = "consents"
    HISTORY = "history"
    NEEDS = "needs"


Tell = Callable[[Phase, int, int], None]
"""Phase, how much of it is done, and of how much."""


class State(StrEnum):
    EMPTY = "empty"
    INTERRUPTED = "interrupted"
    WHOLE = "whole"
    FOREIGN = "foreign"
    """Somebody's own data: never touched."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a database holds; ``firms`` is the size of the city that was begun there."""

    state: State
    firms: int = 0


def look(bind: Engine | Connection) -> Found:
    with unit_of_work(bind, SYSTEM) as session:
        marks = {
            entry.action: entry.detail
            for entry in session.execute(
                select(AuditEntry).where(col(AuditEntry.action).in_((_BEGUN, _WHOLE)))
            ).scalars()
        }
        if _BEGUN in marks:
            firms = int(str(marks[_BEGUN]["firms"]))
            return Found(State.WHOLE if _WHOLE in marks else State.INTERRUPTED, firms)
        used = session.execute(text("select exists (select 1 from users) or exists (select 1 from enterprises)"))
        return Found(State.FOREIGN if used.scalar() else State.EMPTY)


def load_city(
    bind: Engine | Connection,
    city: City,
    now: datetime,
    tell: Tell,
    *,
    answer_days: int,
    need_days: int,
    analyse: Callable[[], None],
) -> None:
    """Make the whole city in an empty database.

    ``analyse`` renews the planner's statistics, which only the owner of the tables may do: they are missing right
    after a bulk load, and both the stories and the pages would be slow without them.
    """
    opened = now - OPENED_BEFORE
    with unit_of_work(bind, SYSTEM) as session:
        record(session, SYSTEM, _BEGUN, "demo", "city", now, firms=len(city.firms))
    with unit_of_work(bind, SYSTEM) as session:
        _assume_calendar(session, range(now.year - _YEARS_LOOKED_BACK, now.year + 2))
        register_firms(session, city.firms, opened, lambda done: tell(Phase.FIRMS, done, len(city.firms)))
    with unit_of_work(bind, SYSTEM) as session:
        cast = _lenders_and_accounts(session, city, opened, tell)
    analyse()
    load_credit(bind, SEED, city.firms, cast.clerks, opened, now, lambda done, files: tell(Phase.CREDIT, done, files))
    analyse()
    before_the_needs(bind, city, cast, opened, now, lambda done, firms: tell(Phase.CONSENTS, done, firms))
    with unit_of_work(bind, SYSTEM) as session:
        archive = Archive(session, cast, city.firms, opened)
        archive.write(city.history, lambda done: tell(Phase.HISTORY, done, len(city.history)))
    _play(bind, city.stories, cast, now, tell, answer_days=answer_days, need_days=need_days)
    after_the_payouts(bind, city, cast, now, answer_days=answer_days, need_days=need_days)
    after_the_needs(bind, city, cast, now)
    analyse()
    with unit_of_work(bind, SYSTEM) as session:
        record(session, SYSTEM, _WHOLE, "demo", "city", now, firms=len(city.firms))


def _assume_calendar(session: Session, years: Iterable[int]) -> None:
    """A year whose holidays are not published yet gets its fixed ones, marked as assumed: this city is made up."""
    for year in years:
        if not WorkCalendar(working_day_overrides(session)).knows(year):
            for day in fixed_holidays(year):
                session.add(WorkingDayOverride(day=day, is_working_day=False, source="演示数据：按固定节日假定"))
            session.flush()


def _lenders_and_accounts(session: ActorSession, city: City, opened: datetime, tell: Tell) -> Cast:
    cast, registrar = Cast(), Registrar(session, opened)
    registrar.office(cast)
    home = city.firms[0].area
    for number, lender in enumerate(LENDERS):
        command = parse(
            RegisterInstitution,
            {
                "code": lender.code,
                "name": lender.name,
                "kind": lender.kind,
                "usci": synthetic(home, _LENDER_SERIALS + number),
                "region_code": home,
                "introduction": lender.introduction,
            },
        )
        cast.institutions[lender.code] = register_institution(session, SYSTEM, command, opened).id
        registrar.staff(cast, lender, *city.staff[lender.code])
    _products(session, city, cast, opened, tell)
    act_as(session, SYSTEM)
    cast.pool = _risk_pool(session, opened)
    numbers = sorted({story.firm for story in city.stories})
    ids = ids_of(session, [city.firms[number] for number in numbers])
    for number in numbers:
        firm = city.firms[number]
        registrar.member(cast, number, firm.legal_representative, ids[firm.code])
    return cast


def _risk_pool(session: ActorSession, opened: datetime) -> UUID:
    """The city's risk compensation pool, with the cap that such pools have (domain rules: up to 30 %)."""
    rule = {
        "name": "示范市小微企业贷款风险补偿资金池",
        "capital_wan": 30_000,
        "ratio_cap": 30,
        "valid_from": business_date(opened).isoformat(),
        "source": "演示数据：参照公开案例设定",
    }
    keeper = Actor(Role.ADMINISTRATOR)
    act_as(session, keeper)
    pool = set_pool_rule(session, keeper, parse(SetPoolRule, rule), opened)
    act_as(session, SYSTEM)
    return pool.id


def _products(session: ActorSession, city: City, cast: Cast, opened: datetime, tell: Tell) -> None:
    """Each published by its own institution's manager."""
    for done, made in enumerate(city.products, start=1):
        manager = act_as(session, cast.managers[made.lender])
        command = parse(
            WholeProduct,
            {
                "code": made.code,
                "name": made.name,
                "description": made.description,
                "amount_min_wan": wan_from_yuan(Decimal(made.amount[0])),
                "amount_max_wan": wan_from_yuan(Decimal(made.amount[1])),
                "term_min": made.term[0],
                "term_max": made.term[1],
                "rate_min": made.rate[0],
                "rate_max": made.rate[1],
                "guarantees": made.guarantees,
                "repayment_modes": made.repayments,
                "decision_days": made.decision_days,
                "materials": made.materials,
                "criteria": made.criteria,
            },
        )
        version = publish_whole_product(session, manager, command, opened)
        cast.products[version.product_id] = made
        tell(Phase.PRODUCTS, done, len(city.products))
    # As the worker would have found that day: no need was posted yet, so none is ranked again.
    session.execute(_PRODUCT_JOBS_DONE, {"now": opened})


def _play(
    bind: Engine | Connection,
    stories: list[Story],
    cast: Cast,
    now: datetime,
    tell: Tell,
    *,
    answer_days: int,
    need_days: int,
) -> None:
    """Every step of every story, in the order of time; what has come due is closed at the end of each day."""
    steps = sorted(
        (when, story.number, place, step) for story in stories for place, (step, when) in enumerate(story.steps)
    )
    by_number = {story.number: story for story in stories}
    session = ActorSession(bind, SYSTEM)
    try:
        play = Play(session, cast, answer_days=answer_days, need_days=need_days)
        day = None
        for done, (when, number, _place, step) in enumerate(steps, start=1):
            if day is not None and business_date(when) != day:
                play.close_day(when)
            day = business_date(when)
            play.act(by_number[number], Step(step), when)
            if done % _STEPS_A_TRANSACTION == 0:
                session.commit()
                session.expunge_all()
                tell(Phase.NEEDS, done, len(steps))
        play.close_day(now)
        session.commit()
        tell(Phase.NEEDS, len(steps), len(steps))
    finally:
        session.close()
