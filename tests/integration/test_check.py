"""``xyd check`` finds nothing in what the services write, and each kind of fault where somebody wrote past them."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Connection, Engine, text
from typer.testing import CliRunner

from tests.conftest import Sessions
from tests.factories import Factory
from tests.ledger import Ledger
from tests.lending_scene import LendingScene
from tests.own_database import own_database, own_engine
from xinyidai.cli.main import app
from xinyidai.core.actor import SYSTEM
from xinyidai.core.database import Database
from xinyidai.core.db import ActorSession, make_engine, unit_of_work
from xinyidai.core.i18n import use_locale
from xinyidai.core.validation import parse
from xinyidai.lending.commands import ReverseDisbursement
from xinyidai.lending.services import close_credit_line, reverse_disbursement
from xinyidai.needs.jobs import RankNeed
from xinyidai.outbox.jobs import enqueue
from xinyidai.statistics.check import INVARIANTS, MOST_SHOWN, Invariant, check, disagreement, violations_of
from xinyidai.statistics.queries.totals import Totals

__all__ = ["own_database", "own_engine"]

# What is written past the services → the sentence that no longer holds. The owner of the tables can do all of it.
COPY_OFFER = (
    "insert into offers select (jsonb_populate_record(null::offers, to_jsonb(o) ||"
    " jsonb_build_object('id', uuidv7(), 'status', 'open', 'decided_at', null))).*"
    " from (select * from offers limit 1) o, generate_series(1, 2)"
)
COPY_REVERSAL = (
    "insert into disbursements select (jsonb_populate_record(d,"
    " jsonb_build_object('id', uuidv7(), 'external_reference', 'again'))).*"
    " from disbursements d where reverses_id is not null limit 1"
)
COPY_LEAD = (
    "insert into leads select (jsonb_populate_record(l, jsonb_build_object('id', uuidv7()))).* from leads l limit 1"
)
FAULTS: dict[str, tuple[str, ...]] = {
    "The sums that pages add up": ("update payout_sums set amount = amount + 1 where kind = 'product'",),
    "No more is paid from a credit line": ("update credit_lines set amount = 1",),
    "A reversal is the exact opposite": ("update disbursements set amount = amount - 1 where reverses_id is not null",),
    "No payout is reversed twice": (
        "alter table disbursements drop constraint uq_disbursements_reverses_id",
        COPY_REVERSAL,
    ),
    "No payout is recorded twice": (
        "alter table disbursements drop constraint uq_disbursements_institution_id_external_reference",
        "update disbursements set external_reference = 'FK'",
    ),
    "A payout says what its credit line says": ("update disbursements set guarantee_mode = 'other'",),
    "A payout is dated within its credit line": ("update disbursements set paid_on = '2020-01-01'",),
    "A credit line stands on an accepted offer": ("update offers set status = 'declined'",),
    "No lead has two open offers": ("drop index uq_offers_one_open", COPY_OFFER),
    "A lead is offered exactly while": ("update leads set status = 'offered' where status = 'disbursing'",),
    "A lead's status follows": ("update leads set status = 'credit_approved' where status = 'disbursing'",),
    "A need's status follows": ("update needs set status = 'published'",),
    "Each institution takes up": (
        "drop index uq_leads_one_open_per_product",
        "drop index uq_leads_one_claim_per_institution",
        "update leads set route = 'claimed'",
        COPY_LEAD,
    ),
    "When a need was first taken": ("update needs set paid = paid + 1",),
    "A need is only before a product once": ("drop index uq_leads_one_open_per_product", COPY_LEAD),
    "Every open need is ranked": ("delete from outbox_jobs",),
    "The last step in the history": ("delete from lead_events",),
    "Every payout and every reversal stands": ("delete from audit_entries where subject_kind = 'disbursement'",),
    "Every credit line stands": ("delete from audit_entries where subject_kind = 'credit_line'",),
    "What is owed on a credit line": ("update repayments set principal = 9000000 where principal = 50000",),
    "A reversed repayment": ("update repayments set principal = principal - 1 where reverses_id is not null",),
    "A repayment says what": ("update repayments set region_code = '370404'",),
    "A renewal carries over": ("update repayments set principal = principal - 1 where kind = 'carried_over'",),
    "A need is settled": ("update needs set status = 'settled', closed_at = now() where status = 'disbursed'",),
    "A confirmed payout": ("update payout_proposals set amount = amount + 1",),
    "The shares of guarantor and pool": ("update risk_shares set share = 31",),
    "Every repayment": ("delete from audit_entries where subject_kind = 'repayment'",),
}


def some_money(factory: Factory) -> None:
    """Two payouts, one of them taken back; another line that is paid out in full by two people, partly repaid and
    renewed; and a pool that shares the risk."""
    ledger = Ledger(factory)
    first = ledger.line(factory.product(factory.institution()), factory.enterprise())
    ledger.pay(first, 300_000, date(2025, 3, 1))
    ledger.reverse(ledger.pay(first, 500_000, date(2025, 4, 1)))
    second = ledger.line(factory.product(factory.institution()), factory.enterprise(), amount=Decimal(80_000))
    ledger.confirmed(ledger.pay(second, 80_000, date(2025, 5, 1)))
    ledger.repay(second, 10_000, date(2025, 6, 1))
    ledger.renew(second, 70_000, date(2025, 7, 1))
    ledger.repay(first, 50_000, date(2025, 6, 1))
    ledger.reverse_repayment(ledger.repay(first, 20_000, date(2025, 6, 2)))
    ledger.pooled(first)


@pytest.fixture(scope="module")
def owner_engine(database: Database) -> Iterator[Engine]:
    engine = make_engine(str(database.owner_url))
    yield engine
    engine.dispose()


@pytest.fixture
def owner(owner_engine: Engine, now: datetime) -> Iterator[Connection]:
    """The owner of the tables, whom no policy and few rights hold back; everything is taken back in the end."""
    with owner_engine.connect() as connection:
        transaction = connection.begin()
        with ActorSession(connection, SYSTEM) as session:
            some_money(Factory(session, now))
            session.commit()
        yield connection
        transaction.rollback()


def broken(connection: Connection) -> set[str]:
    with ActorSession(connection, SYSTEM) as session:
        return {violation.sentence for violation in check(session)}


def test_nothing_is_found_where_nothing_is_wrong(owner: Connection) -> None:
    assert broken(owner) == set()


@pytest.mark.parametrize("beginning", FAULTS)
def test_a_planted_fault_is_found(owner: Connection, beginning: str) -> None:
    for statement in FAULTS[beginning]:
        owner.execute(text(statement))
    assert [sentence for sentence in broken(owner) if sentence.startswith(beginning)]


def test_every_sentence_has_its_fault() -> None:
    by_arithmetic = [one for one in INVARIANTS if one.sentence.startswith("The total of all payouts")]
    by_fault = [one for one in INVARIANTS for beginning in FAULTS if one.sentence.startswith(beginning)]
    assert by_arithmetic + by_fault == list(INVARIANTS)


def test_parts_that_do_not_add_up_to_the_whole_are_told() -> None:
    whole = Totals(2, 0, Decimal(30), Decimal(90))
    parts = [Totals(1, 0, Decimal(10), Decimal(30)), Totals(1, 0, Decimal(20), Decimal(60))]
    assert list(disagreement("month", parts, whole)) == []
    assert list(disagreement("month", parts[:1], whole)) == [("month", "1 / 10 != 2 / 30")]


def test_many_violations_of_one_sentence_are_counted(session: ActorSession) -> None:
    many = Invariant("All is well.", lambda _session: [(str(number), "no") for number in range(MOST_SHOWN + 7)])
    assert violations_of(session, many)[-1].detail == "+ 7"


def test_the_whole_way_through_the_services_leaves_nothing_to_find(
    factory: Factory, sessions: Sessions, session: ActorSession, now: datetime
) -> None:
    scene = LendingScene(factory, sessions, now)
    enqueue(session, RankNeed(scene.need.id), now)
    session.commit()
    assert found_in_work(sessions) == set()
    scene.offer(1)
    assert found_in_work(sessions) == set()
    line = scene.line(0)
    assert found_in_work(sessions) == set()
    payout = scene.pay(line)
    scene.pay(line, amount_wan="50", external_reference="FK-2")
    assert found_in_work(sessions) == set()
    with sessions.as_(scene.officers[0]) as officer:
        reverse_disbursement(officer, scene.officers[0], payout, parse(ReverseDisbursement, {"reason": "twice"}), now)
        close_credit_line(officer, scene.officers[0], line, now)
        officer.commit()
    assert found_in_work(sessions) == set()


def found_in_work(sessions: Sessions) -> set[str]:
    """What the check says of services' work. Leads made by a factory have no first row in their history."""
    without_history = "The last step in the history of a lead is its status."
    with sessions.as_(SYSTEM) as session:
        return {violation.sentence for violation in check(session)} - {without_history}


@pytest.fixture
def run_check(own_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("DATABASE_URL", own_database.app_url)
    with use_locale("en"):
        yield CliRunner()


def test_the_command_lists_what_it_checked_and_ends_well(
    run_check: CliRunner, own_engine: Engine, now: datetime
) -> None:
    with unit_of_work(own_engine, SYSTEM) as session:
        some_money(Factory(session, now))
    answer = run_check.invoke(app, ["check"])
    assert answer.exit_code == 0, answer.output
    assert answer.output.count("✓") == len(INVARIANTS)
    assert f"All {len(INVARIANTS)} hold." in answer.output


def test_the_command_shows_the_violations_and_ends_with_one(
    run_check: CliRunner, own_database: Database, own_engine: Engine, now: datetime
) -> None:
    with unit_of_work(own_engine, SYSTEM) as session:
        some_money(Factory(session, now))
    owner = make_engine(str(own_database.owner_url))
    with owner.begin() as connection:
        connection.execute(text("delete from audit_entries where subject_kind = 'credit_line'"))
    owner.dispose()
    answer = run_check.invoke(app, ["check"])
    assert answer.exit_code == 1
    assert "✗ Every credit line stands in the audit trail." in answer.output
    assert "HT-00001" in answer.output
