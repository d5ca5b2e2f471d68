"""After any sequence of events, what was computed step by step is what computing everything at once gives.

To add a kind of event (a consent, a repair, an objection): write a rule that does it and then calls ``self.follow()``,
which handles whatever jobs it enqueued, as the worker would.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text
from sqlmodel import col, select

from tests.credit.conftest import Deliveries
from tests.credit.scene import months
from tests.factories import Factory
from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.credit.intake import withdraw
from xinyidai.credit.jobs import ScoreEnterprise, ScoreEnterprises
from xinyidai.credit.scoring.causes import Cause
from xinyidai.credit.scoring.service import recompute_scores, rescore_when_the_day_changed
from xinyidai.outbox.jobs import enqueue
from xinyidai.outbox.models import OutboxJob
from xinyidai.worker.registry import HANDLINGS

START = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
ENTERPRISES = 3
MONTHS = months(16)
Kept = dict[UUID, tuple[object, ...]]

who = st.integers(0, ENTERPRISES - 1)
some_months = st.lists(st.integers(0, len(MONTHS) - 1), min_size=1, max_size=len(MONTHS), unique=True)


class CreditHistory(RuleBasedStateMachine):
    """Deliveries of figures and records, withdrawals, and days that pass, each followed by what the worker does."""

    engine: Engine

    @initialize()
    def begin(self) -> None:
        self._folder = TemporaryDirectory()
        self._connection = self.engine.connect()
        self._transaction = self._connection.begin()
        self.session = ActorSession(self._connection, SYSTEM)
        self.factory = Factory(self.session, START)
        self.now = START
        self.firms = [self.factory.enterprise() for _number in range(ENTERPRISES)]
        self.deliveries = Deliveries(self.session, Path(self._folder.name), self.now)
        self.batches: list[UUID] = []
        self._serial = 0

    def teardown(self) -> None:
        if hasattr(self, "_transaction"):
            self.session.close()
            self._transaction.rollback()
            self._connection.close()
            self._folder.cleanup()

    def follow(self) -> None:
        """What the worker does about every job of scoring that waits."""
        waiting = select(OutboxJob).where(
            col(OutboxJob.done_at).is_(None), col(OutboxJob.name).in_([ScoreEnterprises.name, ScoreEnterprise.name])
        )
        for job in self.session.exec(waiting.order_by(col(OutboxJob.id))).all():
            handling = HANDLINGS[job.name]
            handling.handler(self.session, handling.job.from_payload(job.payload), self.now, job.id)
            job.done_at = self.now
        self.session.flush()

    def _take(self, dataset: str, titles: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
        self.deliveries.now = self.now
        self.batches.append(self.deliveries.take(self.deliveries.file(rows, titles), dataset).batch.id)
        self.follow()

    def _next(self) -> int:
        """Makes every file another one, so that none is taken for a repetition."""
        self._serial += 1
        return self._serial

    @rule(firm=who, at=some_months, amount=st.integers(0, 5))
    def tax_figures_come(self, firm: int, at: list[int], amount: int) -> None:
        rows: list[tuple[object, ...]] = [
            (self.firms[firm].usci, MONTHS[place], amount * 100_000, "", self._next()) for place in at
        ]
        self._take("tax_monthly_summary", ("usci", "统计时间", "销售收入", "免税销售收入", "税额总额"), rows)

    @rule(firm=who, at=some_months, persons=st.integers(0, 40))
    def staff_figures_come(self, firm: int, at: list[int], persons: int) -> None:
        rows: list[tuple[object, ...]] = [
            (self.firms[firm].usci, MONTHS[place], persons, 1000 + self._next()) for place in at
        ]
        self._take("social_insurance", ("usci", "fee_period", "insured_persons", "employer_amount"), rows)

    @rule(firm=who, number=st.integers(1, 3), days=st.integers(0, 1200))
    def a_penalty_comes(self, firm: int, number: int, days: int) -> None:
        day = business_date(START - timedelta(days=days)).isoformat()
        rows: list[tuple[object, ...]] = [(self.firms[firm].usci, f"d{number}", f"n{self._next()}", day)]
        self._take("tax_penalty", ("usci", "document_no", "violation_facts", "decided_on"), rows)

    @rule(firm=who, removed=st.booleans())
    def a_listing_comes(self, firm: int, removed: bool) -> None:
        out = "2026-02-01" if removed else ""
        rows: list[tuple[object, ...]] = [(self.firms[firm].usci, "2025-06-01", "未年报", f"局{self._next()}", out)]
        titles = ("usci", "listed_on", "listing_reason", "listing_authority", "removed_on")
        self._take("abnormal_list", titles, rows)

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def a_batch_is_withdrawn(self, data: st.DataObject) -> None:
        batch = self.batches.pop(data.draw(st.integers(0, len(self.batches) - 1)))
        withdraw(self.session, SYSTEM, batch, "test", self.now)
        self.follow()

    @rule(firm=who)
    def an_enterprise_is_asked_for(self, firm: int) -> None:
        enqueue(self.session, ScoreEnterprise(self.firms[firm].id, Cause.COMMAND.value), self.now)
        self.follow()

    @rule(days=st.sampled_from([1, 40, 200]))
    def time_passes(self, days: int) -> None:
        later = self.now + timedelta(days=days)
        if later.year > START.year:  # the holidays of later years are not known, and deliveries ask for them
            return
        self.now = later
        rescore_when_the_day_changed(self.session, self.now)

    @invariant()
    def the_whole_city_at_once_gives_the_same(self) -> None:
        if not hasattr(self, "session"):
            return
        kept = self._kept()
        if not kept:
            return
        with self._forgotten():
            recompute_scores(self.session, business_date(self.now), None, Cause.COMMAND, now=self.now)
            whole = self._kept()
        assert {one: whole[one] for one in kept} == kept

    def _kept(self) -> Kept:
        rows = self.session.connection().execute(
            text("select enterprise_id, values, states, dates, vetoes, points, score from credit_indicators")
        )
        return {row[0]: tuple(row[1:]) for row in rows}

    @contextmanager
    def _forgotten(self) -> Iterator[None]:
        """Whatever happens inside leaves no trace, neither in the tables nor in what counts as the last run."""
        savepoint = self.session.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()
            self.session.expire_all()


@pytest.mark.parametrize("examples", [12])
def test_incremental_and_full_computation_agree(engine: Engine, examples: int) -> None:
    CreditHistory.engine = engine
    run_state_machine_as_test(
        CreditHistory,
        settings=settings(
            max_examples=examples,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # Each step asks a database: making a failure smaller would take many minutes.
            phases=(Phase.reuse, Phase.generate),
        ),
    )
