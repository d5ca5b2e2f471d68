"""After any sequence of events, what was computed step by step is what computing everything at once gives."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from tests.credit.conftest import TAX
from tests.credit.credit_history import CreditHistory, Picture
from xinyidai.credit.repair.commands import OpenObjection
from xinyidai.credit.repair.types import RecordState
from xinyidai.credit.sharing import families

TAX_REVENUE = 2201


@pytest.mark.parametrize("examples", [6])
def test_incremental_and_full_computation_agree(engine: Engine, examples: int) -> None:
    CreditHistory.engine = engine
    run_state_machine_as_test(
        CreditHistory,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # Each step asks a database: making a failure smaller would take many minutes.
            phases=(Phase.reuse, Phase.generate),
        ),
    )


@pytest.fixture
def history(engine: Engine) -> Iterator[CreditHistory]:
    CreditHistory.engine = engine
    one = CreditHistory()
    one.begin()
    yield one
    one.teardown()


class Agreeing:
    """Asserts after a step that everything agrees, and tells which views are others than before it."""

    def __init__(self, history: CreditHistory) -> None:
        self._history, self._before = history, history.picture()

    def changed(self) -> set[str]:
        self._history.the_whole_city_at_once_gives_the_same()
        before, self._before = self._before, self._history.picture()
        return {one.name for one in fields(Picture) if getattr(before, one.name) != getattr(self._before, one.name)}


EVERY_VIEW = {"kept", "own", "ranking", "platform", "lender"}


def test_each_kind_of_event_changes_what_it_must_and_nothing_else(history: CreditHistory) -> None:
    steps = Agreeing(history)
    staff, tax = ({one.codes for one in families() if code in one.codes} for code in ("social_insurance", TAX))

    history.a_consent_is_given(firm=0, recipient=1, data=staff | tax, days=60)
    assert steps.changed() == {"lender"}
    history.a_consent_is_given(firm=0, recipient=0, data=staff, days=250)
    assert steps.changed() == {"ranking", "platform"}

    history.staff_figures_come(firm=0, at=[0], persons=33)
    assert steps.changed() == EVERY_VIEW
    history.withdrawn(len(history.batches) - 1)
    assert steps.changed() == EVERY_VIEW

    [listing] = [one for one in history.records(0) if one.can_be_repaired(history.today)]
    refused = history.repair(0, listing)
    history.decided(refused, granted=False)
    assert steps.changed() == set()
    history.decided(history.repair(0, listing), granted=True)
    assert steps.changed() == EVERY_VIEW

    history.tax_figures_come(firm=0, at=[0], amount=5)
    assert steps.changed() == {"kept", "own", "lender"}, "tax is shared with the lender alone"
    figure = OpenObjection(metric=TAX_REVENUE, month=date(2026, 2, 1), statement="有误")
    history.decided(history.objection(0, figure), granted=False)
    assert steps.changed() == set()
    history.decided(history.objection(0, figure), granted=True)
    assert steps.changed() == {"kept", "own", "lender"}

    history.revoked(0)
    assert steps.changed() == {"lender"}
    history.time_passes(days=100)
    [ended] = history.records(1)
    assert ended.state is RecordState.ENDED
    assert steps.changed() >= {"kept", "own", "platform"}


def test_what_was_struck_out_does_not_come_back_when_its_correction_is_withdrawn(history: CreditHistory) -> None:
    figure = OpenObjection(metric=TAX_REVENUE, month=date(2026, 2, 1), statement="有误")
    history.decided(history.objection(0, figure), granted=True)
    history.tax_figures_come(firm=0, at=[0], amount=5)
    history.withdrawn(len(history.batches) - 1)
    [listing] = history.records(0)
    history.decided(history.objection(0, OpenObjection(record_id=listing.id, statement="有误")), granted=True)
    history.a_listing_comes(firm=0, removed=False)
    assert [one.state for one in history.records(0)] == [RecordState.DISPLAYED], "delivered anew and changed"
    history.withdrawn(len(history.batches) - 1)
    assert [one.state for one in history.records(0)] == [RecordState.REMOVED]
    history.what_an_upheld_objection_struck_out_counts_only_if_it_was_delivered_anew()
    history.the_whole_city_at_once_gives_the_same()
