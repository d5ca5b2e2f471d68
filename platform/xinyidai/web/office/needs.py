"""Needs as the office sees them: all that were posted, and the course of each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from xinyidai.core.actor import Role
from xinyidai.core.clock import business_date
from xinyidai.core.i18n import _
from xinyidai.leads.reranking import STILL_CHOOSING
from xinyidai.needs.types import NeedStatus
from xinyidai.statistics.dimensions import region_label
from xinyidai.statistics.queries.needs import DateBasis, Needs, Stage, every_need, list_needs
from xinyidai.statistics.queries.stories import NeedStory, Step, need_story
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session, User
from xinyidai.web.exports import csv_answer
from xinyidai.web.guards import OFFICE
from xinyidai.web.office.asked import Asked, Chip, Scope, chips, in_wan, read_query, read_query_of_export, scope
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class NeedsPage:
    title: str
    asked: Asked
    scope: Scope
    chips: list[Chip]
    needs: Needs | None
    ages: dict[UUID, int]
    statuses: Choices
    stages: Choices
    bases: Choices


@dataclass(frozen=True, slots=True)
class Event:
    """As the timeline component wants it."""

    title: str
    state: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class NeedPage:
    title: str
    story: NeedStory
    region: str
    events: list[Event]
    can_dispatch: bool


@get("/office/needs", allow=OFFICE, sync_to_thread=True)
def needs(request: Request, session: Session, user: User, settings: AppSettings, now: Now) -> Template:
    asked = read_query(request)
    found = list_needs(session, asked.query.needs, asked.query.request) if asked.ok else None
    page = NeedsPage(
        title=_("Financing needs"),
        asked=asked,
        scope=scope(request, user, settings, asked, now),
        chips=chips(request, session, asked.query),
        needs=found,
        ages={row.id: age_in_days(row.posted_at, now) for row in found.listing.rows} if found else {},
        statuses=[(value, label) for value, label in NeedStatus.choices() if value != NeedStatus.DRAFT],
        stages=Stage.choices(),
        bases=DateBasis.choices(),
    )
    return render(request, "office/needs/list.html", page, status=asked.status)


@get("/office/needs/export", allow=OFFICE, sync_to_thread=True)
def export_needs(request: Request, session: Session, now: Now) -> Response:
    query = read_query_of_export(request)
    header = [
        _("Number"),
        _("Posted on"),
        _("Age (days)"),
        _("Enterprise"),
        _("District"),
        _("Status"),
        _("Amount asked for (10,000 yuan)"),
        _("Term (months)"),
        _("Applications"),
        _("Granted (10,000 yuan)"),
        _("Paid out (10,000 yuan)"),
    ]
    found = every_need(session, query.needs, query.sort)
    rows = (
        (
            row.number,
            business_date(row.posted_at).isoformat(),
            age_in_days(row.posted_at, now),
            row.enterprise,
            row.region_label,
            row.status.label,
            in_wan(row.amount),
            row.term_months,
            row.leads,
            in_wan(row.granted),
            in_wan(row.paid),
        )
        for row in found
    )
    return csv_answer("needs", header, rows)


@get("/office/needs/{need_id:uuid}", allow=OFFICE, sync_to_thread=True)
def need(request: Request, session: Session, actor: CurrentActor, need_id: FromPath[UUID]) -> Template:
    story = need_story(session, need_id)
    page = NeedPage(
        title=_("Need %(number)s", number=story.need.number),
        story=story,
        region=region_label(story.need.region),
        events=[_event(step, is_last=step is story.steps[-1]) for step in reversed(story.steps)],
        can_dispatch=actor.role is not Role.OFFICE_AUDITOR and story.need.status in STILL_CHOOSING,
    )
    return render(request, "office/needs/show.html", page)


def age_in_days(posted_at: datetime, now: datetime) -> int:
    """Calendar days since the posting, in Shanghai."""
    return (business_date(now) - business_date(posted_at)).days


_ENDED_BADLY = frozenset({"declined", "expired", "refused", "no_deal", "unreachable", "withdrawn"})


def _event(step: Step, *, is_last: bool) -> Event:
    subject = step.institution or _("The need")
    state = "failed" if step.to_status in _ENDED_BADLY else "current" if is_last else "done"
    return Event(subject + _(": ") + step.to_status.label, state, step.at, step.role.label)


ROUTES = [needs, export_needs, need]
