"""The scorecard: one enterprise or many, what a viewer may see, vetoes, reasons, and the history that is kept."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import col, select

from tests.conftest import Sessions
from tests.credit.conftest import Deliveries
from tests.credit.scene import AS_OF, deliver_tax, scored, value_of
from tests.factories import Factory, actor_of
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import use_locale
from xinyidai.credit.indicators import Indicator, State, scorecard
from xinyidai.credit.indicators.types import ValueUnit
from xinyidai.credit.intake import withdraw
from xinyidai.credit.jobs import ScoreEnterprise, ScoreEnterprises
from xinyidai.credit.scoring.queries import score_history, score_of, score_sheet
from xinyidai.credit.scoring.scorecard import Values, only, score
from xinyidai.credit.scoring.service import rescore_when_the_day_changed, score_batch
from xinyidai.credit.scoring.vectors import scores
from xinyidai.enterprises.jobs import FactsChanged
from xinyidai.outbox.models import OutboxJob
from xinyidai.worker.registry import HANDLINGS

CARD = scorecard()
NOTHING = Values(AS_OF, [None] * 86, [State.MISSING] * 86, [None] * 86, [])


def _with(**known: int | str) -> Values:
    values: list[Decimal | None] = [None] * 86
    states = [State.MISSING] * 86
    for code, value in known.items():
        place = CARD.by_code[code].number - 1
        values[place], states[place] = Decimal(value), State.PRESENT
    return Values(AS_OF, values, states, [None] * 86, [])


def test_knowing_nothing_is_neutral_and_says_so() -> None:
    found = score(CARD, NOTHING)
    assert (found.score, found.level, found.coverage) == (606, 5, 0)
    assert (found.lowest, found.highest) == ((), ())
    assert all(part.contribution == 0 for part in found.parts)


@pytest.mark.parametrize(
    ("points", "level"),
    [(1000, 1), (850, 1), (849, 2), (780, 2), (779, 3), (700, 3), (699, 4), (620, 4), (619, 5), (540, 5), (539, 6),
     (450, 6), (449, 7), (0, 7)],
)  # fmt: skip
def test_the_seven_levels_begin_where_the_rules_say(points: int, level: int) -> None:
    assert CARD.level_of(points) == level


def test_the_four_lowest_and_the_three_highest_are_told_against_neutral() -> None:
    found = score(
        CARD,
        _with(
            tax_grade=5, insured_persons=0, revenue_growth_yoy=-50, tax_paid_12m=0, late_filings_24m=9,
            high_tech=1, invention_patents=12, declared_revenue_12m=200_000_000, years_in_business=12,
        ),
    )  # fmt: skip
    assert [(part.indicator.code, part.contribution) for part in found.lowest] == [
        ("tax_grade", -13), ("revenue_growth_yoy", -6), ("tax_paid_12m", -5), ("insured_persons", -5),
    ]  # fmt: skip
    assert [(part.indicator.code, part.contribution) for part in found.highest] == [
        ("declared_revenue_12m", 8), ("years_in_business", 6), ("high_tech", 6),
    ]  # fmt: skip


def test_what_is_not_consented_to_counts_as_neutral_whatever_it_is() -> None:
    good, bad = _with(tax_grade=1, serious_penalties=0), _with(tax_grade=5, serious_penalties=0)
    seen = [score(CARD, one, only(frozenset())) for one in (good, bad)]
    assert seen[0].score == seen[1].score
    assert {part.state for part in seen[0].parts if part.indicator.code == "tax_grade"} == {State.NOT_CONSENTED}
    assert score(CARD, good, only(frozenset({"tax_credit_grade"}))).score == score(CARD, good).score


def test_an_indicator_of_two_sources_needs_both() -> None:
    values = _with(provident_fund_coverage=10)
    seen = score(CARD, values, only(frozenset({"provident_fund"})))
    assert seen.coverage == 0
    assert score(CARD, values, only(frozenset({"provident_fund", "social_insurance"}))).coverage > 0


def test_a_veto_gives_no_score_and_only_to_whoever_may_see_it() -> None:
    account = CARD.by_code["electricity_account_status"].number
    values = _with(electricity_account_status=5)
    vetoed = Values(values.as_of, values.values, values.states, values.dates, [account])
    found = score(CARD, vetoed)
    assert (found.score, found.level) == (None, None)
    assert [part.indicator.number for part in found.vetoes] == [account]
    assert score(CARD, vetoed, only(frozenset())).score == 606


def _any_value(one: Indicator) -> st.SearchStrategy[Decimal]:
    edges = [bin_.lower for bin_ in one.bins if bin_.lower is not None]
    if one.unit is ValueUnit.CATEGORY:
        return st.sampled_from(edges)
    beside = [edge + step for edge in edges for step in (Decimal("-0.01"), Decimal(0), Decimal("0.01"))]
    return st.one_of(st.sampled_from(beside), st.decimals(-99999, 99999, places=2))


@st.composite
def _enterprises(draw: st.DrawFn) -> tuple[list[Decimal | None], list[int], bool, list[bool]]:
    values: list[Decimal | None] = []
    states: list[int] = []
    for one in CARD.indicators:
        state = draw(st.sampled_from([State.PRESENT, State.PRESENT, State.MISSING, State.STALE]))
        values.append(None if state is State.MISSING else draw(_any_value(one)))
        states.append(state)
    allowed = draw(st.lists(st.booleans(), min_size=86, max_size=86))
    return values, states, draw(st.booleans()), allowed


@settings(max_examples=40, deadline=None)
@given(one=_enterprises())
def test_many_at_once_are_scored_as_each_alone(
    one: tuple[list[Decimal | None], list[int], bool, list[bool]],
) -> None:
    values, states, vetoed, allowed = one
    veto = CARD.by_code["tax_abnormal"].number
    if vetoed:
        values[veto - 1], states[veto - 1], allowed[veto - 1] = Decimal(1), State.PRESENT, True
    alone = score(
        CARD,
        Values(AS_OF, values, states, [None] * 86, [veto] if vetoed else []),
        lambda indicator: allowed[indicator.number - 1],
    )
    together = scores(
        CARD,
        np.array([[np.nan if value is None else float(value) for value in values]]),
        np.array([states], dtype=np.int16),
        np.array([vetoed]),
        np.array([allowed]),
    )
    assert list(together.points[0]) == [part.points for part in alone.parts]
    assert int(together.score[0]) == (-1 if alone.score is None else alone.score)
    assert int(together.level[0]) == (-1 if alone.level is None else alone.level)
    assert Decimal(int(together.present[0])) == sum(part.state is State.PRESENT for part in alone.parts)


def test_the_kept_score_is_the_one_of_the_pure_function(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    deliver_tax(deliveries, one.usci, ["90000"] * 24)
    scored(session, now)
    found = score_of(session, one.id, None, AS_OF)
    assert found is not None
    kept = session.execute(
        text("select score, level, coverage, points from credit_indicators where enterprise_id = :id"), {"id": one.id}
    ).one()
    assert kept == (found.score, found.level, found.coverage, [part.points for part in found.parts])


def test_a_gone_enterprise_is_not_scored(factory: Factory, session: ActorSession, now: datetime) -> None:
    one = factory.enterprise(registration_status="cancelled")
    scored(session, now)
    found = score_of(session, one.id, None, AS_OF)
    assert found is not None
    assert (found.score, [part.indicator.code for part in found.vetoes]) == (None, ["registration_status"])


def test_a_gone_enterprise_stays_unscored_however_old_its_entry(
    factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise(registration_status="revoked", updated_at=now - timedelta(days=900))
    scored(session, now)
    found = score_of(session, one.id, None, AS_OF)
    assert found is not None
    assert found.score is None


def test_wage_arrears_veto_only_on_the_list(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    once, listed = factory.enterprise(), factory.enterprise()
    titles = ("usci", "document_no", "on_list", "decided_on", "amount")
    rows = [(once.usci, "d1", "否", "2025-06-01", 1), (listed.usci, "d2", "是", "2025-06-01", 1)]
    deliveries.take(deliveries.file(rows, titles), "wage_arrears")
    scored(session, now)
    found = [score_of(session, one.id, None, AS_OF) for one in (once, listed)]
    assert [one.score is None for one in found if one] == [False, True]


def test_history_grows_only_when_something_changed(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    deliver_tax(deliveries, one.usci, ["90000"] * 24)
    assert len(scored(session, now).changed) == 1
    assert scored(session, now).changed == ()
    deliver_tax(deliveries, one.usci, ["900000"] * 12 + ["90000"] * 12)
    assert scored(session, now + timedelta(hours=1), [one.id]).changed == (one.id,)
    lines = score_history(session, one.id)
    assert len(lines) == 2
    assert lines[0].at < lines[1].at
    with pytest.raises(Exception, match="permission denied"), session.begin_nested():
        session.execute(text("update credit_scores set score = 1000"))


def _run_jobs(session: ActorSession, now: datetime) -> list[str]:
    """Handle what waits in the outbox for credit, oldest first."""
    done = []
    waiting = select(OutboxJob).where(col(OutboxJob.done_at).is_(None)).order_by(col(OutboxJob.id))
    for job in session.exec(waiting).all():
        if job.name in (ScoreEnterprises.name, ScoreEnterprise.name):
            handling = HANDLINGS[job.name]
            handling.handler(session, handling.job.from_payload(job.payload), now, job.id)
            job.done_at = now
            done.append(job.name)
    session.flush()
    return done


def test_deliveries_and_withdrawals_are_scored_by_the_worker(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    deliver_tax(deliveries, one.usci, ["90000"] * 12)
    assert _run_jobs(session, now) == ["credit.score_batch"]
    assert value_of(session, one.id, "declared_revenue_12m")[0] == Decimal(1_080_000)
    batch = session.execute(text("select id from credit_batches")).scalar_one()
    withdraw(session, SYSTEM, batch, "wrong file", now)
    assert _run_jobs(session, now) == ["credit.score_batch"]
    assert value_of(session, one.id, "declared_revenue_12m")[0] is None
    assert [line.cause.value for line in score_history(session, one.id)] == ["delivered", "withdrawn"]


def test_a_withdrawal_counts_as_seen_by_no_run_before_it_whatever_else_was_committed(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime, engine: Engine
) -> None:
    one = factory.enterprise()
    deliver_tax(deliveries, one.usci, ["90000"] * 12)
    with engine.begin() as another:
        another.execute(text("select pg_current_xact_id()"))
    assert _run_jobs(session, now) == ["credit.score_batch"]
    withdraw(session, SYSTEM, session.execute(text("select id from credit_batches")).scalar_one(), "wrong file", now)
    _run_jobs(session, now)
    assert value_of(session, one.id, "declared_revenue_12m")[0] is None


def test_only_enterprises_that_changed_are_announced_to_the_ranking(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one, _other = factory.enterprise(), factory.enterprise()
    scored(session, now)
    session.execute(text("update outbox_jobs set done_at = now()"))
    deliver_tax(deliveries, one.usci, ["90000"] * 12)
    scored(session, now)
    waiting = select(OutboxJob).where(col(OutboxJob.done_at).is_(None), OutboxJob.name == FactsChanged.name)
    assert [job.payload["enterprise_id"] for job in session.exec(waiting)] == [str(one.id)]


def test_a_dry_run_and_a_repeated_file_ask_for_no_scoring(
    deliveries: Deliveries, factory: Factory, session: ActorSession
) -> None:
    path = deliveries.file([(factory.enterprise().usci, "202601", "1", "", "1")])
    deliveries.take(path, dry_run=True)
    assert deliveries.count("outbox_jobs") == 0
    deliveries.take(path)
    deliveries.take(path)
    assert deliveries.count("outbox_jobs") == 1


def test_a_batch_of_a_few_touches_only_these(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one, other = factory.enterprise(), factory.enterprise()
    deliver_tax(deliveries, one.usci, ["90000"] * 12)
    scored(session, now)
    deliver_tax(deliveries, one.usci, ["95000"] * 12)
    newest = session.execute(text("select id from credit_batches order by number desc limit 1")).scalar_one()
    assert score_batch(session, newest, now).enterprises == 1
    titles = ("usci", "document_no", "violation_facts", "decided_on")
    first_of_its_kind = deliveries.take(
        deliveries.file([(one.usci, "d1", "x", "2025-06-01")], titles), "tax_penalty"
    ).batch
    assert score_batch(session, first_of_its_kind.id, now).enterprises == 2
    assert value_of(session, other.id, "tax_penalties_36m") == (0, State.PRESENT)


def test_the_night_scores_everybody_once_for_each_day(
    deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime
) -> None:
    one = factory.enterprise()
    assert rescore_when_the_day_changed(session, now) == 0
    deliver_tax(deliveries, one.usci, ["90000"] * 12)
    assert rescore_when_the_day_changed(session, now) == 1
    assert rescore_when_the_day_changed(session, now) == 0
    assert rescore_when_the_day_changed(session, now + timedelta(days=120)) == 1
    assert value_of(session, one.id, "declared_revenue_12m")[1] is State.MISSING


@pytest.fixture
def sheet_of(deliveries: Deliveries, factory: Factory, session: ActorSession, now: datetime) -> UUID:
    one = factory.enterprise()
    deliver_tax(deliveries, one.usci, ["90000"] * 24)
    scored(session, now)
    return one.id


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_lender_reads_only_what_it_may(sheet_of: UUID, sessions: Sessions, factory: Factory, locale: str) -> None:
    officer = actor_of(factory.user(Role.INSTITUTION_OFFICER, institution_id=factory.institution().id))
    with use_locale(locale), sessions.as_(officer) as session:
        closed = score_sheet(session, sheet_of, frozenset(), AS_OF)
        shared = score_sheet(session, sheet_of, frozenset({"tax_monthly_summary"}), AS_OF)
        assert session.execute(text("select count(*) from credit_indicators")).scalar_one() == 0
        assert score_history(session, sheet_of) == []
    assert closed is not None
    assert shared is not None
    assert closed.not_shared > shared.not_shared > 0
    revenue = next(one for part in shared.dimensions for one in part.indicators if one.code == "declared_revenue_12m")
    hidden = next(one for part in closed.dimensions for one in part.indicators if one.code == "declared_revenue_12m")
    assert (hidden.value, hidden.points, hidden.as_of) == ("", hidden.neutral, None)
    assert revenue.value == {"zh_CN": "108 万元", "en": "CNY 1.08m"}[locale]
    assert (revenue.source, revenue.as_of) == ("市税务局", date(2026, 2, 28))


def test_an_enterprise_sees_its_own_values_and_nobody_elses(
    sheet_of: UUID, sessions: Sessions, factory: Factory
) -> None:
    for actor, rows in (
        (Actor(Role.ENTERPRISE_MEMBER, enterprise_id=sheet_of), 1),
        (Actor(Role.ENTERPRISE_MEMBER, enterprise_id=factory.enterprise().id), 0),
        (Actor(Role.OFFICE_STAFF), 0),
    ):
        with sessions.as_(actor) as session:
            for table in ("credit_indicators", "credit_scores"):
                assert session.execute(text(f"select count(*) from {table}")).scalar_one() == rows
