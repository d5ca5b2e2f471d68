"""An offer as the enterprise reads it, and its answer."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import NotFound
from xinyidai.core.i18n import _
from xinyidai.leads.need_queries import need_overview
from xinyidai.lending.comparison import Comparison, compare
from xinyidai.lending.cost_sheet import CostSheet, cost_sheet
from xinyidai.lending.offer_queries import OfferCard, offer_card, offers_of_need
from xinyidai.lending.services import accept_offer, ask_for_binding, decline_offer
from xinyidai.lending.types import OfferStatus
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.forms import texts
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request


@dataclass(frozen=True, slots=True)
class OfferPage:
    """``others``: how many other offers of the same need are open. ``late``: its last day has passed."""

    title: str
    offer: OfferCard
    others: int
    late: bool


def _page(title: str, offer: OfferCard, others: list[OfferCard], today: date) -> OfferPage:
    open_others = sum(one.is_open and one.id != offer.id for one in others)
    return OfferPage(title, offer, open_others, late=offer.is_open and offer.valid_until < today)


@get("/enterprise/offers/{offer_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def offer(request: Request, session: Session, now: Now, offer_id: FromPath[UUID]) -> Template:
    card = offer_card(session, offer_id)
    title = _("Offer of %(lender)s", lender=card.institution)
    page = _page(title, card, offers_of_need(session, card.need_id), business_date(now))
    return render(request, "enterprise/offers/offer.html", page)


def _confirmation(request: Request, session: Session, offer_id: UUID, today: date, title: str) -> Template | Redirect:
    card = offer_card(session, offer_id)
    page = _page(title, card, offers_of_need(session, card.need_id), today)
    step = request.url.path.rsplit("/", 1)[1]
    if not card.is_open or page.late or (step == "accept" and not card.is_binding):
        text = _("This offer is not open any more. Here is its present state.")
        return redirect(f"/enterprise/offers/{offer_id}", level="warning", flash=text)
    return render(request, f"enterprise/offers/{step}.html", page)


@get("/enterprise/offers/{offer_id:uuid}/accept", allow=ENTERPRISE, sync_to_thread=True)
def accept_form(request: Request, session: Session, now: Now, offer_id: FromPath[UUID]) -> Template | Redirect:
    return _confirmation(request, session, offer_id, business_date(now), _("Accept this offer"))


@post("/enterprise/offers/{offer_id:uuid}/accept", allow=ENTERPRISE, sync_to_thread=True)
def accept(session: Session, actor: CurrentActor, now: Now, offer_id: FromPath[UUID]) -> Redirect:
    accept_offer(session, actor, offer_id, now)
    text = _("You have accepted this offer. The lender now prepares the credit line and the contract.")
    return redirect(f"/enterprise/offers/{offer_id}", flash=text)


@get("/enterprise/offers/{offer_id:uuid}/decline", allow=ENTERPRISE, sync_to_thread=True)
def decline_form(request: Request, session: Session, now: Now, offer_id: FromPath[UUID]) -> Template | Redirect:
    return _confirmation(request, session, offer_id, business_date(now), _("Do not take this offer"))


@post("/enterprise/offers/{offer_id:uuid}/decline", allow=ENTERPRISE, sync_to_thread=True)
def decline(data: FormData, session: Session, actor: CurrentActor, now: Now, offer_id: FromPath[UUID]) -> Redirect:
    decline_offer(session, actor, offer_id, now, note=str(texts(data).get("note", "")))
    return redirect(
        f"/enterprise/offers/{offer_id}", flash=_("The lender sees your answer and may make you another offer.")
    )


@post("/enterprise/offers/{offer_id:uuid}/ask-binding", allow=ENTERPRISE, sync_to_thread=True)
def ask_binding(session: Session, actor: CurrentActor, now: Now, offer_id: FromPath[UUID]) -> Redirect:
    ask_for_binding(session, actor, offer_id, now)
    return redirect(f"/enterprise/offers/{offer_id}", flash=_("The lender is asked to make its offer binding."))


@dataclass(frozen=True, slots=True)
class CostSheetPage:
    title: str
    sheet: CostSheet
    back: str
    printed_at: datetime


@get("/enterprise/offers/{offer_id:uuid}/cost-sheet", allow=ENTERPRISE, sync_to_thread=True)
def sheet(request: Request, session: Session, now: Now, offer_id: FromPath[UUID]) -> Template:
    found = cost_sheet(session, offer_id)
    page = CostSheetPage(_("Cost sheet of a loan"), found, f"/enterprise/offers/{offer_id}", now)
    return render(request, "lending/cost_sheet.html", page)


@dataclass(frozen=True, slots=True)
class ComparePage:
    """``comparison`` holds the open offers, or where there are none the one accepted; ``closed`` are the others."""

    title: str
    need_id: UUID
    need_number: str
    comparison: Comparison
    closed: list[OfferCard]
    today: date


def _compare_page(session: ActorSession, need_id: UUID, today: date) -> ComparePage | None:
    overview = need_overview(session, need_id)
    if overview is None:
        return None
    offers = offers_of_need(session, need_id)
    chosen = [one for one in offers if one.status is OfferStatus.ACCEPTED or (one.is_open and one.valid_until >= today)]
    closed = [one for one in offers if one not in chosen]
    return ComparePage(_("Compare the offers"), need_id, overview.need.number or "", compare(chosen), closed, today)


@get("/enterprise/needs/{need_id:uuid}/offers", allow=ENTERPRISE, sync_to_thread=True)
def comparison(request: Request, session: Session, now: Now, need_id: FromPath[UUID]) -> Template:
    page = _compare_page(session, need_id, business_date(now))
    if page is None:
        raise NotFound()
    return render(request, "enterprise/needs/offers.html", page)


ROUTES = [comparison, sheet, ask_binding, offer, accept_form, accept, decline_form, decline]
