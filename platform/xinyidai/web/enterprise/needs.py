"""An enterprise's needs: the list, one need with everything around it, applying and taking back."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import NotFound
from xinyidai.core.i18n import _
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.paging import MAX_PAGE, PAGE_SIZE, Listing, ListRequest
from xinyidai.core.validation import parse
from xinyidai.leads.clocks import rules_of
from xinyidai.leads.match_queries import RankedProduct, latest_ranking, ranked_products
from xinyidai.leads.need_queries import Application, NeedOverview, NeedRow, need_overview, needs_of, with_last_days
from xinyidai.leads.papers import papers_complete
from xinyidai.leads.repair_paths import RefusalAdvice
from xinyidai.leads.service import (
    MAX_PRODUCTS_AT_ONCE,
    ApplyToProducts,
    apply_to_products,
    confirm_suggestion,
)
from xinyidai.lending.offer_queries import OfferCard, offers_of_need
from xinyidai.lending.services import withdraw_lead, withdraw_need
from xinyidai.needs.queries import find_draft
from xinyidai.needs.service import open_to_claims
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.enterprise.need_advice import advice_of
from xinyidai.web.enterprise.sharing import SHARED, Sharing, share_with_lenders, sharing_for
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState, texts
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request, Response

TOP_PRODUCTS = 5
"""What fits on a telephone without losing the thread; the whole ranking is one tap away."""


@dataclass(frozen=True, slots=True)
class NeedsPage:
    title: str
    needs: Listing[NeedRow]
    filters: FormState
    statuses: list[tuple[str, str]]

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters.value("q") or self.filters.value("status"))


@get("/enterprise/needs", allow=ENTERPRISE, sync_to_thread=True)
def needs(
    request: Request,
    session: Session,
    actor: CurrentActor,
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Template:
    asked = asked_for(q, sort or "-posted", page)
    found = needs_of(session, own_enterprise(actor), asked, status=status)
    filters = FormState({"q": q, "status": status})
    return render(request, "enterprise/needs/list.html", NeedsPage(_("My needs"), found, filters, NeedStatus.choices()))


@get("/enterprise/needs/export", allow=ENTERPRISE, sync_to_thread=True)
def export_needs(
    session: Session,
    actor: CurrentActor,
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Response:
    asked = asked_for(q, sort or "-posted", size=EXPORT_LIMIT)
    found = needs_of(session, own_enterprise(actor), asked, status=status)
    header = [
        _("Number"),
        _("State"),
        _("Financing amount (10,000 yuan)"),
        _("Term (months)"),
        _("Purpose"),
        _("Posted"),
        _("Applications"),
        _("Who acts next"),
        _("What is to be done"),
    ]
    rows = [
        (
            need.number,
            need.status.label,
            need.amount and wan_from_yuan(need.amount),
            need.term_months,
            need.purpose and need.purpose.label,
            need.posted_at and business_date(need.posted_at),
            need.applications,
            need.next.who.label,
            need.next.text,
        )
        for need in found.rows
    ]
    return csv_answer(_("My needs"), header, rows)


@dataclass(frozen=True, slots=True)
class NeedPage:
    title: str
    overview: NeedOverview
    products: list[RankedProduct]
    form: FormState
    offers: list[OfferCard]
    sharing: Sharing | None = None
    advice: list[RefusalAdvice] = field(default_factory=list)
    at_once: int = MAX_PRODUCTS_AT_ONCE

    @property
    def is_open(self) -> bool:
        return self.overview.need.status in OPEN_STATUSES

    @property
    def can_apply(self) -> bool:
        return self.is_open and any(one.can_apply for one in self.products)


@get("/enterprise/needs/{need_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def need(request: Request, session: Session, now: Now, need_id: FromPath[UUID]) -> Template | Redirect:
    overview = need_overview(session, need_id)
    if overview is not None:
        return _need_page(request, session, overview, FormState(), now)
    if draft := find_draft(session, need_id):
        return redirect(f"/enterprise/needs/{need_id}/edit?step={draft.step}")
    raise NotFound()


def _need_page(
    request: Request, session: ActorSession, overview: NeedOverview, form: FormState, now: datetime, status: int = 200
) -> Template:
    need_id, ranking, products = overview.need.id, overview.ranking, []
    sharing = sharing_for(session, ranking, now)
    if ranking:
        asked, opened = ListRequest(size=TOP_PRODUCTS), sharing.unlocks.allowed if sharing else frozenset()
        products = ranked_products(session, need_id, ranking, asked, opened, verdict="open").rows
    offers, advice = offers_of_need(session, need_id), advice_of(request, session, need_id)
    overview = with_last_days(overview, {one.lead_id: one.valid_until for one in offers if one.is_open})
    page = NeedPage(need_title(overview), overview, products, form, offers, sharing, advice)
    return render(request, "enterprise/needs/show.html", page, status=status)


@dataclass(frozen=True, slots=True)
class RunningPage:
    title: str
    poll: str
    late: bool


LATE_SECONDS = 60


@get("/enterprise/needs/{need_id:uuid}/ranking", allow=ENTERPRISE, sync_to_thread=True)
def ranking_progress(request: Request, session: Session, now: Now, need_id: FromPath[UUID]) -> Template:
    """What the open page asks every two seconds. Once the ranking is there, the page is told to load itself anew."""
    overview = posted_need(session, need_id)
    late = _is_late(overview.need.posted_at, now)
    page = RunningPage(need_title(overview), f"/enterprise/needs/{need_id}/ranking", late)
    answer = render(request, "enterprise/needs/_ranking_running.html", page)
    if latest_ranking(session, need_id):
        answer.headers["HX-Refresh"] = "true"
    return answer


def _is_late(posted_at: datetime, now: datetime) -> bool:
    return (now - posted_at).total_seconds() > LATE_SECONDS


@post("/enterprise/needs/{need_id:uuid}/apply", allow=ENTERPRISE, sync_to_thread=True)
def apply(
    request: Request,
    data: FormData,
    session: Session,
    actor: CurrentActor,
    settings: AppSettings,
    now: Now,
    need_id: FromPath[UUID],
) -> Template | Redirect:
    values = texts(data, lists=("product_ids", SHARED))
    with attempt(session) as outcome:
        command = parse(ApplyToProducts, values)
        leads = apply_to_products(session, actor, need_id, command, now, answer_days=settings.accept_working_days)
        share_with_lenders(session, actor, [lead.institution_id for lead in leads], values, now)
    if not outcome.ok:
        # The constraint that holds against double application speaks of the product.
        errors = {"product_ids": " ".join(outcome.errors.values())}
        return _need_page(request, session, posted_need(session, need_id), FormState(values, errors), now, status=422)
    told = _("You have applied for %(count)s products. Each lender has until its day to answer.", count=len(leads))
    return redirect(f"/enterprise/needs/{need_id}", flash=told)


@dataclass(frozen=True, slots=True)
class WithdrawPage:
    title: str
    overview: NeedOverview


@get("/enterprise/needs/{need_id:uuid}/withdraw", allow=ENTERPRISE, sync_to_thread=True)
def confirm_withdrawal(request: Request, session: Session, need_id: FromPath[UUID]) -> Template | Redirect:
    overview = posted_need(session, need_id)
    if not overview.can_withdraw:
        return redirect(
            f"/enterprise/needs/{need_id}", level="warning", flash=_("This need can no longer be withdrawn.")
        )
    return render(request, "enterprise/needs/withdraw.html", WithdrawPage(_("Withdraw the need"), overview))


@post("/enterprise/needs/{need_id:uuid}/withdraw", allow=ENTERPRISE, sync_to_thread=True)
def withdraw(session: Session, actor: CurrentActor, now: Now, need_id: FromPath[UUID]) -> Redirect:
    withdraw_need(session, actor, need_id, now)
    return redirect(f"/enterprise/needs/{need_id}", flash=_("The need is withdrawn. The lenders have been told."))


@dataclass(frozen=True, slots=True)
class WithdrawApplicationPage:
    title: str
    need_id: UUID
    number: str
    application: Application


@get("/enterprise/needs/{need_id:uuid}/applications/{lead_id:uuid}/withdraw", allow=ENTERPRISE, sync_to_thread=True)
def confirm_application_withdrawal(
    request: Request, session: Session, need_id: FromPath[UUID], lead_id: FromPath[UUID]
) -> Template:
    overview = posted_need(session, need_id)
    application = next((one for one in overview.applications if one.id == lead_id and one.can_withdraw), None)
    if application is None:
        raise NotFound()
    page = WithdrawApplicationPage(_("Take back an application"), need_id, overview.need.number, application)
    return render(request, "enterprise/needs/withdraw_application.html", page)


@post("/enterprise/needs/{need_id:uuid}/applications/{lead_id:uuid}/withdraw", allow=ENTERPRISE, sync_to_thread=True)
def withdraw_application(
    session: Session, actor: CurrentActor, now: Now, need_id: FromPath[UUID], lead_id: FromPath[UUID]
) -> Redirect:
    withdraw_lead(session, actor, lead_id, now)
    return redirect(f"/enterprise/needs/{need_id}", flash=_("The application is taken back."))


@post("/enterprise/needs/{need_id:uuid}/open-to-claims", allow=ENTERPRISE, sync_to_thread=True)
def change_openness(
    data: FormData, session: Session, actor: CurrentActor, now: Now, need_id: FromPath[UUID]
) -> Redirect:
    agreed = texts(data).get("agreed") == "true"
    open_to_claims(session, actor, need_id, now, agreed=agreed)
    told = (
        _("Lenders whose conditions you meet can take this need up by themselves now.")
        if agreed
        else _("The need is closed to lenders that you did not ask. Those who have it already keep it.")
    )
    return redirect(f"/enterprise/needs/{need_id}", flash=told)


@post("/enterprise/needs/{need_id:uuid}/applications/{lead_id:uuid}/papers", allow=ENTERPRISE, sync_to_thread=True)
def papers_handed_in(
    session: Session,
    actor: CurrentActor,
    settings: AppSettings,
    now: Now,
    need_id: FromPath[UUID],
    lead_id: FromPath[UUID],
) -> Redirect:
    papers_complete(session, actor, lead_id, now, rules=rules_of(settings))
    told = _("The lender is told that your papers are complete, and its days for deciding run.")
    return redirect(f"/enterprise/needs/{need_id}", flash=told)


@post("/enterprise/needs/{need_id:uuid}/applications/{lead_id:uuid}/agree", allow=ENTERPRISE, sync_to_thread=True)
def agree_to_suggestion(
    session: Session,
    actor: CurrentActor,
    settings: AppSettings,
    now: Now,
    need_id: FromPath[UUID],
    lead_id: FromPath[UUID],
) -> Redirect:
    confirm_suggestion(session, actor, lead_id, now, answer_days=settings.accept_working_days)
    return redirect(f"/enterprise/needs/{need_id}", flash=_("The lender is asked now."))


@post("/enterprise/needs/{need_id:uuid}/applications/{lead_id:uuid}/dismiss", allow=ENTERPRISE, sync_to_thread=True)
def dismiss_suggestion(
    session: Session, actor: CurrentActor, now: Now, need_id: FromPath[UUID], lead_id: FromPath[UUID]
) -> Redirect:
    withdraw_lead(session, actor, lead_id, now)
    return redirect(f"/enterprise/needs/{need_id}", flash=_("The suggestion is put away. The lender was not asked."))


@get(
    [
        "/enterprise/needs/{need_id:uuid}/open-to-claims",
        "/enterprise/needs/{need_id:uuid}/applications/{lead_id:uuid}/papers",
        "/enterprise/needs/{need_id:uuid}/applications/{lead_id:uuid}/agree",
        "/enterprise/needs/{need_id:uuid}/applications/{lead_id:uuid}/dismiss",
    ],
    allow=ENTERPRISE,
    sync_to_thread=False,
)
def reloaded(need_id: FromPath[UUID]) -> Redirect:
    """Where the page of a refused second click is reloaded."""
    return redirect(f"/enterprise/needs/{need_id}")


def own_enterprise(actor: Actor) -> UUID:
    if actor.enterprise_id is None:
        raise NotFound()
    return actor.enterprise_id


def asked_for(search: str, sort: str, page: int = 1, size: int = PAGE_SIZE) -> ListRequest:
    """What the address asks of a list; a page that cannot be is the nearest that can, a null character nothing."""
    return ListRequest(min(max(page, 1), MAX_PAGE), size, sort, search.replace("\x00", "").strip())


def posted_need(session: ActorSession, need_id: UUID) -> NeedOverview:
    """Raises NotFound for a draft as well: it has its own pages."""
    overview = need_overview(session, need_id)
    if overview is None:
        raise NotFound()
    return overview


def need_title(overview: NeedOverview) -> str:
    return _("Need %(number)s", number=overview.need.number)


ROUTES = [
    needs,
    export_needs,
    need,
    ranking_progress,
    apply,
    confirm_withdrawal,
    withdraw,
    confirm_application_withdrawal,
    withdraw_application,
    change_openness,
    papers_handed_in,
    agree_to_suggestion,
    dismiss_suggestion,
    reloaded,
]
