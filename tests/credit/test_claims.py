"""Deliveries and withdrawals in any order: what counts is always the newest claim that was not withdrawn."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.conftest import Sessions
from tests.credit.conftest import Deliveries
from tests.factories import Factory, actor_of
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.errors import Conflict, Forbidden, NotFound
from xinyidai.credit.intake import take_in, withdraw
from xinyidai.credit.models import CreditBatch

JAN = date(2026, 1, 1)
MONTHS = ("202601", "202602")


def test_withdrawing_brings_the_earlier_figure_back(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    deliveries.take(deliveries.file([(usci, "202601", "100", "", "1")]))
    second = deliveries.take(deliveries.file([(usci, "202601", "200", "5", "1")])).batch
    batch = withdraw(deliveries.session, SYSTEM, second.id, "wrong month", deliveries.now)
    assert (batch.status, batch.withdrawn_because) == ("withdrawn", "wrong month")
    assert deliveries.figures() == {(usci, 2201, JAN, ""): Decimal(100), (usci, 2203, JAN, ""): Decimal(1)}
    with pytest.raises(Conflict):
        withdraw(deliveries.session, SYSTEM, second.id, "again", deliveries.now)


def test_a_confirmed_figure_outlives_the_delivery_that_brought_it_first(
    deliveries: Deliveries, factory: Factory
) -> None:
    usci = factory.enterprise().usci
    first = deliveries.take(deliveries.file([(usci, "202601", "100", "", "1")])).batch
    deliveries.take(deliveries.file([(usci, "202601", "100.0", "", "1")]))
    withdraw(deliveries.session, SYSTEM, first.id, "sent twice", deliveries.now)
    assert deliveries.figures()[usci, 2201, JAN, ""] == 100


def test_a_withdrawn_file_may_be_delivered_again(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    path = deliveries.file([(usci, "202601", "100", "", "1")])
    first = deliveries.take(path).batch
    withdraw(deliveries.session, SYSTEM, first.id, "too early", deliveries.now)
    assert deliveries.figures() == {}
    assert deliveries.count("credit_metric_months") == 0
    again = deliveries.take(path)
    assert (again.repeated, len(deliveries.figures())) == (False, 2)


# One step: a delivery of (firm, month) → value, or the withdrawal of the n-th delivery.
DELIVERY = st.dictionaries(st.tuples(st.integers(0, 1), st.integers(0, 1)), st.integers(1, 3), min_size=1)
STEPS = st.lists(st.one_of(DELIVERY, st.integers(0, 7)), min_size=1, max_size=8)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, kind=st.sampled_from(["figures", "events"]))
def test_what_counts_is_what_replaying_the_live_deliveries_gives(
    deliveries: Deliveries, factory: Factory, steps: list[dict[tuple[int, int], int] | int], kind: str
) -> None:
    session = deliveries.session
    firms = [factory.enterprise().usci for _number in range(2)]
    told: list[tuple[UUID, dict[tuple[int, int], int]]] = []
    for number, step in enumerate(steps):
        if isinstance(step, int):
            if step < len(told):
                withdraw(session, SYSTEM, told.pop(step)[0], "test", factory.now)
            continue
        batch = _delivered(deliveries, kind, firms, step, number)
        told.append((batch.id, step))
    expected: dict[tuple[int, int], int] = {}
    for _id, step in told:
        expected.update(step)
    assert _known(deliveries, kind, firms) == expected


def _delivered(
    deliveries: Deliveries, kind: str, firms: list[str | None], step: dict[tuple[int, int], int], number: int
) -> CreditBatch:
    """``number`` makes every file another one, so that none is taken for a repetition."""
    if kind == "figures":
        rows = [(firms[firm], MONTHS[month], value, "", number) for (firm, month), value in step.items()]
        return deliveries.take(deliveries.file(rows)).batch
    titles = ("usci", "document_no", "violation_facts", "decided_on", "penalty_amount")
    facts = [(firms[firm], f"doc{month}", f"n{number}", "2026-01-01", value) for (firm, month), value in step.items()]
    return deliveries.take(deliveries.file(facts, titles), "tax_penalty").batch


def _known(deliveries: Deliveries, kind: str, firms: list[str | None]) -> dict[tuple[int, int], int]:
    if kind == "figures":
        return {
            (firms.index(key[0]), key[2].month - 1): int(value)
            for key, value in deliveries.figures().items()
            if key[1] == 2201 and key[0] in firms
        }
    found = deliveries.session.execute(
        text(
            "select e.usci, o.key, o.payload ->> 'penalty_amount' from credit_events o"
            " join enterprises e on e.id = o.enterprise_id"
        )
    )
    return {(firms.index(row[0]), int(row[1][-1])): int(row[2]) for row in found if row[0] in firms}


@pytest.mark.parametrize(
    ("role", "unit", "error"),
    [
        (Role.SOURCE_CLERK, "市供水公司", Forbidden),
        (Role.OFFICE_STAFF, None, Forbidden),
    ],
)
def test_nobody_delivers_for_another_department(
    sessions: Sessions, deliveries: Deliveries, factory: Factory, role: Role, unit: str | None, error: type[Exception]
) -> None:
    path = deliveries.file([(factory.enterprise().usci, "202601", "1", "", "1")])
    user = factory.user(role, **({"source_unit": unit} if unit else {}))
    actor = actor_of(user)
    with sessions.as_(actor) as session, pytest.raises(error):
        take_in(session, actor, "tax_monthly_summary", path, deliveries.now)


def test_a_clerk_delivers_reads_its_batches_and_never_sees_a_figure(
    sessions: Sessions, deliveries: Deliveries, factory: Factory
) -> None:
    rows = [(factory.enterprise().usci, "202601", "1", "", "1"), ("x", "202601", "1", "", "1")]
    path = deliveries.file(rows)
    clerk = actor_of(factory.user(Role.SOURCE_CLERK, source_unit="市税务局"))
    other = actor_of(factory.user(Role.SOURCE_CLERK, source_unit="市供水公司"))
    with sessions.as_(clerk) as session:
        batch = take_in(session, clerk, "tax_monthly_summary", path, deliveries.now).batch
        assert counts(session.connection()) == (1, 1, 0)
    with sessions.as_(other) as session:
        assert counts(session.connection()) == (0, 0, 0)
        with pytest.raises(NotFound):
            withdraw(session, other, batch.id, "not mine", deliveries.now)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SYSTEM}))
def test_figures_and_records_are_closed_to_every_role(
    sessions: Sessions, deliveries: Deliveries, factory: Factory, role: Role
) -> None:
    deliveries.take(deliveries.file([(factory.enterprise().usci, "202601", "1", "", "1")]))
    with sessions.as_(Actor(role)) as session:
        assert counts(session.connection())[2] == 0


def counts(connection: object) -> tuple[int, ...]:
    tables = ("credit_batches", "credit_rejects", "credit_observations")
    return tuple(
        connection.exec_driver_sql(f"select count(*) from {table}").scalar()  # type: ignore[attr-defined]
        for table in tables
    )
