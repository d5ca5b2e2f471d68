"""One lead from its arrival to the credit line: what the officer reads, answers and offers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.i18n import _
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.validation import parse
from xinyidai.leads.clocks import rules_of
from xinyidai.leads.desk_queries import Desk, desk_of
from xinyidai.leads.service import RefuseLead, accept_lead, decline_lead
from xinyidai.leads.types import LeadStatus, RefusalReason
from xinyidai.lending.commands import CLOSE_OUTCOMES, CloseLead, GrantCreditLine
from xinyidai.lending.credit_view import CreditView, credit_view
from xinyidai.lending.lead_page import LeadSheet, lead_sheet
from xinyidai.lending.offer_form import parse_offer
from xinyidai.lending.offer_queries import OfferCard, offer_card
from xinyidai.lending.services import (
    close_lead,
    grant_credit_line,
    make_offer,
    refuse_credit,
    take_back_offer,
)
from xinyidai.lending.types import OfferKind, OfferStatus
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.institution.offers import OfferChoices, offer_choices
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

OFFER_VALID_DAYS = 15
"""What the form proposes; the officer may choose another day."""


@dataclass(frozen=True, slots=True)
class LeadPage:
    title: str
    lead: LeadSheet
    credit: CreditView | None
    desk: Desk
    note_form: FormState = field(default_factory=FormState)


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


@dataclass(frozen=True, slots=True)
class OfferPage:
    title: str
    lead: LeadSheet
    form: FormState
    extra: OfferChoices


@get("/institution/leads/{lead_id:uuid}", allow=INSTITUTION, sync_to_thread=True)
def lead(request: Request, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]) -> Template:
    sheet = lead_sheet(session, lead_id, business_date(now))
    credit = credit_view(session, actor, lead_id, now)
    desk = desk_of(session, lead_id, business_date(now))
    page = LeadPage(sheet.enterprise.name, sheet, credit, desk)
    return render(request, "institution/leads/lead.html", page)


@post("/institution/leads/{lead_id:uuid}/accept", allow=INSTITUTION, sync_to_thread=True)
def accept(session: Session, actor: CurrentActor, settings: AppSettings, now: Now, lead_id: FromPath[UUID]) -> Redirect:
    accept_lead(session, actor, lead_id, now, rules=rules_of(settings))
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


def _no_form(
    request: Request, session: ActorSession, now: datetime, lead_id: UUID, *, declining: bool
) -> Template | Redirect:
    sheet = _sheet_for(session, lead_id, now, LeadStatus.DECLINED if declining else LeadStatus.REFUSED)
    if sheet is None:
        return _gone(lead_id)
    return render(request, "institution/leads/say_no.html", _no_page(sheet, FormState(), declining=declining))


def _refused_no(
    request: Request, session: ActorSession, now: datetime, lead_id: UUID, form: FormState, *, declining: bool
) -> Template:
    page = _no_page(lead_sheet(session, lead_id, business_date(now)), form, declining=declining)
    return render(request, "institution/leads/say_no.html", page, status=422)


def _answered(lead_id: UUID) -> Redirect:
    return redirect(_address(lead_id), flash=_("Your answer is recorded; the enterprise sees the reason."))


@get("/institution/leads/{lead_id:uuid}/decline", allow=INSTITUTION, sync_to_thread=True)
def decline_form(request: Request, session: Session, now: Now, lead_id: FromPath[UUID]) -> Template | Redirect:
    return _no_form(request, session, now, lead_id, declining=True)


@post("/institution/leads/{lead_id:uuid}/decline", allow=INSTITUTION, sync_to_thread=True)
def decline(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        decline_lead(session, actor, lead_id, parse(RefuseLead, typed), now)
    if not outcome.ok:
        return _refused_no(request, session, now, lead_id, refused(typed, outcome.errors), declining=True)
    return _answered(lead_id)


@get("/institution/leads/{lead_id:uuid}/refuse", allow=INSTITUTION, sync_to_thread=True)
def refuse_form(request: Request, session: Session, now: Now, lead_id: FromPath[UUID]) -> Template | Redirect:
    return _no_form(request, session, now, lead_id, declining=False)


@post("/institution/leads/{lead_id:uuid}/refuse", allow=INSTITUTION, sync_to_thread=True)
def refuse(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        refuse_credit(session, actor, lead_id, parse(RefuseLead, typed), now)
    if not outcome.ok:
        return _refused_no(request, session, now, lead_id, refused(typed, outcome.errors), declining=False)
    return _answered(lead_id)


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


def _offer_page(session: ActorSession, sheet: LeadSheet, form: FormState, now: datetime) -> OfferPage:
    return OfferPage(_("Make an offer"), sheet, form, offer_choices(session, business_date(now)))


def _proposed(sheet: LeadSheet, now: datetime) -> FormState:
    """What was asked for, pulled inside the product's bounds: the officer changes what differs."""
    need, product = sheet.need, sheet.product
    amount = min(max(need.amount, product.amount_min), product.amount_max)
    return FormState(
        {
            "kind": OfferKind.BINDING.value,
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
    page = _offer_page(session, sheet, _proposed(sheet, now), now)
    return render(request, "institution/leads/offer.html", page)


@post("/institution/leads/{lead_id:uuid}/offer", allow=INSTITUTION, sync_to_thread=True)
def offer(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        made = make_offer(session, actor, lead_id, parse_offer(typed), now)
    if not outcome.ok:
        sheet = lead_sheet(session, lead_id, business_date(now))
        page = _offer_page(session, sheet, refused(typed, outcome.errors), now)
        return render(request, "institution/leads/offer.html", page, status=422)
    if made.kind == OfferKind.INDICATIVE.value:
        return redirect(_address(lead_id), flash=_("The enterprise sees your terms. They bind nobody yet."))
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
    lead,
    accept,
    accepted,
    decline_form,
    decline,
    refuse_form,
    refuse,
    close_form,
    close,
    offer_form,
    offer,
    take_back_form,
    take_back,
    line_form,
    grant_line,
]
