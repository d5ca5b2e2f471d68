"""What the enterprise lets whom read: the list, the receipt, revoking, and answers to lenders who ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.consents.lists import ConsentLine, ConsentState, list_consents, one_consent
from xinyidai.consents.models import ConsentRequest
from xinyidai.consents.requests import decline_request, one_request, open_requests
from xinyidai.consents.service import revoke_consent
from xinyidai.consents.wording import Wording, wording
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.credit.sharing import FamilyData, grouped
from xinyidai.leads.lead_names import products_of_leads
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.enterprise.consent_giving import lender_names
from xinyidai.web.enterprise.needs import own_enterprise
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import Request, Response

HERE = "/enterprise/consents"


@dataclass(frozen=True, slots=True)
class Wish:
    """A lender's request as the enterprise reads it."""

    id: UUID
    institution_id: UUID
    institution: str
    product: str
    families: list[FamilyData]
    asked_at: datetime
    open: bool


@dataclass(frozen=True, slots=True)
class ConsentsPage:
    title: str
    listing: Listing[ConsentLine]
    filters: FormState
    states: list[tuple[str, str]]
    wishes: list[Wish]
    today: date

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters.value("q") or self.filters.value("status"))

    def families_of(self, consent: ConsentLine) -> list[FamilyData]:
        return grouped(consent.datasets)


@get("/enterprise/consents", allow=ENTERPRISE, sync_to_thread=True)
def consents(
    request: Request,
    session: Session,
    actor: CurrentActor,
    now: Now,
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page: FromQuery[str] = "1",
) -> Template:
    enterprise_id, today = own_enterprise(actor), business_date(now)
    found = list_consents(session, enterprise_id, list_request(page, sort, q), today, state=status)
    shown = ConsentsPage(
        title=_("Consents"),
        listing=found,
        filters=FormState({"q": q, "status": status}),
        states=ConsentState.choices(),
        wishes=_wishes(session, open_requests(session, enterprise_id)),
        today=today,
    )
    return render(request, "enterprise/consents/list.html", shown)


@get("/enterprise/consents/export", allow=ENTERPRISE, sync_to_thread=True)
def export_consents(
    session: Session,
    actor: CurrentActor,
    now: Now,
    q: FromQuery[str] = "",
    status: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Response:
    today = business_date(now)
    asked = list_request("1", sort, q, size=EXPORT_LIMIT)
    rows = list_consents(session, own_enterprise(actor), asked, today, state=status).rows
    header = [_("Number"), _("Recipient"), _("Purpose"), _("Data"), _("From"), _("Until"), _("State"), _("Ended on")]
    lines = [
        (
            one.number,
            one.recipient,
            one.purpose.label,
            "; ".join(family.contents for family in grouped(one.datasets)),
            one.valid_from,
            one.valid_until,
            one.end_reason.label if one.end_reason else one.state(today).label,
            one.ended_at and business_date(one.ended_at),
        )
        for one in rows
    ]
    return csv_answer(_("Consents"), header, lines)


# --- the receipt, and revoking


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    title: str
    consent: ConsentLine
    families: list[FamilyData]
    wording: Wording
    in_force: bool


@get("/enterprise/consents/{consent_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def receipt(request: Request, session: Session, actor: CurrentActor, now: Now, consent_id: FromPath[UUID]) -> Template:
    consent = one_consent(session, own_enterprise(actor), consent_id, business_date(now))
    words = wording(consent.wording_version, consent.purpose)
    page = ReceiptPage(
        _("Receipt of a consent"), consent, grouped(consent.datasets), words, consent.in_force(business_date(now))
    )
    return render(request, "enterprise/consents/receipt.html", page)


@dataclass(frozen=True, slots=True)
class RevokePage:
    title: str
    consent: ConsentLine
    consequences: list[str]


@get("/enterprise/consents/{consent_id:uuid}/revoke", allow=ENTERPRISE, sync_to_thread=True)
def confirm_revocation(
    request: Request, session: Session, actor: CurrentActor, now: Now, consent_id: FromPath[UUID]
) -> Template | Redirect:
    enterprise_id, today = own_enterprise(actor), business_date(now)
    consent = one_consent(session, enterprise_id, consent_id, today)
    if not consent.in_force(today):
        return redirect(HERE, level="warning", flash=_("This consent has ended already."))
    left = _still_open(session, enterprise_id, consent, today)
    return render(
        request, "enterprise/consents/revoke.html", RevokePage(_("Revoke a consent"), consent, _effects(consent, left))
    )


def _still_open(
    session: ActorSession, enterprise_id: UUID, consent: ConsentLine, today: date
) -> dict[str, list[FamilyData]]:
    """What the same recipient may go on reading under other consents: number → data."""
    asked = list_request("1", "", "", size=EXPORT_LIMIT)
    others = list_consents(session, enterprise_id, asked, today, state=ConsentState.IN_FORCE).rows
    overlaps = {
        one.number: grouped(set(one.datasets) & set(consent.datasets))
        for one in others
        if one.id != consent.id and one.institution_id == consent.institution_id
    }
    return {number: shared for number, shared in overlaps.items() if shared}


def _effects(consent: ConsentLine, left: dict[str, list[FamilyData]]) -> list[str]:
    if consent.institution is None:
        said = [
            _("From now on the platform does not use these data to find products; your open needs are compared again."),
            _("Conditions that rest on them become “not known”; they never count as not met."),
        ]
    else:
        said = [
            _(
                "%(lender)s can no longer open these data here, from this moment on.",
                lender=consent.institution,
            ),
            _("It is told. What it has read before stays in its files and in your list of reads."),
            _("Your applications go on; the lender may decide otherwise when it knows less."),
        ]
    return said + [
        _(
            "Still readable under consent %(number)s: %(data)s.",
            number=number,
            data=_(", ").join(family.contents for family in shared),
        )
        for number, shared in left.items()
    ]


@post("/enterprise/consents/{consent_id:uuid}/revoke", allow=ENTERPRISE, sync_to_thread=True)
def revoke(session: Session, actor: CurrentActor, now: Now, consent_id: FromPath[UUID]) -> Redirect:
    revoke_consent(session, actor, consent_id, now)
    return redirect(HERE, flash=_("The consent is revoked, with immediate effect."))


# --- lenders who ask


@dataclass(frozen=True, slots=True)
class WishPage:
    title: str
    wish: Wish


@get("/enterprise/consents/requests/{request_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def wish(request: Request, session: Session, actor: CurrentActor, request_id: FromPath[UUID]) -> Template:
    [shown] = _wishes(session, [one_request(session, actor, request_id)])
    title = _("%(institution)s asks to read data of yours", institution=shown.institution)
    return render(request, "enterprise/consents/wish.html", WishPage(title, shown))


@post("/enterprise/consents/requests/{request_id:uuid}/decline", allow=ENTERPRISE, sync_to_thread=True)
def decline(session: Session, actor: CurrentActor, now: Now, request_id: FromPath[UUID]) -> Redirect:
    decline_request(session, actor, request_id, now)
    return redirect(HERE, flash=_("The lender has been told that you do not give this consent. It cannot ask again."))


def _wishes(session: ActorSession, requests: Sequence[ConsentRequest]) -> list[Wish]:
    if not requests:
        return []
    names = lender_names(session)
    products = products_of_leads(session, [one.lead_id for one in requests])
    return [
        Wish(
            id=one.id,
            institution_id=one.institution_id,
            institution=names.get(str(one.institution_id), ""),
            product=products.get(one.lead_id, ""),
            families=grouped(one.datasets),
            asked_at=one.asked_at,
            open=one.answered_at is None,
        )
        for one in requests
    ]


ROUTES = [
    consents,
    export_consents,
    receipt,
    confirm_revocation,
    revoke,
    wish,
    decline,
]
