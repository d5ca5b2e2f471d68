"""One need before two lenders, and the way from a lead to money through the services."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.clock import business_date
from xinyidai.core.validation import parse
from xinyidai.institutions.models import Institution
from xinyidai.leads.models import Lead
from xinyidai.leads.service import accept_lead
from xinyidai.lending.commands import GrantCreditLine, MakeOffer, RecordDisbursement
from xinyidai.lending.models import CreditLine, Disbursement, Offer
from xinyidai.lending.services import accept_offer, grant_credit_line, make_offer, record_disbursement
from xinyidai.needs.models import Need


class LendingScene:
    """Two banks, each with an officer and a lead that waits for its answer; every step commits."""

    def __init__(
        self, factory: Factory, sessions: Sessions, now: datetime, *, banks: list[Institution] | None = None
    ) -> None:
        self.sessions, self.now, self.today = sessions, now, business_date(now)
        self.enterprise = factory.enterprise()
        self.need = factory.need(self.enterprise)
        self.member_user = factory.member_of(self.enterprise)
        self.member = actor_of(self.member_user)
        self.banks = banks or [factory.institution(), factory.institution()]
        self.officer_users = [factory.officer_of(bank) for bank in self.banks]
        self.officers = [actor_of(user) for user in self.officer_users]
        self.manager = actor_of(factory.officer_of(self.banks[0], Role.INSTITUTION_MANAGER))
        self.products = [factory.product(bank) for bank in self.banks]
        self.leads = [factory.lead(self.need, product) for product in self.products]
        factory.session.commit()

    def offer_form(self, **fields: object) -> dict[str, object]:
        return {
            "amount_wan": "80",
            "annual_rate": "4.35",
            "term_months": "12",
            "guarantee_mode": "credit",
            "repayment_mode": "equal_instalment",
            "valid_until": str(self.today + timedelta(days=14)),
            **fields,
        }

    def line_form(self, **fields: object) -> dict[str, object]:
        return {
            "amount_wan": "80",
            "contract_number": "HT-2026-001",
            "approved_on": str(self.today),
            "expires_on": str(self.today + timedelta(days=365)),
            **fields,
        }

    def payout_form(self, **fields: object) -> dict[str, object]:
        return {"amount_wan": "30", "paid_on": str(self.today), "external_reference": "FK-1", **fields}

    def offer(self, bank: int = 0, **fields: object) -> UUID:
        """The bank takes its lead, where it has not yet, and makes an offer."""
        actor, lead_id = self.officers[bank], self.leads[bank].id
        with self.sessions.as_(actor) as session:
            if session.get_one(Lead, lead_id).status == "sent":
                accept_lead(session, actor, lead_id, self.now)
            offer = make_offer(session, actor, lead_id, parse(MakeOffer, self.offer_form(**fields)), self.now)
            session.commit()
            return offer.id

    def accept(self, offer_id: UUID) -> None:
        with self.sessions.as_(self.member) as session:
            accept_offer(session, self.member, offer_id, self.now)
            session.commit()

    def line(self, bank: int = 0, **fields: object) -> UUID:
        """A credit line of this bank, from the first step on."""
        self.accept(self.offer(bank))
        actor = self.officers[bank]
        with self.sessions.as_(actor) as session:
            command = parse(GrantCreditLine, self.line_form(**fields))
            line = grant_credit_line(session, actor, self.leads[bank].id, command, self.now)
            session.commit()
            return line.id

    def pay(self, line_id: UUID, bank: int = 0, **fields: object) -> UUID:
        actor = self.officers[bank]
        with self.sessions.as_(actor) as session:
            command = parse(RecordDisbursement, self.payout_form(**fields))
            payout = record_disbursement(session, actor, line_id, command, self.now)
            session.commit()
            return payout.id

    def state(self) -> dict[str, Any]:
        """Everything that a refused step must leave as it was, as the platform sees it."""
        with self.sessions.as_(SYSTEM) as session:
            return {
                "need": session.exec(select(Need.status).where(Need.id == self.need.id)).one(),
                "leads": [session.get_one(Lead, lead.id).status for lead in self.leads],
                "offers": {row.id: row.status for row in session.exec(select(Offer))},
                "closed": {row.id: row.closed_on for row in session.exec(select(CreditLine))},
                "payouts": {row.id: row.amount for row in session.exec(select(Disbursement))},
            }

    def paid(self, line_id: UUID) -> Decimal:
        with self.sessions.as_(SYSTEM) as session:
            rows = session.exec(select(Disbursement).where(Disbursement.credit_line_id == line_id))
            return sum((row.amount for row in rows), Decimal(0))

    def payout(self, payout_id: UUID) -> Disbursement:
        with self.sessions.as_(SYSTEM) as session:
            return session.get_one(Disbursement, payout_id)
