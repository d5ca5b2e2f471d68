"""Questions and answers about a lead: the same page for both sides, each under its own address."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import litestar
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.accounts.types import CurrentUser
from xinyidai.core.actor import Actor
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import InvalidInput
from xinyidai.core.files import ACCEPTED, MAX_FILE
from xinyidai.core.i18n import _
from xinyidai.core.validation import parse
from xinyidai.leads.thread.queries import Thread, paper_of, thread, unread_posts
from xinyidai.leads.thread.service import MOST_PAPERS, WritePost, mark_thread_read, write_post
from xinyidai.web.deps import CurrentActor, Now, Session, User
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import ENTERPRISE, INSTITUTION
from xinyidai.web.lists import list_request
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import Request, Response
from xinyidai.web.uploads import Upload, papers_of

BODY_LIMIT = MOST_PAPERS * MAX_FILE + 1024 * 1024


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """``here`` is the page's own address, ``back`` the page of the lead or need with its name."""

    title: str
    thread: Thread
    form: FormState
    for_enterprise: bool
    here: str
    back: tuple[str, str]
    accepted: str


@dataclass(frozen=True, slots=True)
class UnreadPosts:
    count: int


def _page(
    request: Request, session: ActorSession, user: CurrentUser, lead_id: UUID, now: datetime, form: FormState
) -> Template:
    for_enterprise = user.enterprise_id is not None
    part = list_request(request.query_params.get("page", ""), "", "").page
    found = thread(session, lead_id, for_enterprise=for_enterprise, page=part)
    mark_thread_read(session, user.actor, lead_id, now)
    back = (
        (_("Need %(number)s", number=found.need_number), f"/enterprise/needs/{found.need_id}")
        if for_enterprise
        else (found.enterprise, f"/institution/leads/{lead_id}")
    )
    page = ThreadPage(
        title=_("Questions and answers"),
        thread=found,
        form=form,
        for_enterprise=for_enterprise,
        here=f"/{'enterprise' if for_enterprise else 'institution'}/leads/{lead_id}/thread",
        back=back,
        accepted=ACCEPTED,
    )
    return render(request, "threads/thread.html", page, status=422 if form.errors else 200)


def _write(
    request: Request,
    data: dict[str, object],
    session: ActorSession,
    actor: Actor,
    user: CurrentUser,
    lead_id: UUID,
    now: datetime,
) -> Template | Redirect:
    values = texts({name: value for name, value in data.items() if name == "text"})
    try:
        write_post(session, actor, lead_id, parse(WritePost, values), papers_of(request, data), now)
    except InvalidInput as error:
        return _page(request, session, user, lead_id, now, refused(values, error.fields))
    return redirect(f"{request.url.path}#newest", flash=_("Sent. The other side is told."))


def _paper(session: ActorSession, lead_id: UUID, file_id: UUID) -> Response:
    found = paper_of(session, lead_id, file_id)
    return litestar.Response(
        found.content,
        media_type=found.media_type,
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"},
    )


def _unread(request: Request, session: ActorSession, user: CurrentUser, lead_id: UUID) -> Template:
    count = unread_posts(session, lead_id, user.id, for_enterprise=user.enterprise_id is not None)
    return render(request, "messages/_unread.html", UnreadPosts(count))


@get("/enterprise/leads/{lead_id:uuid}/thread", allow=ENTERPRISE, sync_to_thread=True)
def enterprise_thread(request: Request, session: Session, user: User, now: Now, lead_id: FromPath[UUID]) -> Template:
    return _page(request, session, user, lead_id, now, FormState())


@post(
    "/enterprise/leads/{lead_id:uuid}/thread", allow=ENTERPRISE, sync_to_thread=True, request_max_body_size=BODY_LIMIT
)
def enterprise_writes(
    request: Request, data: Upload, session: Session, actor: CurrentActor, user: User, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    return _write(request, data, session, actor, user, lead_id, now)


@get("/enterprise/leads/{lead_id:uuid}/thread/unread", allow=ENTERPRISE, sync_to_thread=True)
def enterprise_unread(request: Request, session: Session, user: User, lead_id: FromPath[UUID]) -> Template:
    return _unread(request, session, user, lead_id)


@get("/enterprise/leads/{lead_id:uuid}/thread/files/{file_id:uuid}", allow=ENTERPRISE, sync_to_thread=True)
def enterprise_paper(session: Session, lead_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response:
    return _paper(session, lead_id, file_id)


@get("/institution/leads/{lead_id:uuid}/thread", allow=INSTITUTION, sync_to_thread=True)
def institution_thread(request: Request, session: Session, user: User, now: Now, lead_id: FromPath[UUID]) -> Template:
    return _page(request, session, user, lead_id, now, FormState())


@post(
    "/institution/leads/{lead_id:uuid}/thread", allow=INSTITUTION, sync_to_thread=True, request_max_body_size=BODY_LIMIT
)
def institution_writes(
    request: Request, data: Upload, session: Session, actor: CurrentActor, user: User, now: Now, lead_id: FromPath[UUID]
) -> Template | Redirect:
    return _write(request, data, session, actor, user, lead_id, now)


@get("/institution/leads/{lead_id:uuid}/thread/unread", allow=INSTITUTION, sync_to_thread=True)
def institution_unread(request: Request, session: Session, user: User, lead_id: FromPath[UUID]) -> Template:
    return _unread(request, session, user, lead_id)


@get("/institution/leads/{lead_id:uuid}/thread/files/{file_id:uuid}", allow=INSTITUTION, sync_to_thread=True)
def institution_paper(session: Session, lead_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response:
    return _paper(session, lead_id, file_id)


ROUTES = [
    enterprise_thread,
    enterprise_writes,
    enterprise_unread,
    enterprise_paper,
    institution_thread,
    institution_writes,
    institution_unread,
    institution_paper,
]
