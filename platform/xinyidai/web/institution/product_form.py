"""Writing a product: one page for a new one and for the draft of a known one, with its conditions as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.db import attempt
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import _
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.validation import parse
from xinyidai.products.commands import DraftProduct
from xinyidai.products.criteria import MAX_CRITERIA
from xinyidai.products.fact_catalogue import CATALOGUE
from xinyidai.products.queries import VersionTerms, own_product_detail
from xinyidai.products.service import draft_product, save_draft
from xinyidai.products.types import GuaranteeMode, RepaymentMode
from xinyidai.settings import Settings
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.institution.condition_editor import (
    Row,
    RowView,
    fact_choices,
    form_values,
    read_criteria,
    read_rows,
    row_views,
    rows_of,
)
from xinyidai.web.institution.draft_reach import ReachPanel, reach_panel
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

_LISTS = ("guarantees", "repayment_modes")


@dataclass(frozen=True, slots=True)
class ProductFormPage:
    """``product_id`` is none for a product that does not exist yet; ``rows`` are the conditions."""

    title: str
    action: str
    back_href: str
    form: FormState
    rows: list[RowView]
    facts: list[tuple[str, str]]
    guarantees: list[tuple[str, str]]
    repayment_modes: list[tuple[str, str]]
    seen: str
    is_new: bool
    reach: ReachPanel | None = None


@get("/institution/products/new", allow=INSTITUTION, sync_to_thread=True)
def new_product_form(request: Request, settings: AppSettings) -> Template:
    """Nearly every product serves this city and nobody on the court's list: the two rows stand there already."""
    rows = [Row("region", values=(settings.city_region,)), Row("dishonest_debtor", values=("false",))]
    return _form(request, settings, None, {}, rows)


@get("/institution/products/{product_id:uuid}/edit", allow=INSTITUTION, sync_to_thread=True)
def edit_form(
    request: Request, session: Session, actor: CurrentActor, settings: AppSettings, product_id: FromPath[UUID]
) -> Template | Redirect:
    draft = own_product_detail(session, actor.institution_id, product_id).draft
    if draft is None:
        message = _("There is no draft of this product. Start a new version to change it.")
        return redirect(f"/institution/products/{product_id}", level="info", flash=message)
    return _form(request, settings, product_id, _values(draft), rows_of(draft.criteria))


@post("/institution/products/new", allow=INSTITUTION, sync_to_thread=True)
def save_new_product(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, settings: AppSettings
) -> Template | Redirect:
    rows, finished = _edited_rows(data)
    if not finished:
        return _form(request, settings, None, data, rows, reach=reach_panel(session, actor, data, rows, now))
    with attempt(session) as outcome:
        version = draft_product(session, actor, _command(data, rows), now)
    if not outcome.ok:
        return _form(request, settings, None, data, rows, outcome.errors)
    return _saved(version.product_id)


@post("/institution/products/{product_id:uuid}/edit", allow=INSTITUTION, sync_to_thread=True)
def save_edited_product(
    request: Request,
    data: FormData,
    session: Session,
    actor: CurrentActor,
    now: Now,
    settings: AppSettings,
    product_id: FromPath[UUID],
) -> Template | Redirect:
    rows, finished = _edited_rows(data)
    if not finished:
        return _form(request, settings, product_id, data, rows, reach=reach_panel(session, actor, data, rows, now))
    with attempt(session) as outcome:
        save_draft(session, actor, product_id, _command(data, rows), now, seen=str(data.get("seen", "")))
    if not outcome.ok:
        return _form(request, settings, product_id, data, rows, outcome.errors)
    return _saved(product_id)


def _edited_rows(data: Mapping[str, Any]) -> tuple[list[Row], bool]:
    """The rows after the button that was pressed, and whether that button was the one that saves."""
    rows = read_rows(data)
    act = str(data.get("act", "save"))
    if act == "add":
        added = str(data.get("new_fact", ""))
        if added in CATALOGUE and len(rows) < MAX_CRITERIA:
            rows.append(Row(added))
        return rows, False
    if act.startswith("remove-") and act.removeprefix("remove-").isdecimal():
        position = int(act.removeprefix("remove-"))
        return [row for index, row in enumerate(rows) if index != position], False
    return rows, act != "reach"


def _command(data: Mapping[str, Any], rows: Sequence[Row]) -> DraftProduct:
    """Raises InvalidInput with what is wrong in the fields and in the rows together."""
    read = read_criteria(rows)
    try:
        command = parse(DraftProduct, {**texts(data, lists=_LISTS), "criteria": read.criteria})
    except InvalidInput as error:
        raise InvalidInput({**error.fields, **read.errors}) from error
    if read.errors:
        raise InvalidInput(read.errors)
    return command


def _saved(product_id: UUID) -> Redirect:
    return redirect(f"/institution/products/{product_id}", flash=_("The draft is saved. Nobody outside sees it yet."))


def _values(draft: VersionTerms) -> dict[str, object]:
    """A draft as the form's controls hold it."""
    return {
        "name": draft.name,
        "description": draft.description,
        "amount_min_wan": wan_from_yuan(draft.amount_min),
        "amount_max_wan": wan_from_yuan(draft.amount_max),
        "term_min": draft.term_min,
        "term_max": draft.term_max,
        "rate_min": f"{draft.rate_min.normalize():f}",
        "rate_max": f"{draft.rate_max.normalize():f}",
        "guarantees": [str(one) for one in draft.guarantees],
        "repayment_modes": [str(one) for one in draft.repayment_modes],
        "decision_days": draft.decision_days,
        "materials": "\n".join(draft.materials),
        "seen": draft.mark,
    }


def _form(
    request: Request,
    settings: Settings,
    product_id: UUID | None,
    data: Mapping[str, Any],
    rows: Sequence[Row],
    errors: Mapping[str, str] | None = None,
    reach: ReachPanel | None = None,
) -> Template:
    address = f"/institution/products/{product_id}" if product_id else "/institution/products"
    typed = {name: value for name, value in texts(data, lists=_LISTS).items() if not name.startswith("criteria-")}
    page = ProductFormPage(
        title=_("Change the draft") if product_id else _("New product"),
        action=f"{address}/edit" if product_id else f"{address}/new",
        back_href=address,
        form=refused({**typed, **form_values(rows, settings.city_region)}, errors or {}),
        rows=row_views(rows, settings.city_region),
        facts=fact_choices(),
        guarantees=GuaranteeMode.choices(),
        repayment_modes=RepaymentMode.choices(),
        seen=str(data.get("seen", "")),
        is_new=product_id is None,
        reach=reach,
    )
    return render(request, "institution/products/form.html", page, status=422 if errors else 200)


ROUTES = [new_product_form, save_new_product, edit_form, save_edited_product]
