"""Logging in and out, and choosing the language."""

from dataclasses import dataclass, field

from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery
from litestar.response import Redirect, Template

from xinyidai.accounts.service import log_in, log_out
from xinyidai.core.actor import GATE
from xinyidai.core.i18n import LOCALES, _
from xinyidai.demo.accounts import DEMO_ACCOUNTS, DemoAccount
from xinyidai.settings import Settings
from xinyidai.web.deps import AppSettings, Now, Session
from xinyidai.web.forms import FormState
from xinyidai.web.guards import PUBLIC, SIGNED_IN
from xinyidai.web.middleware import LOCALE_COOKIE, SESSION_COOKIE
from xinyidai.web.navigation import HOME
from xinyidai.web.render import local_path, redirect, render
from xinyidai.web.requests import FormData, Request


@dataclass(frozen=True, slots=True)
class LoginPage:
    title: str
    next: str
    form: FormState = field(default_factory=FormState)
    demo_accounts: tuple[DemoAccount, ...] = ()


def _page(settings: Settings, target: str, form: FormState | None = None) -> LoginPage:
    accounts = DEMO_ACCOUNTS if settings.demo else ()
    return LoginPage(_("Log in"), target, form or FormState(), accounts)


@get("/login", allow=PUBLIC, sync_to_thread=True)
def login_form(request: Request, settings: AppSettings, next: FromQuery[str] = "") -> Template | Redirect:
    target = local_path(next, "")
    if request.user:
        return redirect(target or HOME[request.user.role])
    return render(request, "public/login.html", _page(settings, target))


@post("/login", allow=PUBLIC, sync_to_thread=True)
def login(request: Request, data: FormData, session: Session, now: Now, settings: AppSettings) -> Template | Redirect:
    """A failed attempt is committed too, so that it counts towards the lock."""
    username, password, target = (str(data.get(name, "")) for name in ("username", "password", "next"))
    session.become(GATE)
    outcome = log_in(session, username, password, now, hours=settings.session_hours)
    if outcome.token is None:
        form = FormState({"username": username}, {"": _(outcome.problem or "")})
        return render(request, "public/login.html", _page(settings, local_path(target, ""), form), status=422)
    answer = redirect(local_path(target, "/start"))
    answer.cookies.append(
        Cookie(
            key=SESSION_COOKIE,
            value=outcome.token,
            path="/",
            httponly=True,
            secure=settings.secure_cookies,
            samesite="lax",
        )
    )
    return answer


@get("/start", allow=SIGNED_IN, sync_to_thread=False)
def start(request: Request) -> Redirect:
    """Where the person's role begins."""
    return redirect(HOME[request.user.role])


@post("/logout", allow=PUBLIC, sync_to_thread=True)
def logout(request: Request, session: Session) -> Redirect:
    if token := request.cookies.get(SESSION_COOKIE):
        session.become(GATE)
        log_out(session, token)
    answer = redirect("/", level="info", flash=_("You have logged out."))
    answer.cookies.append(Cookie(key=SESSION_COOKIE, value="", path="/", max_age=0))
    return answer


@post("/language", allow=PUBLIC, sync_to_thread=False)
def choose_language(data: FormData, settings: AppSettings) -> Redirect:
    locale = str(data.get("locale", ""))
    answer = redirect(local_path(str(data.get("next", "")), "/"))
    if locale in LOCALES:
        year = 365 * 24 * 3600
        answer.cookies.append(
            Cookie(
                key=LOCALE_COOKIE, value=locale, path="/", max_age=year, secure=settings.secure_cookies, samesite="lax"
            )
        )
    return answer


ROUTES = [login_form, login, start, logout, choose_language]
