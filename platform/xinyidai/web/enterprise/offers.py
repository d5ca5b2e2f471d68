"""An offer as the enterprise reads it, and its answer."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.clock import business_date
from xinyidai.core.i18n import _
from xinyidai.lending.queries import OfferCard, offer_card, offers_of_need
from xinyidai.lending.services import accept_offer, decline_offer
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
    if not card.is_open or page.late:
        text = _("This offer is not open any more. Here is its present state.")
        return redirect(f"/enterprise/offers/{offer_id}", level="warning", flash=text)
    return render(request, f"enterprise/offers/{request.url.path.rsplit('/', 1)[1]}.html", page)


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


ROUTES = [offer, accept_form, accept, decline_form, decline]
