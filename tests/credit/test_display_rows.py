"""The rules as they are written onto delivered records, and what outlives a second delivery."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from tests.credit.conftest import Deliveries
from tests.credit.test_events import penalty, take
from tests.factories import Factory
from xinyidai.core.actor import SYSTEM
from xinyidai.credit.intake.withdrawal import withdraw
from xinyidai.credit.repair.display_rows import fill_displays


def only(deliveries: Deliveries) -> Any:
    return deliveries.session.execute(
        text("select severity, repairable_from, display_until, rule_version, display_ended_at from credit_events")
    ).one()


def test_a_penalty_is_ruled_when_it_comes_in(deliveries: Deliveries, factory: Factory) -> None:
    take(deliveries, penalty(factory.enterprise().usci, CF_GSJZQ=""))
    found = only(deliveries)
    # 标签 under the food safety law: a year at least by the old rule, which governs 2 March 2026
    assert (found.rule_version, found.severity) == ("ndrc-58-2023", "general")
    assert (found.repairable_from, found.display_until) == (date(2027, 3, 2), date(2029, 3, 2))
    assert found.display_ended_at is None


def test_a_changed_delivery_is_ruled_again_and_its_withdrawal_once_more(
    deliveries: Deliveries, factory: Factory
) -> None:
    usci = factory.enterprise().usci
    take(deliveries, penalty(usci, CF_GSJZQ=""))
    second = take(deliveries, penalty(usci, CF_GSJZQ="2026-12-31"))
    assert only(deliveries).display_until == date(2026, 12, 31)
    withdraw(deliveries.session, SYSTEM, second.batch.id, "超期", deliveries.now)
    assert only(deliveries).display_until == date(2029, 3, 2)


def test_a_record_that_had_ended_before_it_came_is_marked_so_that_nobody_is_told(
    deliveries: Deliveries, factory: Factory, now: datetime
) -> None:
    take(deliveries, penalty(factory.enterprise().usci, CF_JDRQ="2020-03-02", CF_GSJZQ=""))
    found = only(deliveries)
    assert (found.display_until, found.display_ended_at) == (date(2023, 3, 2), now)


def test_records_from_before_the_rules_are_filled_once(deliveries: Deliveries, factory: Factory, now: datetime) -> None:
    take(deliveries, penalty(factory.enterprise().usci, CF_GSJZQ=""))
    deliveries.session.execute(
        text("update credit_events set severity = null, display_until = null, rule_version = null")
    )
    assert fill_displays(deliveries.session, now) == 1
    assert only(deliveries).display_until == date(2029, 3, 2)
    assert fill_displays(deliveries.session, now) == 0
