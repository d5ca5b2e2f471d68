"""From a page object to an answer: templates, redirects, and what every template may use."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template
from litestar.utils.scope.state import ScopeState
from markupsafe import Markup

from xinyidai.accounts.types import CurrentUser
from xinyidai.core.actor import Role
from xinyidai.core.clock import Clock
from xinyidai.core.i18n import _, current_locale, ngettext
from xinyidai.core.logs import request_id
from xinyidai.settings import ROOT, Settings
from xinyidai.web.assets import static_url
from xinyidai.web.flash import FLASH_COOKIE, Flash, decode, encode
from xinyidai.web.formats import template_filters
from xinyidai.web.links import LINK_FILTERS
from xinyidai.web.navigation import NavigationItem, menu_for
from xinyidai.web.pieces import icon, table_cell
from xinyidai.web.requests import Request, asked_path

TEMPLATES = ROOT / "templates"
CSRF_FIELD = "_csrf_token"


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page; ``ui`` in the templates."""

    locale: str
    path: str
    query: str
    user: CurrentUser | None
    navigation: list[NavigationItem]
    flashes: list[Flash]
    csrf_token: str
    demo: bool
    city_name: str
    request_id: str


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """An error page: its title and what happened, in the reader's language."""

    title: str
    message: str


def make_environment(clock: Clock) -> Environment:
    """Strict: a name that a page does not have is an error, and everything is escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # else every import of every page asks the disk whether its file has changed
    )
    environment.filters.update(template_filters(current_locale, clock))
    environment.filters.update(LINK_FILTERS)
    environment.globals.update(_=_, ngettext=ngettext, static=static_url, icon=icon, table_cell=table_cell)
    return environment


def frame(request: Request) -> Frame:
    settings: Settings = request.app.state.settings
    user: CurrentUser | None = request.scope.get("user")
    return Frame(
        locale=current_locale(),
        path=asked_path(request.scope),
        query=request.url.query,
        user=user,
        navigation=menu_for(user.role if user else Role.GUEST, request.url.path),
        flashes=decode(request.cookies.get(FLASH_COOKIE)),
        csrf_token=_csrf_token(request),
        demo=settings.demo,
        city_name=settings.city_name,
        request_id=request_id.get(),
    )


def _csrf_token(request: Request) -> str:
    return str(ScopeState.from_scope(request.scope).csrf_token or "")


def render(request: Request, template: str, page: object, *, status: int = 200) -> Template:
    """The page in the reader's language. A flash that is shown is forgotten."""
    ui = frame(request)
    field = Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, ui.csrf_token)
    cookies = [Cookie(key=FLASH_COOKIE, value="", max_age=0, path="/")] if ui.flashes else []
    context = {"ui": ui, "page": page, "csrf_field": lambda: field}
    return Template(template_name=template, context=context, status_code=status, cookies=cookies)


def redirect(path: str, *, level: str = "success", flash: str = "") -> Redirect:
    """303 after a POST, with a message for the next page where ``flash`` (in the reader's language) is given."""
    cookies = [Cookie(key=FLASH_COOKIE, value=encode(Flash(level, flash)), path="/", httponly=True, samesite="lax")]
    return Redirect(path=path, status_code=303, cookies=cookies if flash else [])


def local_path(target: str | None, default: str) -> str:
    """``target`` if it is an address of this site, else ``default``: a login must not lead elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    return default if urlsplit(target).netloc else target
