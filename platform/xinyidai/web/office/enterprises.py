"""Enterprises as the office sees them: the list, one of them, and what administrators may enter."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.core.db import attempt
from xinyidai.core.i18n import _
from xinyidai.core.paging import Listing
from xinyidai.core.reference import divisions, industries
from xinyidai.core.validation import parse
from xinyidai.enterprises.commands import RegisterEnterprise, SetLabels
from xinyidai.enterprises.policies import KEEPERS
from xinyidai.enterprises.queries import (
    UNKNOWN,
    EnterpriseFacts,
    EnterpriseFilter,
    EnterpriseLine,
    enterprise_facts,
    export_enterprises,
    list_enterprises,
)
from xinyidai.enterprises.service import register_enterprise, set_labels
from xinyidai.enterprises.types import EnterpriseLabel, RegistrationStatus, SizeClass, SubjectKind
from xinyidai.lending.of_enterprise import FinancingHistory, financing_history
from xinyidai.settings import Settings
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.enterprise_words import listed, size_needs_said
from xinyidai.web.exports import csv_answer
from xinyidai.web.forms import FormState, texts
from xinyidai.web.guards import ADMINISTRATOR, OFFICE
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request, Response

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class EnterprisesPage:
    title: str
    listing: Listing[EnterpriseLine]
    filter: FormState
    choices: dict[str, Choices]
    is_filtered: bool
    may_register: bool


@dataclass(frozen=True, slots=True)
class EnterprisePage:
    title: str
    enterprise: EnterpriseFacts
    size_needs: str
    history: FinancingHistory
    labels: FormState
    label_choices: Choices
    may_label: bool


@dataclass(frozen=True, slots=True)
class RegisterPage:
    title: str
    form: FormState
    regions: Choices
    statuses: Choices
    label_choices: Choices


@get("/office/enterprises", allow=OFFICE, sync_to_thread=True)
def enterprises(
    request: Request,
    session: Session,
    actor: CurrentActor,
    settings: AppSettings,
    q: FromQuery[str] = "",
    page: FromQuery[str] = "1",
    sort: FromQuery[str] = "",
) -> Template:
    choices = _choices(actor, settings)
    chosen = _chosen(request, choices)
    asked = list_request(page, sort, q)
    values = {"q": asked.search, **chosen}
    return render(
        request,
        "office/enterprises/list.html",
        EnterprisesPage(
            title=_("Enterprises"),
            listing=list_enterprises(session, asked, EnterpriseFilter(**chosen)),
            filter=FormState(values),
            choices=choices,
            is_filtered=any(values.values()),
            may_register=actor.role in KEEPERS,
        ),
    )


def _choices(actor: Actor, settings: Settings) -> dict[str, Choices]:
    unknown = (UNKNOWN, _("not known"))
    return {
        "region": [*_regions(actor, settings), unknown],
        "section": [
            *((one.code, f"{one.code} {industries.name_of(one.code)}") for one in industries.sections()),
            unknown,
        ],
        "size": SizeClass.choices(),
        "kind": SubjectKind.choices(),
        "label": EnterpriseLabel.choices(),
        "status": [*RegistrationStatus.choices(), unknown],
    }


def _regions(actor: Actor, settings: Settings) -> Choices:
    """The districts of this city, as far as the reader's own region reaches; by prefix."""
    areas = divisions.children(settings.city_region)
    seen = [area for area in areas if area.code.startswith(actor.region) or actor.region.startswith(area.stem)]
    return [(area.code, area.name) for area in seen]


def _somewhere_in_the_city(actor: Actor, settings: Settings) -> Choices:
    """Enterprises whose address names the city and no district of it."""
    city = divisions.find(settings.city_region)
    if city is None or not city.code.startswith(actor.region):
        return []
    return [(city.code, _("%(city)s, district not known", city=city.name))]


def _chosen(request: Request, choices: dict[str, Choices]) -> dict[str, str]:
    """The filter from the address; a value that is no choice counts as not set."""
    given = {name: request.query_params.get(name, "") for name in choices}
    return {name: value if value in dict(choices[name]) else "" for name, value in given.items()}


@get("/office/enterprises/export", allow=OFFICE, sync_to_thread=True)
def export(
    request: Request,
    session: Session,
    actor: CurrentActor,
    settings: AppSettings,
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "",
) -> Response:
    """All rows of the list as it is filtered."""
    chosen = EnterpriseFilter(**_chosen(request, _choices(actor, settings)))
    rows = export_enterprises(session, list_request("1", sort, q), chosen)
    header = (
        _("Code"),
        _("Name"),
        _("Kind"),
        _("Region"),
        _("Industry code"),
        _("Industry"),
        _("Size"),
        _("Registration status"),
        _("Established"),
        _("Titles"),
    )
    return csv_answer(_("Enterprises"), header, map(_exported, rows))


def _exported(row: EnterpriseLine) -> Sequence[object]:
    return (
        row.code,
        row.name,
        row.kind.label,
        row.region,
        row.industry_code,
        row.industry,
        row.size.label,
        row.status.label if row.status else None,
        row.registered_on,
        listed(label.label for label in row.labels),
    )


@get("/office/enterprises/{enterprise_id:uuid}", allow=OFFICE, sync_to_thread=True)
def enterprise(request: Request, session: Session, actor: CurrentActor, enterprise_id: FromPath[UUID]) -> Template:
    facts = enterprise_facts(session, enterprise_id)
    return render(
        request,
        "office/enterprises/detail.html",
        EnterprisePage(
            title=facts.name,
            enterprise=facts,
            size_needs=size_needs_said(facts),
            history=financing_history(session, enterprise_id),
            labels=FormState({"labels": [label.value for label in facts.labels]}),
            label_choices=EnterpriseLabel.choices(),
            may_label=actor.role in KEEPERS,
        ),
    )


@post("/office/enterprises/{enterprise_id:uuid}/labels", allow=ADMINISTRATOR, sync_to_thread=True)
def label(data: FormData, session: Session, actor: CurrentActor, now: Now, enterprise_id: FromPath[UUID]) -> Redirect:
    set_labels(session, actor, enterprise_id, parse(SetLabels, texts(data, lists=("labels",))), now)
    return redirect(f"/office/enterprises/{enterprise_id}", flash=_("The titles are saved."))


@get("/office/enterprises/register", allow=ADMINISTRATOR, sync_to_thread=True)
def register_form(request: Request, actor: CurrentActor, settings: AppSettings) -> Template:
    return _register_page(request, actor, settings, FormState())


def _register_page(request: Request, actor: Actor, settings: Settings, form: FormState) -> Template:
    page = RegisterPage(
        title=_("Enter one subject"),
        form=form,
        regions=_regions(actor, settings),
        statuses=RegistrationStatus.choices(),
        label_choices=EnterpriseLabel.choices(),
    )
    return render(request, "office/enterprises/register.html", page, status=422 if form.errors else 200)


@post("/office/enterprises/register", allow=ADMINISTRATOR, sync_to_thread=True)
def register(
    request: Request, data: FormData, session: Session, actor: CurrentActor, settings: AppSettings, now: Now
) -> Template | Redirect:
    values = texts(data, lists=("labels",))
    with attempt(session) as outcome:
        made = register_enterprise(session, actor, parse(RegisterEnterprise, values), now)
    if not outcome.ok:
        errors = {name: _(message) for name, message in outcome.errors.items()}
        return _register_page(request, actor, settings, FormState(values, errors))
    return redirect(f"/office/enterprises/{made.id}", flash=_("%(name)s is registered.", name=made.name))


ROUTES = [enterprises, export, enterprise, label, register_form, register]
