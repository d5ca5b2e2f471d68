"""Payouts and reversals, one by one, and each of them back to the need that it answers."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from xinyidai.core.actor import Role
from xinyidai.core.i18n import _
from xinyidai.enterprises.types import SizeClass
from xinyidai.products.types import GuaranteeMode
from xinyidai.statistics.dimensions import region_label
from xinyidai.statistics.queries.names import institution_choices
from xinyidai.statistics.queries.payouts import PayoutRow, Payouts, every_payout, list_payouts
from xinyidai.statistics.queries.stories import PayoutStory, payout_story
from xinyidai.web.deps import AppSettings, Now, Session, User
from xinyidai.web.exports import csv_answer
from xinyidai.web.guards import OFFICE
from xinyidai.web.office.asked import (
    Asked,
    Chip,
    Scope,
    chips,
    in_wan,
    read_query,
    read_query_of_export,
    scope,
    section_choices,
)
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PayoutsPage:
    title: str
    asked: Asked
    scope: Scope
    chips: list[Chip]
    payouts: Payouts | None
    institutions: Choices
    guarantees: Choices
    sizes: Choices
    sections: Choices


@dataclass(frozen=True, slots=True)
class PayoutPage:
    title: str
    story: PayoutStory
    region: str
    may_read_trail: bool


@get("/office/disbursements", allow=OFFICE, sync_to_thread=True)
def disbursements(request: Request, session: Session, user: User, settings: AppSettings, now: Now) -> Template:
    asked = read_query(request)
    query = asked.query
    found = (
        list_payouts(session, query.payouts, query.request, count_enterprises=query.count == "enterprises")
        if asked.ok
        else None
    )
    page = PayoutsPage(
        title=_("Disbursements"),
        asked=asked,
        scope=scope(request, user, settings, asked, now),
        chips=chips(request, session, asked.query),
        payouts=found,
        institutions=institution_choices(session),
        guarantees=GuaranteeMode.choices(),
        sizes=SizeClass.choices(),
        sections=section_choices(),
    )
    return render(request, "office/disbursements/list.html", page, status=asked.status)


@get("/office/disbursements/export", allow=OFFICE, sync_to_thread=True)
def export_disbursements(request: Request, session: Session) -> Response:
    """All rows that the list's filter finds, the whole sum with them."""
    query = read_query_of_export(request)
    header = [
        _("Paid on"),
        _("Enterprise"),
        _("Institution"),
        _("Product"),
        _("District"),
        _("Amount (10,000 yuan)"),
        _("Rate (% a year)"),
        _("Guarantee"),
        _("Reference"),
        _("Remark"),
        _("Number of the row"),
        _("Reverses row"),
    ]
    rows = every_payout(session, query.payouts, query.sort)
    return csv_answer("disbursements", header, (_csv_row(row) for row in rows))


def _csv_row(row: PayoutRow) -> tuple[object, ...]:
    return (
        row.paid_on.isoformat(),
        row.enterprise,
        row.institution,
        row.product,
        row.region_label,
        in_wan(row.amount),
        row.annual_rate,
        row.guarantee_label,
        row.reference,
        _("reversal") if row.reverses else _("reversed") if row.reversed else "",
        str(row.id),
        str(row.reverses or ""),
    )


@get("/office/disbursements/{payout_id:uuid}", allow=OFFICE, sync_to_thread=True)
def disbursement(request: Request, session: Session, user: User, payout_id: FromPath[UUID]) -> Template:
    story = payout_story(session, payout_id)
    title = _("Reversal") if story.payout.reverses else _("Payout")
    page = PayoutPage(
        title=f"{title} {story.payout.reference}",
        story=story,
        region=region_label(story.need.region),
        # Other staff see their own entries at most: the database gives them no more.
        may_read_trail=user.role in (Role.OFFICE_AUDITOR, Role.ADMINISTRATOR),
    )
    return render(request, "office/disbursements/show.html", page)


ROUTES = [disbursements, export_disbursements, disbursement]
