"""What a department delivers: upload, past batches, rejects, timeliness, and the catalogue."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.accounts.types import CurrentUser
from xinyidai.web.deliveries import (
    Audience,
    catalogue_page,
    dataset_page,
    deliver,
    deliveries_page,
    delivery_page,
    export_deliveries,
    rejects_answer,
    take_back,
    upload_page,
    upload_progress,
)
from xinyidai.web.deps import CurrentActor, Now, Session, User
from xinyidai.web.guards import SOURCE
from xinyidai.web.render import redirect
from xinyidai.web.requests import FormData, Request, Response
from xinyidai.web.uploads import UPLOAD_LIMIT, Upload


def _audience(user: CurrentUser) -> Audience:
    return Audience("/source/deliveries", "/source/catalogue", True, True, unit=user.source_unit or "")


@get("/source", allow=SOURCE, sync_to_thread=False)
def home() -> Redirect:
    return redirect("/source/deliveries")


@get("/source/deliveries", allow=SOURCE, sync_to_thread=True)
def deliveries(request: Request, session: Session, user: User, now: Now) -> Template:
    return deliveries_page(request, session, _audience(user), now)


@get("/source/deliveries/export", allow=SOURCE, sync_to_thread=True)
def export(request: Request, session: Session) -> Response:
    return export_deliveries(request, session)


@post("/source/deliveries", allow=SOURCE, sync_to_thread=True, request_max_body_size=UPLOAD_LIMIT)
def upload(
    request: Request, data: Upload, session: Session, actor: CurrentActor, user: User, now: Now
) -> Template | Redirect:
    return deliver(request, data, session, actor, _audience(user), now)


@get("/source/deliveries/uploads/{upload_id:uuid}", allow=SOURCE, sync_to_thread=True)
def one_upload(request: Request, session: Session, user: User, upload_id: FromPath[UUID]) -> Template:
    return upload_page(request, session, _audience(user), upload_id)


@get("/source/deliveries/uploads/{upload_id:uuid}/progress", allow=SOURCE, sync_to_thread=True)
def one_upload_progress(request: Request, session: Session, user: User, upload_id: FromPath[UUID]) -> Template:
    return upload_progress(request, session, _audience(user), upload_id)


@get("/source/deliveries/{batch_id:uuid}", allow=SOURCE, sync_to_thread=True)
def delivery(request: Request, session: Session, user: User, batch_id: FromPath[UUID]) -> Template:
    return delivery_page(request, session, _audience(user), batch_id)


@get("/source/deliveries/{batch_id:uuid}/rejects", allow=SOURCE, sync_to_thread=True)
def rejects(session: Session, batch_id: FromPath[UUID]) -> Response:
    return rejects_answer(session, batch_id)


@post("/source/deliveries/{batch_id:uuid}/withdraw", allow=SOURCE, sync_to_thread=True)
def withdraw(
    request: Request,
    data: FormData,
    session: Session,
    actor: CurrentActor,
    user: User,
    now: Now,
    batch_id: FromPath[UUID],
) -> Template | Redirect:
    return take_back(request, data, session, actor, _audience(user), batch_id, now)


@get("/source/catalogue", allow=SOURCE, sync_to_thread=True)
def catalogue(request: Request, user: User) -> Template:
    return catalogue_page(request, _audience(user))


@get("/source/catalogue/{code:str}", allow=SOURCE, sync_to_thread=True)
def dataset(request: Request, session: Session, user: User, now: Now, code: FromPath[str]) -> Template:
    return dataset_page(request, session, _audience(user), code, now)


ROUTES = [
    home,
    deliveries,
    export,
    upload,
    one_upload,
    one_upload_progress,
    delivery,
    rejects,
    withdraw,
    catalogue,
    dataset,
]
