"""Leads for an institution's program: read what has changed, answer, offer."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from pydantic import Field

from xinyidai.accounts.types import Scope
from xinyidai.core.clock import business_date
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.validation import Command
from xinyidai.leads.clocks import rules_of
from xinyidai.leads.service import RefuseLead, accept_lead, decline_lead
from xinyidai.lending.commands import CloseLead, Day, MakeOffer, Months, OfferedFee, Percent, Share
from xinyidai.lending.interface import (
    ApiBearers,
    ApiLead,
    ApiLeads,
    ApiOffer,
    api_bearers,
    api_lead,
    api_leads,
    api_offer,
)
from xinyidai.lending.services import close_lead, make_binding, make_offer, refuse_credit, take_back_offer
from xinyidai.lending.types import OfferKind
from xinyidai.products.types import GuaranteeMode, RepaymentMode
from xinyidai.web.api.problems import PROBLEMS, made
from xinyidai.web.api.requests import LARGEST_BODY, Write, takes
from xinyidai.web.deps import Now, Session
from xinyidai.web.guards import PROGRAM_OF_INSTITUTION
from xinyidai.web.requests import Response

Yuan = Annotated[Decimal, Field(gt=0, le=100_000_000_000, decimal_places=2)]

TAGS = ["leads"]
READ: dict[str, Any] = {
    "allow": PROGRAM_OF_INSTITUTION,
    "scope": Scope.LEADS_READ,
    "tags": TAGS,
    "sync_to_thread": True,
    "responses": PROBLEMS,
    "raises": [],
}
WRITE: dict[str, Any] = {
    "allow": PROGRAM_OF_INSTITUTION,
    "scope": Scope.LEADS_WRITE,
    "tags": TAGS,
    "sync_to_thread": True,
    "exclude_from_csrf": True,
    "request_max_body_size": LARGEST_BODY,
    "responses": made(ApiLead),
    "raises": [],
}
OFFER = WRITE | {"responses": made(ApiOffer)}


class Nothing(Command):
    """A write that needs no more than its address."""


class OfferBody(Command):
    """An offer; ``amount`` in yuan. Every fee belongs to it: the enterprise is shown what the loan costs in all.

    ``guarantor_share`` and ``pool_share`` are percent of the loan, ``guarantor_fee`` percent of it a year.
    """

    kind: OfferKind = OfferKind.BINDING

    amount: Yuan
    annual_rate: Percent
    term_months: Months
    guarantee_mode: GuaranteeMode
    repayment_mode: RepaymentMode
    valid_until: Day
    note: str = Field(default="", max_length=500)
    fees: tuple[OfferedFee, ...] = Field(default=(), max_length=20)
    guarantor_id: UUID | None = None
    guarantor_share: Share | None = None
    guarantor_fee: Percent | None = None
    pool_id: UUID | None = None
    pool_share: Share | None = None

    @property
    def command(self) -> MakeOffer:
        fields = self.model_dump(exclude={"amount"})
        return MakeOffer(**fields | {"valid_until": self.valid_until, "amount_wan": wan_from_yuan(self.amount)})


@get("/api/v1/leads", summary="Leads by their last change, oldest first", **READ)
def leads(
    session: Session, status: FromQuery[str] = "", cursor: FromQuery[str] = "", limit: FromQuery[int] = 50
) -> ApiLeads:
    return api_leads(session, status=status, cursor=cursor, limit=limit)


@get("/api/v1/leads/{lead_id:uuid}", summary="One lead", **READ)
def lead(session: Session, lead_id: FromPath[UUID]) -> ApiLead:
    return api_lead(session, lead_id)


@post("/api/v1/leads/{lead_id:uuid}/accept", summary="Take a lead", operation_class=takes(Nothing), **WRITE)
def accept(write: Write, lead_id: FromPath[UUID]) -> Response:
    def run(body: Nothing) -> ApiLead:
        rules = rules_of(write.request.app.state.settings)
        accept_lead(write.session, write.actor, lead_id, write.now, rules=rules)
        return api_lead(write.session, lead_id)

    return write.once(Nothing, run)


@post("/api/v1/leads/{lead_id:uuid}/decline", summary="Decline a lead", operation_class=takes(RefuseLead), **WRITE)
def decline(write: Write, lead_id: FromPath[UUID]) -> Response:
    def run(body: RefuseLead) -> ApiLead:
        decline_lead(write.session, write.actor, lead_id, body, write.now)
        return api_lead(write.session, lead_id)

    return write.once(RefuseLead, run)


@post("/api/v1/leads/{lead_id:uuid}/refuse", summary="Refuse credit", operation_class=takes(RefuseLead), **WRITE)
def refuse(write: Write, lead_id: FromPath[UUID]) -> Response:
    def run(body: RefuseLead) -> ApiLead:
        refuse_credit(write.session, write.actor, lead_id, body, write.now)
        return api_lead(write.session, lead_id)

    return write.once(RefuseLead, run)


@post("/api/v1/leads/{lead_id:uuid}/close", summary="End without a deal", operation_class=takes(CloseLead), **WRITE)
def close(write: Write, lead_id: FromPath[UUID]) -> Response:
    def run(body: CloseLead) -> ApiLead:
        close_lead(write.session, write.actor, lead_id, body, write.now)
        return api_lead(write.session, lead_id)

    return write.once(CloseLead, run)


@post("/api/v1/leads/{lead_id:uuid}/offers", summary="Make an offer", operation_class=takes(OfferBody), **OFFER)
def offer(write: Write, lead_id: FromPath[UUID]) -> Response:
    def run(body: OfferBody) -> ApiOffer:
        return api_offer(write.session, make_offer(write.session, write.actor, lead_id, body.command, write.now).id)

    return write.once(OfferBody, run)


@post(
    "/api/v1/offers/{offer_id:uuid}/make-binding",
    summary="Put a binding offer in the place of an indicative one",
    operation_class=takes(OfferBody),
    **OFFER,
)
def firm(write: Write, offer_id: FromPath[UUID]) -> Response:
    def run(body: OfferBody) -> ApiOffer:
        return api_offer(write.session, make_binding(write.session, write.actor, offer_id, body.command, write.now).id)

    return write.once(OfferBody, run)


@get("/api/v1/risk-bearers", summary="Guarantee companies and pools that an offer can name", **READ)
def bearers(session: Session, now: Now) -> ApiBearers:
    return api_bearers(session, business_date(now))


@post("/api/v1/offers/{offer_id:uuid}/take-back", summary="Take an offer back", operation_class=takes(Nothing), **OFFER)
def take_back(write: Write, offer_id: FromPath[UUID]) -> Response:
    def run(body: Nothing) -> ApiOffer:
        return api_offer(write.session, take_back_offer(write.session, write.actor, offer_id, write.now).id)

    return write.once(Nothing, run)


ROUTES = [leads, lead, accept, decline, refuse, close, offer, firm, take_back, bearers]
