"""The first page."""

from dataclasses import dataclass

from litestar import get
from litestar.response import Template

from xinyidai.core.i18n import _
from xinyidai.products.listings import catalogue_size
from xinyidai.web.deps import Session
from xinyidai.web.guards import PUBLIC
from xinyidai.web.render import render
from xinyidai.web.requests import Request


@dataclass(frozen=True, slots=True)
class HomePage:
    title: str
    figures: tuple[object, ...] = ()
    product_count: int | None = None
    institution_count: int | None = None


@get("/", allow=PUBLIC, sync_to_thread=True)
def home(request: Request, session: Session) -> Template:
    size = catalogue_size(session)
    page = HomePage(
        _("Financing that sees your credit"), product_count=size.products, institution_count=size.institutions
    )
    return render(request, "public/home.html", page)


ROUTES = [home]
