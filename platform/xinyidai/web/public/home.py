"""The first page."""

from dataclasses import dataclass

from litestar import get
from litestar.response import Template

from xinyidai.core.i18n import _, current_locale
from xinyidai.products.listings import catalogue_size
from xinyidai.statistics.queries.public import FourFigures, public_figures
from xinyidai.web.deps import Session
from xinyidai.web.formats import number, wan
from xinyidai.web.guards import PUBLIC
from xinyidai.web.render import render
from xinyidai.web.requests import Request


@dataclass(frozen=True, slots=True)
class Figure:
    """As the stat component wants it; the rows behind public figures are not public."""

    label: str
    value: str
    unit: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class HomePage:
    title: str
    figures: tuple[Figure, ...] = ()
    product_count: int | None = None
    institution_count: int | None = None


@get("/", allow=PUBLIC, sync_to_thread=True)
def home(request: Request, session: Session) -> Template:
    size = catalogue_size(session)
    known = public_figures(session)
    page = HomePage(
        _("Financing that sees your credit"),
        figures=_figures(known) if known else (),
        product_count=size.products,
        institution_count=size.institutions,
    )
    return render(request, "public/home.html", page)


def _figures(known: FourFigures) -> tuple[Figure, ...]:
    amount, unit = _amount_and_unit(wan(known.disbursed, current_locale()))
    return (
        Figure(_("Paid out to enterprises"), amount, unit),
        Figure(_("Enterprises funded"), number(known.enterprises), _("enterprises")),
        Figure(_("Needs posted"), number(known.needs), _("needs")),
        Figure(_("Products on sale"), number(known.products), _("products"), "/products"),
    )


def _amount_and_unit(said: str) -> tuple[str, str]:
    """``3.55 亿元`` in its two parts; an English amount carries its unit within."""
    value, _space, unit = said.partition(" ")
    return (value, unit) if current_locale() == "zh_CN" else (said, "")


ROUTES = [home]
