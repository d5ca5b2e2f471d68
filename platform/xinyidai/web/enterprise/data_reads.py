"""Who has looked at the enterprise's data: when, which institution, which data, what for, under which consent."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from litestar import get
from litestar.params import FromQuery
from litestar.response import Template

from xinyidai.consents.lists import ReadFilter, ReadLine, list_reads, readers_of
from xinyidai.core.clock import BUSINESS_ZONE
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.credit.sharing import dataset_names, families, grouped, open_datasets
from xinyidai.web.deps import CurrentActor, Session
from xinyidai.web.enterprise.needs import own_enterprise
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState
from xinyidai.web.guards import ENTERPRISE
from xinyidai.web.lists import list_request
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response

OPEN = "open"
"""The filter's word for data that need no consent."""


@dataclass(frozen=True, slots=True)
class ReadsPage:
    title: str
    listing: Listing[ReadLine]
    filters: FormState
    readers: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    filtered: bool

    def said(self, line: ReadLine) -> str:
        """The data in short: families of what needed consent, and that open records were shown."""
        words = [family.label for family in grouped(line.datasets)]
        if open_datasets() & set(line.datasets):
            words.append(_("open records"))
        return _(", ").join(words)

    def named(self, line: ReadLine) -> str:
        return dataset_names(line.datasets)


def _chosen(who: str, kind: str, since: str, until: str) -> ReadFilter:
    """Values that no filter has are ignored: an old bookmark must still open."""
    members = {one.family.value: one.codes for one in families()} | {OPEN: open_datasets()}
    return ReadFilter(_id(who), members.get(kind, ()), _day(since), _day(until))


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _day(value: str) -> date | None:
    """None for what is no day, and for the one after which there is none."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day.year < date.max.year and day.year > date.min.year else None


@get("/enterprise/data-reads", allow=ENTERPRISE, sync_to_thread=True)
def data_reads(
    request: Request,
    session: Session,
    actor: CurrentActor,
    who: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    page: FromQuery[str] = "1",
) -> Template:
    enterprise_id = own_enterprise(actor)
    chosen = _chosen(who, kind, since, until)
    shown = ReadsPage(
        title=_("Who looked at my data"),
        listing=list_reads(session, enterprise_id, list_request(page, sort, ""), chosen),
        filters=FormState({"who": who, "kind": kind, "since": since, "until": until}),
        readers=readers_of(session, enterprise_id),
        kinds=[*((one.family.value, one.label) for one in families()), (OPEN, _("open records"))],
        filtered=chosen != ReadFilter(),
    )
    return render(request, "enterprise/data_reads.html", shown)


@get("/enterprise/data-reads/export", allow=ENTERPRISE, sync_to_thread=True)
def export_reads(
    session: Session,
    actor: CurrentActor,
    who: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Response:
    asked = list_request("1", sort, "", size=EXPORT_LIMIT)
    rows = list_reads(session, own_enterprise(actor), asked, _chosen(who, kind, since, until)).rows
    header = [_("Time"), _("Institution"), _("Role"), _("Where"), _("Data"), _("Purpose"), _("Consent")]
    lines = [
        (
            _local_time(one),
            one.institution,
            one.role,
            one.shown,
            dataset_names(one.datasets),
            one.purpose,
            one.consent or _("none needed"),
        )
        for one in rows
    ]
    return csv_answer(_("Who looked at my data"), header, lines)


def _local_time(line: ReadLine) -> str:
    return f"{line.at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M:%S}"


ROUTES = [data_reads, export_reads]
