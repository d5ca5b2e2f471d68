"""The database itself shows a lender what is open or consented to, and nothing else, whatever the services do."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from tests.conftest import Sessions
from tests.consent_scene import ENERGY, INSURED, REVENUE, ConsentScene
from tests.factories import actor_of
from xinyidai.consents.service import expire_consents, revoke_consent
from xinyidai.core.actor import GUEST, SYSTEM, Actor, Role
from xinyidai.core.db import ActorSession
from xinyidai.credit.indicators.given import LOAN_BALANCE, Given, give
from xinyidai.credit.sharing import open_datasets, sharable_numbers

OPEN_FIGURE, OPEN_RECORD, SHUT_RECORD = 1401, "admin_penalty", "tax_credit_grade"


@pytest.fixture
def known(scene: ConsentScene) -> ConsentScene:
    """Figures and records of open data sets and of those by consent."""
    for metric in (OPEN_FIGURE, REVENUE, INSURED, ENERGY):
        scene.figure(metric, 1, 5)
    scene.event(OPEN_RECORD)
    scene.event(SHUT_RECORD)
    return scene


def test_without_consent_a_lender_with_a_lead_sees_what_is_open(known: ConsentScene) -> None:
    assert known.seen_by(known.officers[0]) == ({OPEN_FIGURE}, {OPEN_RECORD})


def test_a_lender_without_a_lead_sees_nothing(known: ConsentScene) -> None:
    assert known.seen_by(known.officers[2]) == (set(), set())


def test_a_consent_opens_exactly_its_data_sets_to_exactly_its_lender(known: ConsentScene) -> None:
    known.give("tax_monthly_summary", "tax_credit_grade")
    assert known.seen_by(known.officers[0]) == ({OPEN_FIGURE, REVENUE}, {OPEN_RECORD, SHUT_RECORD})
    assert known.seen_by(known.officers[1]) == ({OPEN_FIGURE}, {OPEN_RECORD})
    assert known.seen_by(known.officers[2]) == (set(), set())


def test_the_platforms_ranking_consent_opens_nothing_to_lenders(known: ConsentScene) -> None:
    known.give("tax_monthly_summary", "social_insurance", bank=None)
    assert known.seen_by(known.officers[0]) == ({OPEN_FIGURE}, {OPEN_RECORD})


def test_after_revoking_nothing_is_seen_any_more(known: ConsentScene) -> None:
    consent = known.give("tax_monthly_summary")
    with known.sessions.as_(known.member) as session:
        revoke_consent(session, known.member, consent.id, known.now)
        session.commit()
    assert known.seen_by(known.officers[0]) == ({OPEN_FIGURE}, {OPEN_RECORD})


def test_after_its_last_day_nothing_is_seen_any_more(known: ConsentScene, session: ActorSession) -> None:
    known.give("tax_monthly_summary", valid_until=known.today)
    assert REVENUE in known.seen_by(known.officers[0])[0]
    expire_consents(session, known.now + timedelta(days=1))
    session.commit()
    assert known.seen_by(known.officers[0]) == ({OPEN_FIGURE}, {OPEN_RECORD})


def test_one_of_two_consents_ends_and_the_other_still_counts(known: ConsentScene) -> None:
    first = known.give("tax_monthly_summary", "electricity_supply")
    known.give("tax_monthly_summary")
    with known.sessions.as_(known.member) as session:
        revoke_consent(session, known.member, first.id, known.now)
        session.commit()
    assert known.seen_by(known.officers[0])[0] == {OPEN_FIGURE, REVENUE}


def test_what_it_owes_here_is_shown_by_a_consent_that_names_it_and_by_no_other(
    known: ConsentScene, session: ActorSession
) -> None:
    give(session, [Given(known.enterprise.id, LOAN_BALANCE, Decimal(600_000), known.today)])
    session.commit()

    def shown(actor: Actor) -> list[Decimal]:
        with known.sessions.as_(actor) as own:
            return list(own.scalars(text("select value from credit_given_values")))

    officer, other, stranger = known.officers
    known.give(*sorted(set(sharable_numbers()) - {"platform_loan"}))
    known.give("platform_loan", bank=None)
    assert [shown(one) for one in (officer, other, stranger)] == [[], [], []]
    consent = known.give("platform_loan", bank=2)  # a lead is not needed where there is a consent
    assert [shown(one) for one in (officer, other, stranger)] == [[], [], [Decimal(600_000)]]
    assert shown(known.member) == [Decimal(600_000)]
    assert shown(actor_of(known.factory.member_of(known.factory.enterprise()))) == []
    with known.sessions.as_(known.member) as own:
        revoke_consent(own, known.member, consent.id, known.now)
        own.commit()
    assert shown(stranger) == []


def test_an_enterprise_sees_all_of_its_own_and_nothing_of_another(known: ConsentScene) -> None:
    everything = ({OPEN_FIGURE, REVENUE, INSURED, ENERGY}, {OPEN_RECORD, SHUT_RECORD})
    assert known.seen_by(known.member) == everything
    stranger = actor_of(known.factory.member_of(known.factory.enterprise()))
    known.factory.session.commit()
    assert known.seen_by(stranger) == (set(), set())
    assert known.seen_by(SYSTEM) == everything


@pytest.mark.parametrize("role", [Role.OFFICE_STAFF, Role.SOURCE_CLERK])
def test_nobody_else_sees_any(known: ConsentScene, role: Role) -> None:
    other = actor_of(known.factory.user(role))
    known.factory.session.commit()
    assert known.seen_by(other) == (set(), set())
    assert known.seen_by(GUEST) == (set(), set())


def test_a_lender_writes_no_consent_and_no_record(known: ConsentScene, sessions: Sessions) -> None:
    consent = known.give("tax_monthly_summary")
    with sessions.as_(known.officers[0]) as session:
        for change in (
            "update consents set dataset_numbers = '{21,30}'",
            "update credit_events set repaired_at = null",
            "update credit_observations set value = 1",
        ):
            assert session.connection().execute(text(change)).rowcount == 0
    assert consent.dataset_numbers == [22]


def test_what_the_database_takes_for_open_is_what_the_catalogue_calls_open(known: ConsentScene) -> None:
    """A data set that was added as open needs a migration of the policies; until then lenders do not see it."""
    for number, dataset in enumerate(sorted(open_datasets() | {"tax_levy"})):
        if dataset not in (OPEN_RECORD, SHUT_RECORD):
            known.event(dataset, key=f"x{number}")
    assert known.seen_by(known.officers[0])[1] == open_datasets()
