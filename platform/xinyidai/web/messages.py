"""What the platform has told the reader, and how the reader wants to be told."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.accounts.types import CurrentUser
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import LOCALES, _
from xinyidai.core.paging import Listing
from xinyidai.core.validation import parse
from xinyidai.messages.inbox import InboxRow, inbox, mark_all_read, mark_read, unread_count
from xinyidai.messages.preferences import SavePreferences, choices, duties, preferences, save_preferences
from xinyidai.messages.types import MessageKind
from xinyidai.web.deps import Now, Session, User
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import SIGNED_IN
from xinyidai.web.lists import list_request
from xinyidai.web.render import local_path, redirect, render
from xinyidai.web.requests import FormData, Request


@dataclass(frozen=True, slots=True)
class InboxPage:
    title: str
    messages: Listing[InboxRow]
    unread_only: bool
    unread: int


@dataclass(frozen=True, slots=True)
class PreferencesPage:
    title: str
    form: FormState
    kinds: list[tuple[str, str]]
    duties: list[str]
    languages: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class UnreadFragment:
    count: int


@get("/messages", allow=SIGNED_IN, sync_to_thread=True)
def messages(request: Request, session: Session, user: User) -> Template:
    unread_only = request.query_params.get("show") == "unread"
    asked = list_request(request.query_params.get("page", ""), "", "")
    found = inbox(session, user.id, asked, unread_only=unread_only)
    page = InboxPage(_("Messages"), found, unread_only, unread_count(session, user.id))
    return render(request, "messages/list.html", page)


@get("/messages/unread", allow=SIGNED_IN, sync_to_thread=True)
def unread(request: Request, session: Session, user: User) -> Template:
    """The number beside the bell; htmx asks for it after the page is there, so that no page waits for it."""
    return render(request, "messages/_unread.html", UnreadFragment(unread_count(session, user.id)))


@post("/messages/{message_id:uuid}/open", allow=SIGNED_IN, sync_to_thread=True)
def open_message(session: Session, user: User, now: Now, message_id: FromPath[UUID]) -> Redirect:
    return redirect(local_path(mark_read(session, user.id, message_id, now), "/messages"))


@post("/messages/read", allow=SIGNED_IN, sync_to_thread=True)
def read_all(session: Session, user: User, now: Now) -> Redirect:
    mark_all_read(session, user.id, now)
    return redirect("/messages", flash=_("All messages are marked as read."))


@get("/messages/preferences", allow=SIGNED_IN, sync_to_thread=True)
def preferences_form(request: Request, session: Session, user: User) -> Template:
    now_set = preferences(session, user.id)
    values = {
        "email": now_set.email,
        "phone": now_set.phone,
        "locale": now_set.locale,
        "digest": now_set.digest,
        "wanted": [f"{kind.code}:mail" for kind in choices(user.role) if f"{kind.code}:mail" not in now_set.refused],
    }
    return _preferences(request, user, FormState(values))


@post("/messages/preferences", allow=SIGNED_IN, sync_to_thread=True)
def preferences_save(request: Request, data: FormData, session: Session, user: User) -> Template | Redirect:
    values = texts(data, lists=["wanted"])
    try:
        command = parse(SavePreferences, values)
    except InvalidInput as error:
        return _preferences(request, user, refused(values, _in_plain_words(error.fields)), status=422)
    save_preferences(session, user.id, command, [kind.code for kind in choices(user.role)])
    return redirect("/messages/preferences", flash=_("Saved. You will be told in this way from now on."))


def _in_plain_words(errors: dict[str, str]) -> dict[str, str]:
    said = {
        "email": _("Please enter an e-mail address such as name@example.com."),
        "phone": _("Please enter a mobile number of 11 digits."),
    }
    return {name: said.get(name, message) for name, message in errors.items()}


def _preferences(request: Request, user: CurrentUser, form: FormState, *, status: int = 200) -> Template:
    page = PreferencesPage(
        title=_("How you are told"),
        form=form,
        kinds=[(f"{kind.code}:mail", _topic(kind)) for kind in choices(user.role)],
        duties=sorted({_topic(kind) for kind in duties(user.role)}),
        languages=list(LOCALES.items()),
    )
    return render(request, "messages/preferences.html", page, status=status)


def _topic(kind: MessageKind) -> str:
    said = _(kind.topic or kind.title)
    return said[:1].upper() + said[1:]


ROUTES = [messages, unread, open_message, read_all, preferences_form, preferences_save]
