"""An offer as the lender writes it: terms, fees, who shares the risk; indicative first or binding at once."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.i18n import _
from xinyidai.core.money import wan_from_yuan, without_zeros
from xinyidai.lending.cost_sheet import CostSheet, cost_sheet
from xinyidai.lending.costs import Fee
from xinyidai.lending.lead_page import LeadSheet, lead_sheet
from xinyidai.lending.offer_form import FEE_ROWS, basis_choices, parse_offer
from xinyidai.lending.offer_queries import OfferCard, offer_card
from xinyidai.lending.risk_queries import guarantor_choices, pools_in_force
from xinyidai.lending.services import make_binding
from xinyidai.lending.types import FeeDue, FeeKind, FeeMethod, OfferKind
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class OfferChoices:
    """What the selects of the form offer beside those of the product. ``rows`` numbers the rows of fees."""

    kinds: Choices
    rows: list[int]
    fee_kinds: Choices
    bases: Choices
    dues: Choices
    methods: Choices
    guarantors: Choices
    pools: Choices


def offer_choices(session: ActorSession, today: date) -> OfferChoices:
    pools = [
        (str(pool.id), _("%(name)s, at most %(cap)s%%", name=pool.name, cap=without_zeros(pool.ratio_cap)))
        for pool in pools_in_force(session, today)
    ]
    return OfferChoices(
        kinds=[(one.value, one.label) for one in (OfferKind.BINDING, OfferKind.INDICATIVE)],
        rows=list(range(1, FEE_ROWS + 1)),
        fee_kinds=FeeKind.choices(),
        bases=basis_choices(),
        dues=FeeDue.choices(),
        methods=FeeMethod.choices(),
        guarantors=guarantor_choices(session),
        pools=pools,
    )


@dataclass(frozen=True, slots=True)
class BindingPage:
    """The form of an offer again, filled with what was indicated. ``offer`` is the indicative one."""

    title: str
    lead: LeadSheet
    form: FormState
    extra: OfferChoices
    offer: OfferCard


def _binding_page(session: ActorSession, offer: OfferCard, form: FormState, today: date) -> BindingPage:
    sheet = lead_sheet(session, offer.lead_id, today)
    return BindingPage(_("Make the offer binding"), sheet, form, offer_choices(session, today), offer)


def plain(value: Decimal | None) -> str:
    """As a person would type it."""
    return f"{value.normalize():f}" if value is not None else ""


def _as_indicated(offer: OfferCard) -> FormState:
    """The indicative offer as the form would have been filled in for it. A day in the past must be chosen anew."""
    values: dict[str, object] = {
        "amount_wan": wan_from_yuan(offer.amount),
        "annual_rate": without_zeros(offer.annual_rate),
        "term_months": offer.term_months,
        "guarantee_mode": offer.guarantee.value,
        "repayment_mode": offer.repayment.value,
        "valid_until": offer.valid_until,
        "note": offer.note,
    }
    shared, fees = _risk_as_indicated(offer)
    values |= shared
    for row, fee in enumerate(fees[:FEE_ROWS], start=1):
        values |= {
            f"fee_kind_{row}": fee.kind.value,
            f"fee_payee_{row}": fee.payee,
            f"fee_basis_{row}": "yuan" if fee.amount is not None else "percent",
            f"fee_value_{row}": plain(fee.amount if fee.amount is not None else fee.percent),
            f"fee_due_{row}": fee.due.value,
            f"fee_method_{row}": fee.method.value,
        }
    return FormState(values)


def _risk_as_indicated(offer: OfferCard) -> tuple[dict[str, object], list[Fee]]:
    """Guarantee company and pool, and the other fees: the guarantor's own has a field of its own."""
    values: dict[str, object] = {}
    fees = list(offer.fees)
    for share in offer.shares:
        name = "pool" if share.is_pool else "guarantor"
        values |= {f"{name}_id": share.bearer_id, f"{name}_share": plain(share.share)}
        own = [fee for fee in fees if not share.is_pool and _is_guarantors(fee, share.bearer)]
        if own:
            values["guarantor_fee"] = plain(own[-1].percent)
            fees.remove(own[-1])
    return values, fees


def _is_guarantors(fee: Fee, guarantor: str) -> bool:
    """As the offer wrote it down from the field of the guarantee fee."""
    by_year = fee.due is FeeDue.YEARLY and fee.percent is not None
    return fee.kind is FeeKind.GUARANTEE and by_year and fee.payee == guarantor


def _moved_on(offer: OfferCard) -> Redirect:
    text = _("This step is not possible any more: the lead has moved on. Here is its present state.")
    return redirect(f"/institution/leads/{offer.lead_id}", level="warning", flash=text)


@get("/institution/offers/{offer_id:uuid}/make-binding", allow=INSTITUTION, sync_to_thread=True)
def binding_form(request: Request, session: Session, now: Now, offer_id: FromPath[UUID]) -> Template | Redirect:
    offer = offer_card(session, offer_id)
    if not offer.is_open or offer.is_binding:
        return _moved_on(offer)
    page = _binding_page(session, offer, _as_indicated(offer), business_date(now))
    return render(request, "institution/leads/make_binding.html", page)


@post("/institution/offers/{offer_id:uuid}/make-binding", allow=INSTITUTION, sync_to_thread=True)
def binding(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, offer_id: FromPath[UUID]
) -> Template | Redirect:
    typed = texts(data)
    with attempt(session) as outcome:
        made = make_binding(session, actor, offer_id, parse_offer({**typed, "kind": OfferKind.BINDING}), now)
    if outcome.ok:
        flash = _("Your offer is binding now; the enterprise can accept it.")
        return redirect(f"/institution/leads/{made.lead_id}", flash=flash)
    page = _binding_page(session, offer_card(session, offer_id), refused(typed, outcome.errors), business_date(now))
    return render(request, "institution/leads/make_binding.html", page, status=422)


@dataclass(frozen=True, slots=True)
class CostSheetPage:
    title: str
    sheet: CostSheet
    back: str
    printed_at: datetime


def cost_sheet_page(session: ActorSession, offer_id: UUID, back: str, now: datetime) -> CostSheetPage:
    return CostSheetPage(_("Cost sheet of a loan"), cost_sheet(session, offer_id), back, now)


@get("/institution/offers/{offer_id:uuid}/cost-sheet", allow=INSTITUTION, sync_to_thread=True)
def sheet(request: Request, session: Session, now: Now, offer_id: FromPath[UUID]) -> Template:
    lead_id = offer_card(session, offer_id).lead_id
    page = cost_sheet_page(session, offer_id, f"/institution/leads/{lead_id}", now)
    return render(request, "lending/cost_sheet.html", page)


ROUTES = [binding_form, binding, sheet]
