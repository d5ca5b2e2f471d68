"""The officer's inbox, and one lead from its arrival to the offer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.i18n import _
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.core.reference import divisions
from xinyidai.core.validation import parse
from xinyidai.leads.service import RefuseLead, accept_lead, decline_lead
from xinyidai.leads.types import LeadStatus, RefusalReason
from xinyidai.lending.commands import CLOSE_OUTCOMES, CloseLead, GrantCreditLine, MakeOffer
from xinyidai.lending.inbox import (
    EXPORT_LIMIT,
    InboxFilter,
    InboxRow,
    LeadTab,
    inbox,
    inbox_counts,
    products_in_inbox,
)
from xinyidai.lending.lead_page import LeadSheet, lead_sheet
from xinyidai.lending.queries import OfferCard, offer_card
from xinyidai.lending.services import (
    close_lead,
    grant_credit_line,
    make_offer,
    refuse_credit,
    take_back_offer,
)
from xinyidai.lending.types import OfferStatus
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.lists import csv_file, list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request, Response

OFFER_VALID_DAYS = 15
"""What the form proposes; the officer may choose another day."""


@dataclass(frozen=True, slots=True)
class Tab:
    value: str
    label: str
    count: int
    href: str
    active: bool


@dataclass(frozen=True, slots=True)
class InboxPage:
    title: str
    tab: LeadTab
    tabs: list[Tab]
    listing: Listing[InboxRow]
    form: FormState
    products: list[tuple[str, str]]
    filtered: bool


@dataclass(frozen=True, slots=True)
class LeadPage:
    title: str
    lead: LeadSheet


@dataclass(frozen=True, slots=True)
class LeadFormPage:
    """A form about one lead. ``choices`` are the options that the form offers, where it offers any."""

    title: str
    lead: LeadSheet
    form: FormState
    choices: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LinePage:
    title: str
    lead: LeadSheet
    offer: OfferCard
    form: FormState


def _chosen(actor: Actor, tab: str, product: str, mine: str) -> InboxFilter:
    """Values that no filter has are ignored: an old bookmark must still open."""
    try:
        product_id = UUID(product) if product else None
    except ValueError:
        product_id = None
    return InboxFilter(
        tab=LeadTab(tab) if tab in set(LeadTab) else LeadTab.WAITING,
        product_id=product_id,
        officer_id=actor.user_id if mine else None,
    )


@get("/institution/leads", allow=INSTITUTION, sync_to_thread=True)
def leads(
    request: Request,
    session: Session,
    actor: CurrentActor,
    now: Now,
    tab: FromQuery[str] = "",
    q: FromQuery[str] = "",
    product: FromQuery[str] = "",
    mine: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page: FromQuery[str] = "1",
) -> Template:
    chosen, asked = _chosen(actor, tab, product, mine), list_request(page, sort, q)
    counts = inbox_counts(session)
    shown = InboxPage(
        title=_("Leads"),
        tab=chosen.tab,
        tabs=[Tab(one, one.label, counts[one], f"/institution/leads?tab={one}", one is chosen.tab) for one in LeadTab],
        listing=inbox(session, asked, chosen, business_date(now)),
        form=FormState({"q": asked.search, "product": product, "mine": mine}),
        products=products_in_inbox(session),
        filtered=bool(asked.search or chosen.product_id or chosen.officer_id),
    )
    return render(request, "institution/leads/list.html", shown)


@get("/institution/leads/export", allow=INSTITUTION, sync_to_thread=True)
def leads_export(
    session: Session,
    actor: CurrentActor,
    now: Now,
    tab: FromQuery[str] = "",
    q: FromQuery[str] = "",
    product: FromQuery[str] = "",
    mine: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Response:
    """The rows of the list as it stands, up to ten thousand of them."""
    chosen = _chosen(actor, tab, product, mine)
    asked = ListRequest(1, EXPORT_LIMIT, sort, list_request("1", sort, q).search)
    rows = inbox(session, asked, chosen, business_date(now)).rows
    header = [
        _("Enterprise"),
        _("Credit code"),
        _("Need"),
        _("Region"),
        _("Amount (10,000 yuan)"),
        _("Term (months)"),
        _("Purpose"),
        _("Product"),
        _("Fit (0 to 100)"),
        _("State"),
        _("How it came"),
        _("Received on"),
        _("Due on"),
        _("Officer"),
    ]
    return csv_file(f"leads-{business_date(now)}", header, map(_exported, rows))


def _exported(row: InboxRow) -> list[object]:
    return [
        row.enterprise,
        row.code,
        row.need_number,
        divisions.name_of(row.region_code or ""),
        wan_from_yuan(row.amount),
        row.term_months,
        row.purpose,
        row.product,
        row.score,
        row.status.label,
        row.route,
        business_date(row.sent_at),
        row.due,
        row.officer,
    ]


@get("/institution/leads/{lead_id:uuid}", allow=INSTITUTION, sync_to_thread=True)
def lead(request: Request, session: Session, now: Now, lead_id: FromPath[UUID]) -> Template:
    sheet = lead_sheet(session, lead_id, business_date(now))
    return render(request, "institution/leads/lead.html", LeadPage(sheet.enterprise.name, sheet))


@post("/institution/leads/{lead_id:uuid}/accept", allow=INSTITUTION, sync_to_thread=True)
def accept(session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]) -> Redirect:
    accept_lead(session, actor, lead_id, now)
    return redirect(
        _address(lead_id), flash=_("You have taken this lead. Contact the enterprise and make it an offer.")
    )


@get("/institution/leads/{lead_id:uuid}/accept", allow=INSTITUTION, sync_to_thread=False)
def accepted(lead_id: FromPath[UUID]) -> Redirect:
    """Where the page of a refused second click is reloaded."""
    return redirect(_address(lead_id))


def _address(lead_id: UUID) -> str:
    return f"/institution/leads/{lead_id}"


def _gone(lead_id: UUID) -> Redirect:
    """A form opened from an old page, where the lead has moved on."""
    text = _("This step is not possible any more: the lead has moved on. Here is its present state.")
    return redirect(_address(lead_id), level="warning", flash=text)


def _sheet_for(session: ActorSession, lead_id: UUID, now: datetime, step: LeadStatus) -> LeadSheet | None:
    """The lead, if ``step`` is possible from where it stands."""
    sheet = lead_sheet(session, lead_id, business_date(now))
    return sheet if sheet.can(step) else None


# --- saying no: decline before the lead is taken, refuse after it


def _no_page(sheet: LeadSheet, form: FormState, *, declining: bool) -> LeadFormPage:
    title = _("Decline this lead") if declining else _("Refuse credit")
    return LeadFormPage(title, sheet, form, RefusalReason.choices())


@get(
    ["/institution/leads/{lead_id:uuid}/decline", "/institution/leads/{lead_id:uuid}/refuse"],
    allow=INSTITUTION,
    sync_to_thread=True,
)
def say_no_form(request: Request, session: Session, now: Now, lead_id: FromPath[UUID]) -> Template | Redirect:
    declining = request.url.path.endswith("/decline")
    sheet = _sheet_for(session, lead_id, now, LeadStatus.DECLINED if declining else LeadStatus.REFUSED)
    if sheet is None:
        return _gone(lead_id)
    return render(request, "institution/leads/say_no.html", _no_page(sheet, FormState(), declining=declining))


@post(
    ["/institution/leads/{lead_id:uuid}/decline", "/institution/leads/{lead_id:uuid}/refuse"],
    allow=INSTITUTION,
    sync_to_thread=True,
)
def say_no(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    declining, typed = request.url.path.endswith("/decline"), texts(data)
    with attempt(session) as outcome:
        command = parse(RefuseLead, typed)
        (decline_lead if declining else refuse_credit)(session, actor, lead_id, command, now)
    if not outcome.ok:
        sheet = lead_sheet(session, lead_id, business_date(now))
        page = _no_page(sheet, refused(typed, outcome.errors), declining=declining)
        return render(request, "institution/leads/say_no.html", page, status=422)
    return redirect(_address(lead_id), flash=_("Your answer is recorded; the enterprise sees the reason."))


# --- ending without a deal


@get("/institution/leads/{lead_id:uuid}/close", allow=INSTITUTION, sync_to_thread=True)
def close_form(request: Request, session: Session, now: Now, lead_id: FromPath[UUID]) -> Template | Redirect:
    sheet = _sheet_for(session, lead_id, now, LeadStatus.NO_DEAL)
    if sheet is None or sheet.line_id:
        return _gone(lead_id)
    return render(request, "institution/leads/close.html", _close_page(sheet, FormState()))


def _close_page(sheet: LeadSheet, form: FormState) -> LeadFormPage:
    possible = [(one.value, one.label) for one in CLOSE_OUTCOMES if sheet.can(one)]
    return LeadFormPage(_("End without a deal"), sheet, form, possible)


@post("/institution/leads/{lead_id:uuid}/close", allow=INSTITUTION, sync_to_thread=True)
def close(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        close_lead(session, actor, lead_id, parse(CloseLead, typed), now)
    if not outcome.ok:
        sheet = lead_sheet(session, lead_id, business_date(now))
        page = _close_page(sheet, refused(typed, outcome.errors))
        return render(request, "institution/leads/close.html", page, status=422)
    return redirect(_address(lead_id), flash=_("The lead is closed."))


# --- the offer


def _offer_page(sheet: LeadSheet, form: FormState) -> LeadFormPage:
    return LeadFormPage(_("Make an offer"), sheet, form)


def _proposed(sheet: LeadSheet, now: datetime) -> FormState:
    """What was asked for, pulled inside the product's bounds: the officer changes what differs."""
    need, product = sheet.need, sheet.product
    amount = min(max(need.amount, product.amount_min), product.amount_max)
    return FormState(
        {
            "amount_wan": wan_from_yuan(amount),
            "term_months": min(max(need.term_months, product.term_min), product.term_max),
            "guarantee_mode": product.guarantees[0][0] if len(product.guarantees) == 1 else "",
            "repayment_mode": product.repayments[0][0] if len(product.repayments) == 1 else "",
            "valid_until": business_date(now) + timedelta(days=OFFER_VALID_DAYS),
        }
    )


@get("/institution/leads/{lead_id:uuid}/offer", allow=INSTITUTION, sync_to_thread=True)
def offer_form(request: Request, session: Session, now: Now, lead_id: FromPath[UUID]) -> Template | Redirect:
    sheet = _sheet_for(session, lead_id, now, LeadStatus.OFFERED)
    if sheet is None:
        return _gone(lead_id)
    return render(request, "institution/leads/offer.html", _offer_page(sheet, _proposed(sheet, now)))


@post("/institution/leads/{lead_id:uuid}/offer", allow=INSTITUTION, sync_to_thread=True)
def offer(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        make_offer(session, actor, lead_id, parse(MakeOffer, typed), now)
    if not outcome.ok:
        sheet = lead_sheet(session, lead_id, business_date(now))
        page = _offer_page(sheet, refused(typed, outcome.errors))
        return render(request, "institution/leads/offer.html", page, status=422)
    return redirect(_address(lead_id), flash=_("Your offer is made; the enterprise can accept it now."))


@dataclass(frozen=True, slots=True)
class TakeBackPage:
    title: str
    offer: OfferCard


@get("/institution/offers/{offer_id:uuid}/take-back", allow=INSTITUTION, sync_to_thread=True)
def take_back_form(request: Request, session: Session, offer_id: FromPath[UUID]) -> Template | Redirect:
    card = offer_card(session, offer_id)
    if card.status is not OfferStatus.OPEN:
        return _gone(card.lead_id)
    return render(request, "institution/leads/take_back.html", TakeBackPage(_("Take the offer back"), card))


@post("/institution/offers/{offer_id:uuid}/take-back", allow=INSTITUTION, sync_to_thread=True)
def take_back(session: Session, actor: CurrentActor, now: Now, offer_id: FromPath[UUID]) -> Redirect:
    taken = take_back_offer(session, actor, offer_id, now)
    return redirect(_address(taken.lead_id), flash=_("The offer is taken back."))


# --- the credit line


def _line_page(sheet: LeadSheet, form: FormState) -> LinePage | None:
    accepted = next((one for one in sheet.offers if one.status is OfferStatus.ACCEPTED), None)
    return LinePage(_("Grant the credit line"), sheet, accepted, form) if accepted else None


@get("/institution/leads/{lead_id:uuid}/credit-line", allow=INSTITUTION, sync_to_thread=True)
def line_form(request: Request, session: Session, now: Now, lead_id: FromPath[UUID]) -> Template | Redirect:
    sheet = _sheet_for(session, lead_id, now, LeadStatus.CREDIT_APPROVED)
    page = _line_page(sheet, FormState()) if sheet and sheet.status is LeadStatus.OFFER_ACCEPTED else None
    if page is None:
        return _gone(lead_id)
    proposed = FormState({"amount_wan": wan_from_yuan(page.offer.amount), "approved_on": business_date(now)})
    return render(request, "institution/leads/credit_line.html", LinePage(page.title, page.lead, page.offer, proposed))


@post("/institution/leads/{lead_id:uuid}/credit-line", allow=INSTITUTION, sync_to_thread=True)
def grant_line(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        line = grant_credit_line(session, actor, lead_id, parse(GrantCreditLine, typed), now)
    if outcome.ok:
        return redirect(
            f"/institution/credit-lines/{line.id}", flash=_("The credit line is granted. Record each payout here.")
        )
    page = _line_page(lead_sheet(session, lead_id, business_date(now)), refused(typed, outcome.errors))
    if page is None:
        return _gone(lead_id)
    return render(request, "institution/leads/credit_line.html", page, status=422)


ROUTES = [
    leads,
    leads_export,
    lead,
    accept,
    accepted,
    say_no_form,
    say_no,
    close_form,
    close,
    offer_form,
    offer,
    take_back_form,
    take_back,
    line_form,
    grant_line,
]
