"""Every kind of message about leads and loans leads its reader to the page where there is something to do."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlmodel import col, select

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.market_scene import MarketScene
from tests.web.conftest import Browser, make_app
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.validation import parse
from xinyidai.leads.claims import claim_need
from xinyidai.leads.dispatching import DispatchNeed, dispatch_need
from xinyidai.leads.models import Lead
from xinyidai.leads.papers import RequestPapers, papers_complete, record_contact, request_papers
from xinyidai.leads.reminders import watch_clocks
from xinyidai.leads.service import RefuseLead, accept_lead, decline_lead, expire_unanswered_leads
from xinyidai.lending.commands import (
    DecideDuplicate,
    GrantCreditLine,
    MakeOffer,
    RecordDisbursement,
    RecordRepayment,
    RejectPayout,
    RenewLine,
    ReportOverdue,
)
from xinyidai.lending.models import CreditLine, Disbursement, Offer, PayoutProposal
from xinyidai.lending.services import (
    accept_offer,
    ask_for_binding,
    confirm_payout,
    decide_duplicate,
    decline_offer,
    grant_credit_line,
    make_binding,
    make_offer,
    pay_out,
    record_repayment,
    reject_payout,
    renew_line,
    report_overdue,
    take_back_offer,
    withdraw_lead,
)
from xinyidai.messages.dispatch import _ADDRESSED

SAID = f"""
    select distinct on (m.kind, u.id) m.kind, m.link, u.username
      from messages m join users u on u.active and {_ADDRESSED}
     where m.kind like 'leads.%' or m.kind like 'lending.%' order by m.kind, u.id, m.created_at desc
"""
EXPECTED = {
    "leads.applied", "leads.accepted", "leads.claimed", "leads.contacted", "leads.declined", "leads.expired",
    "leads.missed", "leads.papers_requested", "leads.papers_awaited", "leads.papers_handed_in",
    "leads.papers_complete", "leads.passed_on", "leads.remind_accept", "leads.remind_contact",
    "leads.remind_decision", "leads.overdue_accept", "leads.overdue_contact", "leads.overdue_decision",
    "leads.suggested", "leads.withdrawn",
    "lending.indication_made", "lending.binding_asked", "lending.offer_made", "lending.offer_accepted",
    "lending.offer_declined", "lending.offer_taken_back", "lending.other_offer_taken", "lending.payout_proposed",
    "lending.payout_confirmed", "lending.payout_rejected", "lending.overdue_reported", "lending.line_renewed",
    "lending.need_settled", "lending.payout_counted_twice",
}  # fmt: skip


class Way:
    """Plays one need through its stations; each act commits as whoever does it."""

    def __init__(self, scene: MarketScene) -> None:
        self.scene, self.now = scene, scene.now

    @property
    def today(self) -> date:
        return (self.now + timedelta(hours=8)).date()

    def act(self, actor: Actor, do: Callable[..., Any], *rest: Any, **named: Any) -> Any:
        with self.scene.sessions.as_(actor) as session:
            done = do(session, *([] if actor is SYSTEM else [actor]), *rest, self.now, **named)
            session.commit()
            return done

    def later(self, days: int) -> None:
        self.now += timedelta(days=days)

    def clocks(self) -> None:
        self.act(SYSTEM, expire_unanswered_leads)
        self.act(SYSTEM, watch_clocks)

    def lead(self, bank: int) -> UUID:
        with self.scene.sessions.as_(SYSTEM) as session:
            mine = select(Lead.id).where(Lead.institution_id == self.scene.banks[bank].id)
            found: UUID = session.exec(mine.order_by(col(Lead.id).desc())).first()  # type: ignore[assignment]
            return found

    def only(self, table: Any, **conditions: object) -> Any:
        with self.scene.sessions.as_(SYSTEM) as session:
            return session.exec(select(table.id).filter_by(**conditions).order_by(table.id.desc())).first()

    def offer(self, bank: int, **fields: object) -> UUID:
        form = self.scene.offer_form(valid_until=str(self.today + timedelta(days=20)), **fields)
        made: Offer = self.act(self.scene.officers[bank], make_offer, self.lead(bank), parse(MakeOffer, form))
        return made.id


def play_the_work(way: Way) -> None:
    """Two banks are asked, one claims, one is sent; clocks run out on all of them."""
    scene = way.scene
    first, third = scene.officers[0], scene.officers[2]
    way.act(first, accept_lead, way.lead(0))
    way.act(third, claim_need, scene.need.id)
    way.later(2)
    way.clocks()
    way.later(7)
    way.clocks()
    way.act(first, record_contact, way.lead(0))
    papers = RequestPapers(papers="近三个月流水")
    way.act(first, request_papers, way.lead(0), papers)
    way.later(5)
    way.clocks()
    way.act(scene.member, papers_complete, way.lead(0))
    way.act(third, record_contact, way.lead(2))
    way.act(third, request_papers, way.lead(2), papers)
    way.act(third, papers_complete, way.lead(2))
    way.later(40)
    way.clocks()
    way.act(scene.member, withdraw_lead, way.lead(2))


def play_the_offers(way: Way) -> None:
    scene = way.scene
    member, (first, *_others) = scene.member, scene.officers
    way.act(first, take_back_offer, way.offer(0))
    way.act(member, decline_offer, way.offer(0))
    indicated = way.offer(0, kind="indicative")
    way.act(member, ask_for_binding, indicated)
    firm = scene.offer_form(valid_until=str(way.today + timedelta(days=20)))
    made = way.act(first, make_binding, indicated, parse(MakeOffer, firm))
    way.act(member, accept_offer, made.id)


def play_the_money(way: Way) -> None:
    scene, first, manager = way.scene, way.scene.officers[0], way.scene.managers[0]
    granted = scene.line_form(approved_on=str(way.today), expires_on=str(way.today + timedelta(days=300)))
    line = way.act(first, grant_credit_line, way.lead(0), parse(GrantCreditLine, granted)).id

    def propose(reference: str, **fields: object) -> None:
        form = scene.payout_form(paid_on=str(way.today), external_reference=reference, record_anyway="true", **fields)
        way.act(first, pay_out, line, parse(RecordDisbursement, form), four_eyes=1)

    propose("FK-1")
    way.act(manager, reject_payout, way.only(PayoutProposal, status="open"), RejectPayout(note="再核实"))
    for reference in ("FK-2", "FK-3"):
        propose(reference, amount_wan="40")
        way.act(manager, confirm_payout, way.only(PayoutProposal, status="open"))
    with scene.sessions.as_(SYSTEM) as session:
        pair = session.exec(select(Disbursement.id).order_by(col(Disbursement.id))).all()
    verdict = parse(DecideDuplicate, {"verdict": "same", "note": "同一笔贷款"})
    way.act(scene.staff, decide_duplicate, pair[0], pair[1], verdict)
    late = {"as_of": str(way.today), "principal": "1000", "days": 3, "grade": "special_mention"}
    way.act(first, report_overdue, line, parse(ReportOverdue, late))
    new = {"contract_number": "XD-1", "annual_rate": "4", "term_months": 12, "approved_on": str(way.today)}
    renewal = parse(RenewLine, {**new, "expires_on": str(way.today + timedelta(days=300))})
    way.act(first, renew_line, line, renewal)
    back = {"principal": "800000", "interest": "0", "repaid_on": str(way.today), "external_reference": "HK-1"}
    carried = way.only(CreditLine, renews_id=line)
    way.act(first, record_repayment, carried, parse(RecordRepayment, back))


def play_what_goes_elsewhere(way: Way, factory: Factory, now: datetime) -> None:
    """A need that nobody may pass on unasked, a refusal, and two offers of which one is taken."""
    scene = MarketScene(factory, way.scene.sessions, now, agreed=False)
    other = Way(scene)
    other.act(scene.staff, dispatch_need, scene.need.id, DispatchNeed(product_ids=(scene.product_ids()[3],)))
    for bank in (0, 1):
        other.act(scene.officers[bank], accept_lead, other.lead(bank))
    taken, _left = other.offer(0), other.offer(1)
    other.act(scene.member, accept_offer, taken)
    third = MarketScene(factory, way.scene.sessions, now)
    refusal = RefuseLead.model_validate({"reason": "weak_revenue"})
    Way(third).act(third.officers[0], decline_lead, Way(third).lead(0), refusal)


@pytest.fixture
def said(factory: Factory, sessions: Sessions, now: datetime) -> tuple[datetime, dict[str, list[tuple[str, str]]]]:
    """When all was said, and by reader what: kind and link."""
    way = Way(MarketScene(factory, sessions, now))
    play_the_work(way)
    play_the_offers(way)
    play_the_money(way)
    play_what_goes_elsewhere(way, factory, now)
    by_reader: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    with sessions.as_(SYSTEM) as session:
        for kind, link, reader in session.execute(text(SAID)):
            by_reader[reader].append((kind, link))
    return way.now, dict(by_reader)


def test_every_kind_has_a_link_that_its_reader_can_open(
    connection: Connection, said: tuple[datetime, dict[str, list[tuple[str, str]]]]
) -> None:
    now, by_reader = said
    kinds = {kind for found in by_reader.values() for kind, _link in found}
    assert EXPECTED - kinds == set()
    broken = []
    for reader, found in by_reader.items():
        with Browser(make_app(connection, now), base_url="http://testserver.local") as browser:
            browser.log_in(reader, PASSWORD)
            opened = {link: browser.get(link).status_code if link else 0 for _kind, link in found}
            broken += [(reader, kind, link) for kind, link in found if opened[link] != 200]
    assert broken == []
