"""The product catalogue: what lenders offer, for everybody to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from xinyidai.core.actor import Actor, Role
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import _
from xinyidai.core.money import wan_from_yuan, without_zeros
from xinyidai.core.paging import Listing
from xinyidai.core.validation import parse
from xinyidai.institutions.queries import active_institutions
from xinyidai.institutions.types import InstitutionKind
from xinyidai.products.listings import CatalogueFilter, ProductRow, catalogue
from xinyidai.products.queries import ProductDetail, VersionTerms, product_detail
from xinyidai.products.types import GuaranteeMode, VersionState
from xinyidai.web.deps import CurrentActor, Session
from xinyidai.web.exports import EXPORT_LIMIT, csv_answer
from xinyidai.web.forms import FormState
from xinyidai.web.guards import PUBLIC
from xinyidai.web.lists import list_request
from xinyidai.web.render import render
from xinyidai.web.requests import Request, Response

_FILTERS = ("institution", "kind", "amount", "term", "max_rate", "guarantee")
_MORE = ("max_rate", "guarantee", "institution", "kind")
_APPLICANTS = (Role.GUEST, Role.ENTERPRISE_MEMBER)


@dataclass(frozen=True, slots=True)
class CataloguePage:
    title: str
    form: FormState
    listing: Listing[ProductRow]
    institutions: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    guarantees: list[tuple[str, str]]
    sorts: list[tuple[str, str]]
    is_filtered: bool
    more_filters: bool


@dataclass(frozen=True, slots=True)
class ProductPage:
    """``apply_href`` and ``manage_href`` are empty for readers who can do neither."""

    title: str
    product: ProductDetail
    version: VersionTerms
    is_on_sale: bool
    apply_href: str
    manage_href: str


def _chosen(query: Mapping[str, str]) -> tuple[CatalogueFilter, dict[str, str]]:
    """The filter as far as it can be read, and what is wrong with the rest."""
    given = {name: query[name] for name in _FILTERS if query.get(name)}
    try:
        return parse(CatalogueFilter, given), {}
    except InvalidInput as error:
        readable = {name: value for name, value in given.items() if name not in error.fields}
        return parse(CatalogueFilter, readable), error.fields


def _sorts() -> list[tuple[str, str]]:
    return [
        ("rate", _("lowest rate first")),
        ("speed", _("fastest decision first")),
        ("-amount", _("largest amount first")),
        ("name", _("product name")),
        ("institution", _("lender name")),
    ]


@get("/products", allow=PUBLIC, sync_to_thread=True)
def list_products(
    request: Request, session: Session, page: FromQuery[str] = "1", sort: FromQuery[str] = "", q: FromQuery[str] = ""
) -> Template:
    chosen, errors = _chosen(request.query_params)
    asked = list_request(page, sort or "rate", q)
    shown = {**{name: request.query_params.get(name, "") for name in _FILTERS}, "q": q, "sort": sort or "rate"}
    return render(
        request,
        "public/products/list.html",
        CataloguePage(
            title=_("Product catalogue"),
            form=FormState(shown, errors),
            listing=catalogue(session, asked, chosen),
            institutions=[(str(one.id), one.name) for one in active_institutions(session)],
            kinds=InstitutionKind.choices(),
            guarantees=GuaranteeMode.choices(),
            sorts=_sorts(),
            is_filtered=any(shown[name] for name in (*_FILTERS, "q")),
            more_filters=bool(sort) or any(shown[name] for name in _MORE),
        ),
    )


@get("/products/export", allow=PUBLIC, sync_to_thread=True)
def export_products(request: Request, session: Session, sort: FromQuery[str] = "", q: FromQuery[str] = "") -> Response:
    """The same list with the same filter, at most ``EXPORT_LIMIT`` rows."""
    chosen, _errors = _chosen(request.query_params)
    listing = catalogue(session, list_request("1", sort or "rate", q, size=EXPORT_LIMIT), chosen)
    return csv_answer(_("Product catalogue"), product_header(), (product_cells(row) for row in listing.rows))


def product_header() -> list[str]:
    """The columns of a list of products in a file; money in 万元."""
    return [
        _("Product"),
        _("Code"),
        _("Lender"),
        _("Kind of lender"),
        _("Lowest rate (% a year)"),
        _("Highest rate (% a year)"),
        _("Lowest amount (10,000 yuan)"),
        _("Highest amount (10,000 yuan)"),
        _("Shortest term (months)"),
        _("Longest term (months)"),
        _("Guarantee"),
        _("Decision (days)"),
        _("Conditions"),
        _("Version"),
        _("Status"),
    ]


def product_cells(row: ProductRow) -> list[object]:
    return [
        row.name,
        row.code,
        row.institution_name,
        row.institution_kind.label,
        without_zeros(row.rate_min),
        without_zeros(row.rate_max),
        wan_from_yuan(row.amount_min),
        wan_from_yuan(row.amount_max),
        row.term_min,
        row.term_max,
        _(", ").join(one.label for one in row.guarantees),
        row.decision_days,
        row.condition_count,
        row.version,
        row.status.label,
    ]


@get("/products/{product_id:uuid}", allow=PUBLIC, sync_to_thread=True)
def show_product(request: Request, session: Session, actor: CurrentActor, product_id: FromPath[UUID]) -> Template:
    return _show(request, actor, product_detail(session, product_id))


@get("/products/{product_id:uuid}/versions/{number:int}", allow=PUBLIC, sync_to_thread=True)
def show_version(
    request: Request, session: Session, actor: CurrentActor, product_id: FromPath[UUID], number: FromPath[int]
) -> Template:
    """An older version reads as it did on its day; an application always goes to the one in force."""
    return _show(request, actor, product_detail(session, product_id, number=number))


def _show(request: Request, actor: Actor, product: ProductDetail) -> Template:
    version = product.published
    assert version is not None  # noqa: S101 - product_detail answers published versions only
    on_sale = version.state is VersionState.PUBLISHED
    own = actor.institution_id == product.institution_id
    return render(
        request,
        "public/products/show.html",
        ProductPage(
            title=version.name,
            product=product,
            version=version,
            is_on_sale=on_sale,
            apply_href="/enterprise/needs/new" if on_sale and actor.role in _APPLICANTS else "",
            manage_href=f"/institution/products/{product.id}" if own else "",
        ),
    )


ROUTES = [list_products, export_products, show_product, show_version]
