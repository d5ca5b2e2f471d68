"""A small city made through the platform's own services, and what must hold in it."""

import html
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from tests.integration.demo_cities import NOW, load
from tests.web.conftest import Browser, make_app
from xinyidai.accounts.service import log_in
from xinyidai.core.actor import GATE, SYSTEM
from xinyidai.core.db import ActorSession
from xinyidai.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from xinyidai.demo.lenders import OFFICERS_BANK
from xinyidai.demo.load import Found, State, look
from xinyidai.leads.types import IN_WORK, LeadStatus
from xinyidai.messages.dispatch import _ADDRESSED
from xinyidai.needs.types import NeedStatus
from xinyidai.statistics.check import check
from xinyidai.statistics.queries.duplicates import PairState, count_pairs

FIRMS = 120


@pytest.fixture(scope="module")
def city(engine: Engine) -> Iterator[Connection]:
    """One city for all tests of this module, gone afterwards.

    Its transaction is open all the while: a test here that made a second city would wait for it for ever.
    """
    with engine.connect() as connection:
        transaction = connection.begin()
        load(connection, NOW, firms=FIRMS)
        yield connection
        transaction.rollback()


@pytest.fixture
def everything(city: Connection) -> Iterator[ActorSession]:
    with ActorSession(city, SYSTEM) as session:
        yield session


def column(session: ActorSession, sql: str, **values: object) -> list[object]:
    return list(session.execute(text(sql), values).scalars())


def test_every_invariant_of_the_platform_holds_in_it(everything: ActorSession) -> None:
    assert check(everything) == []


def test_there_are_needs_in_every_state(everything: ActorSession) -> None:
    assert set(column(everything, "select distinct status from needs")) >= set(NeedStatus) - {NeedStatus.SETTLED}


def test_one_need_is_still_waiting_for_the_worker(everything: ActorSession) -> None:
    waiting = column(everything, "select name from outbox_jobs where done_at is null")
    assert waiting == ["needs.rank"]


def test_payouts_fill_many_months_and_some_were_reversed(everything: ActorSession) -> None:
    assert len(column(everything, "select distinct date_trunc('month', paid_on) from disbursements")) >= 5
    assert column(everything, "select 1 from disbursements where reverses_id is not null limit 1")


def test_rankings_hold_sure_and_conditional_products(everything: ActorSession) -> None:
    verdicts = set(column(everything, "select distinct verdict from match_results"))
    assert verdicts == {"eligible", "conditional", "ineligible"}


def test_farm_households_have_a_code_of_ours_only(everything: ActorSession) -> None:
    assert column(everything, "select count(*) from enterprises where subject_kind = 'farm_household'") != [0]
    assert column(everything, "select 1 from enterprises where (usci is null) <> (internal_code like 'NH%')") == []


def test_every_demo_account_can_log_in(city: Connection) -> None:
    with ActorSession(city, GATE) as session:
        for account in DEMO_ACCOUNTS:
            assert log_in(session, account.username, account.password, NOW, hours=1).token, account.username


def test_the_factory_has_a_paid_loan_behind_it_and_one_offer_waiting(everything: ActorSession) -> None:
    of_factory = "enterprise_id = (select enterprise_id from users where username = 'factory')"
    assert sorted(column(everything, f"select status from needs where {of_factory}")) == ["disbursed", "in_contact"]
    offers = f"""
        select i.code from offers o join institutions i on i.id = o.institution_id
         where o.{of_factory} and o.status = 'open' and o.valid_until > :today
    """
    assert column(everything, offers, today=NOW.date()) == [OFFICERS_BANK]
    newest = "(select id from needs where status = 'in_contact' and " + of_factory + ")"
    ranked = column(everything, f"select eligible + conditional from match_runs where need_id = {newest}")
    assert len(ranked) == 1
    assert int(str(ranked[0])) > 5


def test_the_officers_inbox_holds_leads_in_many_states(everything: ActorSession) -> None:
    states = column(
        everything,
        "select distinct l.status from leads l join users u on u.institution_id = l.institution_id"
        " where u.username = 'officer'",
    )
    assert {LeadStatus.SENT, LeadStatus.OFFERED} <= set(states)
    assert set(states) & (IN_WORK - {LeadStatus.OFFERED})
    assert len(states) >= 5


def test_no_lead_waits_beyond_its_last_day(everything: ActorSession) -> None:
    assert (
        column(everything, "select 1 from leads where status = 'sent' and respond_by < :today", today=NOW.date()) == []
    )


def test_money_comes_back_late_renewed_and_twice(everything: ActorSession) -> None:
    assert len(column(everything, "select 1 from repayments where kind = 'payment'")) >= 3
    assert column(everything, "select days from overdue_reports") == [12]
    assert len(column(everything, "select 1 from credit_lines where renews_id is not null")) == 1
    assert count_pairs(everything, PairState.OPEN) >= 1


def test_lenders_can_look_for_enterprises_in_it(everything: ActorSession) -> None:
    assert len(column(everything, "select 1 from screening_openings")) >= 3
    assert len(column(everything, "select name from saved_screens")) == 2
    assert column(everything, "select 1 from screening_invitations i join users u on u.enterprise_id = i.enterprise_id"
                              " where u.username = 'factory'") == [1]  # fmt: skip


_NEWEST_OF_EACH_KIND = f"""
    select distinct on (m.kind) m.kind, m.link, u.username
      from messages m join users u on u.active and not u.is_service and {_ADDRESSED}
     order by m.kind, m.created_at desc, m.id, u.username
"""


def test_the_link_of_every_message_leads_its_reader_there_after_the_login(
    city: Connection, everything: ActorSession
) -> None:
    """As from a mail: whoever is not signed in logs in first and is then where there is something to do."""
    found = everything.execute(text(_NEWEST_OF_EACH_KIND)).all()
    assert len(found) >= 20
    assert [kind for kind, link, _reader in found if not link] == []
    by_reader: dict[str, list[tuple[str, str]]] = {}
    for kind, link, reader in found:
        by_reader.setdefault(reader, []).append((kind, link))
    broken = []
    for reader, links in by_reader.items():
        with Browser(make_app(city, NOW), base_url="http://testserver.local") as browser:
            first = links[0][1]
            asked = browser.get(first, follow_redirects=False)
            assert asked.status_code == 303, first
            login = asked.headers["location"]
            assert login.startswith("/login?next=")
            form = browser.page(login).split('action="/login"')[1]
            target = re.findall(r'name="next" value="([^"]*)"', form)[0]
            typed = {"username": reader, "password": DEMO_PASSWORD, "next": html.unescape(target)}
            assert browser.submit("/login", typed) == first.split("#")[0]
            broken += [(kind, link) for kind, link in links if browser.get(link).status_code != 200]
    assert broken == []


def test_a_loaded_city_is_known_as_whole_with_its_size(city: Connection) -> None:
    assert look(city) == Found(State.WHOLE, FIRMS)


def test_only_the_lines_that_were_spoiled_are_refused(everything: ActorSession) -> None:
    rejected = """
        select distinct r.message from credit_rejects r join credit_batches b on b.id = r.batch_id
         where b.dataset not in ('tax_monthly_summary', 'social_insurance', 'electricity_supply', 'admin_penalty')
    """
    assert column(everything, rejected) == []
    assert 5 <= len(column(everything, "select 1 from credit_rejects")) <= 20
    by_status = everything.execute(text("select status, count(*) from credit_batches group by status")).all()
    counts = {row[0]: row[1] for row in by_status}
    assert counts["withdrawn"] == 1
    assert counts["refused"] == 1
    assert counts["taken"] > 150


def test_most_files_came_in_time_and_a_few_late(everything: ActorSession) -> None:
    late = column(
        everything,
        "select count(*) from credit_batches where most_days_late > 0 and dataset in"
        " ('social_insurance', 'provident_fund', 'customs', 'electricity_supply', 'tax_monthly_summary')"
        " and received_at > (select min(received_at) from credit_batches)",
    )
    assert late == [3]
    assert column(everything, "select count(*) from credit_batches where lines_stated <> lines_read") == [2]


def test_two_months_of_water_never_came(everything: ActorSession) -> None:
    months = column(everything, "select month from credit_metric_months where metric = 4013")
    assert len(months) == 22


def test_credit_data_and_consents_were_there_before_the_first_need_was_ranked(everything: ActorSession) -> None:
    ranked = "select count(*) from match_runs m where not exists (select 1 from enterprises where id = m.enterprise_id)"
    assert column(everything, ranked) == [0]
    consented = column(everything, "select count(*) from consents where institution_id is null and ended_at is null")
    accounts = column(everything, "select count(*) from users where role = 'enterprise_member'")
    assert int(str(accounts[0])) * 0.5 < int(str(consented[0])) < int(str(accounts[0]))


def test_the_factory_has_something_to_repair_something_repaired_and_readers(everything: ActorSession) -> None:
    of_factory = "enterprise_id = (select enterprise_id from users where username = 'factory')"
    penalties = column(
        everything,
        "select repaired_at is null from credit_events"
        f" where kind = 'admin_penalty' and {of_factory} order by decided_on",
    )
    assert penalties == [False, True]
    months = column(everything, f"select count(*) from credit_observations where metric = 2201 and {of_factory}")
    assert months == [24]
    power = column(everything, f"select count(*) from credit_observations where metric = 4111 and {of_factory}")
    assert power == [22]
    lenders = column(everything, f"select end_reason from consents where institution_id is not null and {of_factory}")
    assert set(lenders) == {None, "revoked"}
    assert len(column(everything, f"select 1 from credit_reads where {of_factory}")) >= 4


def test_a_clerk_delivered_what_its_department_delivers(everything: ActorSession) -> None:
    delivered = """
        select distinct b.dataset from credit_batches b join users u on u.id = b.received_by
         where u.username = 'clerk' and b.source_unit = '市税务局'
    """
    assert {"tax_monthly_summary", "tax_levy", "tax_credit_grade"} <= set(column(everything, delivered))


def test_everybody_was_scored_and_scores_have_a_history(everything: ActorSession) -> None:
    scored = column(everything, "select count(*) from credit_indicators")
    assert scored == column(everything, "select count(*) from enterprises")
    of_factory = "enterprise_id = (select enterprise_id from users where username = 'factory')"
    assert int(str(column(everything, f"select score from credit_indicators where {of_factory}")[0])) > 500
    assert len(column(everything, f"select 1 from credit_scores where {of_factory}")) >= 2


def test_the_repair_went_through_its_department(everything: ActorSession) -> None:
    steps = column(everything, "select status from repair_cases")
    assert steps == ["accepted"]
