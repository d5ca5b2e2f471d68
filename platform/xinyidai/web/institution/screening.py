"""Looking for enterprises that let themselves be found: conditions in the address, and who meets them.

The whole search stands in the address, so that it can be sorted, turned, exported and kept as a bookmark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import get
from litestar.response import Template

from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import InvalidInput, NotFound
from xinyidai.core.i18n import _
from xinyidai.core.paging import ListRequest
from xinyidai.leads.screening.conditions import SEARCHABLE, Answer
from xinyidai.leads.screening.finding import Found, FoundEnterprise, find_enterprises, open_enterprises
from xinyidai.leads.screening.screens import ScreenLine, one_screen
from xinyidai.products.criteria import MAX_CRITERIA
from xinyidai.products.criterion_words import criteria_in_words
from xinyidai.products.fact_catalogue import CATALOGUE
from xinyidai.settings import Settings
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState, refused
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.institution.condition_editor import (
    Read,
    Row,
    RowView,
    form_values,
    read_criteria,
    read_rows,
    row_views,
)
from xinyidai.web.lists import list_request
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response

HERE = "/institution/screening"
FIND = f"{HERE}/find"


@dataclass(frozen=True, slots=True)
class FindPage:
    """``found`` is None while the conditions are being written. ``fields`` are the rows as hidden fields."""

    title: str
    open: int
    rows: list[RowView]
    form: FormState
    facts: list[tuple[str, str]]
    fields: list[tuple[str, str]]
    conditions: list[str]
    found: Found | None
    answer: Answer
    search: FormState
    screen: ScreenLine | None
    saving: FormState
    here: str
    """Address of this very page, for the way back from an invitation."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says."""

    rows: list[Row]
    answer: Answer
    request: ListRequest
    screen_id: UUID | None
    writing: bool
    """A condition was added or removed: nothing is looked for yet."""


def read_address(request: Request, *, size: int | None = None) -> Asked:
    """Values that no search has are ignored: an old bookmark must still open."""
    params: dict[str, Any] = request.query_params.dict()
    one = {name: str(values[-1]) for name, values in params.items() if values}
    rows = [row for row in read_rows(params) if row.fact in SEARCHABLE][:MAX_CRITERIA]
    act = one.get("act", "")
    if act == "add" and one.get("new_fact") in SEARCHABLE and len(rows) < MAX_CRITERIA:
        rows.append(Row(one["new_fact"]))
    if act.startswith("remove-") and act.removeprefix("remove-").isdecimal():
        gone = int(act.removeprefix("remove-"))
        rows = [row for position, row in enumerate(rows) if position != gone]
    listed = list_request(one.get("page", "1"), one.get("sort", ""), one.get("q", ""))
    return Asked(
        rows=rows,
        answer=Answer.UNKNOWN if one.get("answer") == Answer.UNKNOWN else Answer.MET,
        request=ListRequest(1, size, listed.sort, listed.search) if size else listed,
        screen_id=_id(one.get("screen", "")),
        writing=act == "add" or act.startswith("remove-") or not rows,
    )


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def address_of(rows: Sequence[Row], city: str, **more: object) -> str:
    """The address that shows these conditions."""
    return f"{FIND}?{urlencode([*fields_of(rows, city), *((name, str(value)) for name, value in more.items())])}"


def fields_of(rows: Sequence[Row], city: str) -> list[tuple[str, str]]:
    """The rows as a form carries them along unseen."""
    found: list[tuple[str, str]] = []
    for name, value in form_values(rows, city).items():
        many = value if isinstance(value, list) else [value]
        found += [(name, str(one)) for one in many if one]
    return found


@get(FIND, allow=INSTITUTION, sync_to_thread=True)
def find(request: Request, session: Session, actor: CurrentActor, now: Now, settings: AppSettings) -> Template:
    asked = read_address(request)
    if not asked.rows and not request.query_params:
        asked = Asked([Row("region", values=(settings.city_region,))], asked.answer, asked.request, None, writing=True)
    return find_page(request, session, actor, settings, asked, now)


def find_page(
    request: Request,
    session: ActorSession,
    actor: Actor,
    settings: Settings,
    asked: Asked,
    now: datetime,
    *,
    saving: FormState | None = None,
) -> Template:
    """The search with what it finds; ``saving`` is the form that keeps it, where it was refused."""
    read = read_criteria(asked.rows)
    errors = {} if asked.writing else dict(read.errors)
    found = None
    if not asked.writing and not errors:
        found, errors = _found(session, actor, read, asked, now)
    screen = _screen(session, actor, asked.screen_id)
    city = settings.city_region
    fields = fields_of(asked.rows, city)
    page = FindPage(
        title=_("Find enterprises"),
        open=open_enterprises(session),
        rows=row_views(asked.rows, city),
        form=refused(form_values(asked.rows, city), errors),
        facts=[(name, CATALOGUE[name].label) for name in SEARCHABLE],
        fields=fields,
        conditions=criteria_in_words(read.criteria) if found else [],
        found=found,
        answer=asked.answer,
        search=FormState({"q": asked.request.search}),
        screen=screen,
        saving=saving or FormState({"name": screen.name, "shared": screen.shared} if screen else {}),
        here=f"{FIND}?{request.url.query}" if request.method == "GET" else address_of(asked.rows, city),
    )
    refusal = bool(errors) or (saving is not None and bool(saving.errors))
    return render(request, "institution/screening/find.html", page, status=422 if refusal else 200)


def _found(
    session: ActorSession, actor: Actor, read: Read, asked: Asked, now: datetime
) -> tuple[Found | None, dict[str, str]]:
    with attempt(session) as outcome:
        found = find_enterprises(session, actor, read.criteria, asked.request, asked.answer, now)
    return (found, {}) if outcome.ok else (None, outcome.errors)


def _screen(session: ActorSession, actor: Actor, screen_id: UUID | None) -> ScreenLine | None:
    """None also for one that is gone or not the reader's: the conditions stand in the address all the same."""
    if screen_id is None:
        return None
    try:
        return one_screen(session, actor, screen_id)
    except NotFound:
        return None


@get(f"{HERE}/export", allow=INSTITUTION, sync_to_thread=True)
def export_found(request: Request, session: Session, actor: CurrentActor, now: Now) -> Response:
    """Those with the chosen answer. Every enterprise in the file is written down as read."""
    asked = read_address(request, size=EXPORT_LIMIT)
    read = read_criteria(asked.rows)
    if read.errors or not read.criteria:
        raise InvalidInput(read.errors or {"": _("Please state at least one condition.")})
    found = find_enterprises(session, actor, read.criteria, asked.request, asked.answer, now)
    names = [fact.label for fact in found.listing.rows[0].facts] if found.listing.rows else []
    fixed = [_("Enterprise"), _("Unified social credit code"), _("District"), _("Industry"), _("Size")]
    header = [*fixed, _("Registered on"), *names]
    return csv_answer(f"screening-{business_date(now)}", header, map(_cells, found.listing.rows))


def _cells(one: FoundEnterprise) -> list[object]:
    facts = [fact.value or _("not known") for fact in one.facts]
    return [one.name, one.code, one.region, one.industry, one.size.label, one.registered_on, *facts]


ROUTES = [find, export_found]
