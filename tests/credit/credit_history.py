"""A history of public credit data, step by step, each followed by what the worker does.

To add a kind of event: write a rule that does it and then calls ``self.follow()``, which handles whatever jobs of
scoring it enqueued, as the worker would. After every step the invariant computes everything at once and compares.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine, text
from sqlmodel import col, select

from tests.credit.conftest import Deliveries
from tests.credit.repair_scene import acting, proof
from tests.credit.scene import months
from tests.factories import Factory, actor_of
from xinyidai.consents.commands import GiveConsent
from xinyidai.consents.queries import consented_datasets
from xinyidai.consents.service import expire_consents, revoke_consent
from xinyidai.consents.types import ConsentPurpose
from xinyidai.consents.wording import current_version
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Conflict
from xinyidai.core.paging import ListRequest
from xinyidai.credit.intake import withdraw
from xinyidai.credit.jobs import ScoreEnterprise, ScoreEnterprises
from xinyidai.credit.repair import deciding, opening
from xinyidai.credit.repair.commands import DecideCase, OpenObjection, OpenRepair
from xinyidai.credit.repair.display_rows import fill_displays
from xinyidai.credit.repair.due import end_displays, remind_of_cases
from xinyidai.credit.repair.models import RepairCase
from xinyidai.credit.repair.records import Record, RecordFilter, list_records
from xinyidai.credit.repair.types import OPEN_CASES, CaseStatus, RepairMeans
from xinyidai.credit.scoring.causes import Cause
from xinyidai.credit.scoring.queries import score_of
from xinyidai.credit.scoring.scorecard import Score
from xinyidai.credit.scoring.service import recompute_scores, rescore_when_the_day_changed
from xinyidai.credit.sharing import families, share
from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.credit_facts import credit_facts
from xinyidai.outbox.jobs import enqueue
from xinyidai.outbox.models import OutboxJob
from xinyidai.worker.registry import HANDLINGS

START = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
ENTERPRISES = 3
MONTHS = months(16)
UNITS = {"tax_penalty": "市税务局", "abnormal_list": "市市场监督管理局"}
Row = tuple[object, ...]

_STRUCK_OUT_AND_COUNTING = text("""
    select c.number from repair_cases c join credit_observations o on o.enterprise_id = c.enterprise_id
        and (o.metric, o.month, o.part) = (c.metric, c.month, c.part) join credit_batches b on b.number = o.batch
    where c.kind = 'objection' and c.status = 'accepted' and b.received_at < c.decided_at
    union all
    select c.number from repair_cases c join credit_events e on e.enterprise_id = c.enterprise_id
        and (e.kind, e.key) = (c.dataset, c.record_key) join credit_batches b on b.number = e.batch
    where c.kind = 'objection' and c.status = 'accepted' and b.received_at < c.decided_at and e.hidden_at is null
""")

who = st.integers(0, ENTERPRISES - 1)
some_months = st.lists(st.integers(0, len(MONTHS) - 1), min_size=1, max_size=len(MONTHS), unique=True)
some_data = st.sets(st.sampled_from([one.codes for one in families()]), min_size=1, max_size=3)
to_whom = st.integers(0, 1)
"""The platform, which ranks; a lender."""


@dataclass(frozen=True)
class Agreement:
    """A consent as the enterprise remembers it: what must be seen is worked out from these alone."""

    id: UUID
    firm: int
    recipient: UUID | None
    datasets: frozenset[str]
    until: date


@dataclass(frozen=True)
class Picture:
    """Everything that is computed: rows as they are kept, and what the enterprise, the platform and the lender see."""

    kept: dict[UUID, Row]
    own: dict[UUID, Row | None]
    ranking: dict[UUID, dict[str, object]]
    platform: dict[UUID, Row | None]
    lender: dict[UUID, Row | None]


def told(score: Score | None) -> Row | None:
    """A score in values that compare; ``as_of`` is left out, which tells when it was last computed."""
    if score is None:
        return None
    parts = tuple((part.state, part.value, part.date, part.points) for part in score.parts)
    vetoes = tuple(part.indicator.number for part in score.vetoes)
    return score.score, score.level, score.coverage, vetoes, parts


class CreditHistory(RuleBasedStateMachine):
    """Deliveries, withdrawals, consents, repairs, objections, and days that pass, through the services."""

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
        self.members = [actor_of(self.factory.member_of(firm)) for firm in self.firms]
        self.bank = self.factory.institution()
        self.officer = actor_of(self.factory.officer_of(self.bank))
        units = {*UNITS.values(), "市人力资源和社会保障局"}
        self.clerks = {unit: self._clerk(unit) for unit in units}
        self.deliveries = Deliveries(self.session, Path(self._folder.name), self.now)
        self.batches: list[UUID] = []
        self.agreements: list[Agreement] = []
        self._serial = 0
        self._what_was_there_before()

    def _clerk(self, unit: str) -> Actor:
        return actor_of(self.factory.user(Role.SOURCE_CLERK, source_unit=unit))

    def _what_was_there_before(self) -> None:
        """Something to consent to, to repair and to object to, so that short histories say something."""
        every = list(range(len(MONTHS)))
        for firm in range(ENTERPRISES):
            self.tax_figures_come(firm=firm, at=every, amount=firm + 1)
        self.staff_figures_come(firm=0, at=every, persons=20)
        self.a_listing_comes(firm=0, removed=False)
        # Displayed until 23 June 2026 by the rule of 2023; repairable by the earliest day of both rules.
        self.a_penalty_comes(firm=1, number=9, days=1000)

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

    @property
    def today(self) -> date:
        return business_date(self.now)

    def _tick(self) -> None:
        """No two acts happen at the same moment."""
        self.now += timedelta(minutes=1)

    def _take(self, dataset: str, titles: tuple[str, ...], rows: list[Row]) -> None:
        self._tick()
        self.deliveries.now = self.now
        self.batches.append(self.deliveries.take(self.deliveries.file(rows, titles), dataset).batch.id)
        self.follow()

    def _next(self) -> int:
        """Makes every file another one, so that none is taken for a repetition."""
        self._serial += 1
        return self._serial

    # ---- deliveries and withdrawals

    @rule(firm=who, at=some_months, amount=st.integers(0, 5))
    def tax_figures_come(self, firm: int, at: list[int], amount: int) -> None:
        rows: list[Row] = [(self.firms[firm].usci, MONTHS[place], amount * 100_000, "", self._next()) for place in at]
        self._take("tax_monthly_summary", ("usci", "统计时间", "销售收入", "免税销售收入", "税额总额"), rows)

    @rule(firm=who, at=some_months, persons=st.integers(0, 40))
    def staff_figures_come(self, firm: int, at: list[int], persons: int) -> None:
        rows: list[Row] = [(self.firms[firm].usci, MONTHS[place], persons, 1000 + self._next()) for place in at]
        self._take("social_insurance", ("usci", "fee_period", "insured_persons", "employer_amount"), rows)

    @rule(firm=who, number=st.integers(1, 3), days=st.integers(0, 1200))
    def a_penalty_comes(self, firm: int, number: int, days: int) -> None:
        day = business_date(START - timedelta(days=days)).isoformat()
        rows: list[Row] = [(self.firms[firm].usci, f"d{number}", f"n{self._next()}", day)]
        self._take("tax_penalty", ("usci", "document_no", "violation_facts", "decided_on"), rows)

    @rule(firm=who, removed=st.booleans())
    def a_listing_comes(self, firm: int, removed: bool) -> None:
        out = "2026-02-01" if removed else ""
        rows: list[Row] = [(self.firms[firm].usci, "2025-06-01", "未年报", f"局{self._next()}", out)]
        titles = ("usci", "listed_on", "listing_reason", "listing_authority", "removed_on")
        self._take("abnormal_list", titles, rows)

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def a_batch_is_withdrawn(self, data: st.DataObject) -> None:
        self.withdrawn(data.draw(st.integers(0, len(self.batches) - 1)))

    def withdrawn(self, place: int) -> None:
        withdraw(self.session, SYSTEM, self.batches.pop(place), "test", self.now)
        self.follow()

    # ---- consents

    @rule(firm=who, recipient=to_whom, data=some_data, days=st.sampled_from([1, 60, 250]))
    def a_consent_is_given(self, firm: int, recipient: int, data: set[frozenset[str]], days: int) -> None:
        bank = self.bank.id if recipient else None
        datasets = frozenset(code for family in data for code in family)
        command = GiveConsent(
            institution_id=bank,
            purpose=ConsentPurpose.FINANCING if bank else ConsentPurpose.RANKING,
            datasets=tuple(sorted(datasets)),
            valid_until=self.today + timedelta(days=days),
            wording_version=current_version(self.today),
            agreed=True,
        )
        with acting(self.session, self.members[firm]):
            given = share(self.session, self.members[firm], command, self.now)
        if given.id not in [one.id for one in self.agreements]:
            self.agreements.append(Agreement(given.id, firm, bank, datasets, given.valid_until))
        self.follow()

    @precondition(lambda self: self.agreements)
    @rule(data=st.data())
    def a_consent_is_revoked(self, data: st.DataObject) -> None:
        self.revoked(data.draw(st.integers(0, len(self.agreements) - 1)))

    def revoked(self, place: int) -> None:
        one = self.agreements.pop(place)
        with acting(self.session, self.members[one.firm]):
            revoke_consent(self.session, self.members[one.firm], one.id, self.now)
        self.follow()

    # ---- repairs and objections

    @rule(data=st.data(), firm=who, granted=st.sampled_from([True, True, False, None]))
    def a_repair_is_asked_for(self, data: st.DataObject, firm: int, granted: bool | None) -> None:
        found = [one for one in self.records(firm) if one.can_be_repaired(self.today)]
        if found:
            case = self.repair(firm, data.draw(st.sampled_from(found)))
            self.decided(case, granted)

    @rule(data=st.data(), firm=who, upheld=st.sampled_from([True, True, False, None]))
    def a_record_is_objected_to(self, data: st.DataObject, firm: int, upheld: bool | None) -> None:
        found = [one for one in self.records(firm) if one.can_be_objected_to]
        if found:
            record = data.draw(st.sampled_from(found))
            self.decided(self.objection(firm, OpenObjection(record_id=record.id, statement="有误")), upheld)

    @rule(data=st.data(), firm=who, upheld=st.sampled_from([True, True, False, None]))
    def a_figure_is_objected_to(self, data: st.DataObject, firm: int, upheld: bool | None) -> None:
        found = self.figures(firm)
        if found:
            metric, month = data.draw(st.sampled_from(found))
            self.decided(self.objection(firm, OpenObjection(metric=metric, month=month, statement="有误")), upheld)

    @rule(data=st.data(), granted=st.booleans())
    def a_case_that_waits_is_decided(self, data: st.DataObject, granted: bool) -> None:
        waiting = self.open_cases()
        if waiting:
            self.decided(data.draw(st.sampled_from(waiting)), granted)

    def records(self, firm: int) -> list[Record]:
        with acting(self.session, self.members[firm]):
            everything = ListRequest(page=1, size=100, sort="dataset")
            return list(list_records(self.session, self.firms[firm].id, everything, RecordFilter(), self.today).rows)

    def figures(self, firm: int) -> list[tuple[int, date]]:
        """Metric and month of the figures that count and that no open case is about."""
        statement = text(
            "select o.metric, o.month from credit_observations o where o.enterprise_id = :id and not exists (select"
            " from repair_cases c where c.enterprise_id = o.enterprise_id and c.metric = o.metric"
            " and c.month = o.month and c.status in ('submitted', 'in_review', 'papers_wanted')) order by 1, 2"
        )
        rows = self.session.connection().execute(statement, {"id": self.firms[firm].id})
        return [(row.metric, row.month) for row in rows]

    def open_cases(self) -> list[UUID]:
        statuses = [one.value for one in OPEN_CASES]
        found = select(RepairCase.id).where(col(RepairCase.status).in_(statuses)).order_by(col(RepairCase.number))
        return list(self.session.exec(found))

    def repair(self, firm: int, record: Record) -> UUID:
        command = OpenRepair(record_id=record.id, means=[RepairMeans.CORRECT], statement="已整改", commitment=True)
        with acting(self.session, self.members[firm]):
            return opening.open_repair(self.session, self.members[firm], command, [proof()], self.now).id

    def objection(self, firm: int, command: OpenObjection) -> UUID:
        with acting(self.session, self.members[firm]):
            return opening.open_objection(self.session, self.members[firm], command, [proof()], self.now).id

    def decided(self, case_id: UUID, granted: bool | None) -> None:
        """``granted`` None leaves the case open. What is not there any more cannot be granted, only rejected."""
        if granted is None:
            return
        self._tick()
        clerk = self.clerks[self.session.get_one(RepairCase, case_id).source_unit]
        command = DecideCase(case_id=case_id, note="已核实")
        if granted:
            granted = self._granted(clerk, command)
        if not granted:
            with acting(self.session, clerk):
                deciding.reject(self.session, clerk, command, self.now)
        decided = self.session.get_one(RepairCase, case_id, populate_existing=True)
        assert decided.status == (CaseStatus.ACCEPTED if granted else CaseStatus.REJECTED).value
        self.follow()

    def _granted(self, clerk: Actor, command: DecideCase) -> bool:
        savepoint = self.session.begin_nested()
        try:
            with acting(self.session, clerk):
                deciding.grant(self.session, clerk, command, self.now)
        except Conflict:
            savepoint.rollback()
            self.session.expire_all()
            return False
        savepoint.commit()
        return True

    # ---- what happens by itself

    @rule(firm=who)
    def an_enterprise_is_asked_for(self, firm: int) -> None:
        enqueue(self.session, ScoreEnterprise(self.firms[firm].id, Cause.COMMAND.value), self.now)
        self.follow()

    @rule(days=st.sampled_from([1, 40, 100]))
    def time_passes(self, days: int) -> None:
        """And the schedule runs, in its order."""
        later = self.now + timedelta(days=days)
        if later.year > START.year:  # the holidays of later years are not known, and deliveries ask for them
            return
        self.now = later
        expire_consents(self.session, self.now)
        fill_displays(self.session, self.now)
        end_displays(self.session, self.now)
        remind_of_cases(self.session, self.now)
        rescore_when_the_day_changed(self.session, self.now)
        self.follow()
        self.agreements = [one for one in self.agreements if one.until >= self.today]

    # ---- what must hold

    @invariant()
    def the_whole_city_at_once_gives_the_same(self) -> None:
        if not hasattr(self, "session"):
            return
        step_by_step = self.picture()
        with self._forgotten():
            recompute_scores(self.session, self.today, None, Cause.COMMAND, now=self.now)
            whole = self.picture()
        assert whole == step_by_step

    @invariant()
    def what_an_upheld_objection_struck_out_counts_only_if_it_was_delivered_anew(self) -> None:
        if hasattr(self, "session"):
            assert self.session.connection().execute(_STRUCK_OUT_AND_COUNTING).all() == []

    def picture(self) -> Picture:
        ids = [firm.id for firm in self.firms]
        ranking = {one: dict(facts) for one, facts in credit_facts(self.session, ids, self.today).items()}
        return Picture(
            kept=self._kept(),
            own={firm.id: told(score_of(self.session, firm.id, None, self.today)) for firm in self.firms},
            ranking=ranking,
            platform={firm.id: self._seen(firm, SYSTEM, None) for firm in self.firms},
            lender={firm.id: self._seen(firm, self.officer, self.bank.id) for firm in self.firms},
        )

    def _seen(self, firm: Enterprise, viewer: Actor, recipient: UUID | None) -> Row | None:
        """The score under the consents that ``viewer`` finds, which are those that the enterprise remembers."""
        with acting(self.session, viewer):
            consented = consented_datasets(self.session, firm.id, recipient, self.today)
        remembered = [
            one for one in self.agreements if (self.firms[one.firm].id, one.recipient) == (firm.id, recipient)
        ]
        assert consented == frozenset().union(*(one.datasets for one in remembered))
        return told(score_of(self.session, firm.id, consented, self.today))

    def _kept(self) -> dict[UUID, Row]:
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
