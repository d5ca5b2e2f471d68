"""Deliveries of all departments, and the catalogue, as the office sees them."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.actor import Actor
from xinyidai.credit.intake.access import KEEPERS
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
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.guards import ADMINISTRATOR, OFFICE
from xinyidai.web.requests import FormData, Request, Response
from xinyidai.web.uploads import UPLOAD_LIMIT, Upload


def _audience(actor: Actor) -> Audience:
    keeps = actor.role in KEEPERS
    return Audience("/office/deliveries", "/office/catalogue", may_deliver=keeps, may_withdraw=keeps)


@get("/office/deliveries", allow=OFFICE, sync_to_thread=True)
def deliveries(request: Request, session: Session, actor: CurrentActor, now: Now) -> Template:
    return deliveries_page(request, session, _audience(actor), now)


@get("/office/deliveries/export", allow=OFFICE, sync_to_thread=True)
def export(request: Request, session: Session) -> Response:
    return export_deliveries(request, session)


@post("/office/deliveries", allow=ADMINISTRATOR, sync_to_thread=True, request_max_body_size=UPLOAD_LIMIT)
def upload(request: Request, data: Upload, session: Session, actor: CurrentActor, now: Now) -> Template | Redirect:
    return deliver(request, data, session, actor, _audience(actor), now)


@get("/office/deliveries/uploads/{upload_id:uuid}", allow=OFFICE, sync_to_thread=True)
def one_upload(request: Request, session: Session, actor: CurrentActor, upload_id: FromPath[UUID]) -> Template:
    return upload_page(request, session, _audience(actor), upload_id)


@get("/office/deliveries/uploads/{upload_id:uuid}/progress", allow=OFFICE, sync_to_thread=True)
def one_upload_progress(request: Request, session: Session, actor: CurrentActor, upload_id: FromPath[UUID]) -> Template:
    return upload_progress(request, session, _audience(actor), upload_id)


@get("/office/deliveries/{batch_id:uuid}", allow=OFFICE, sync_to_thread=True)
def delivery(request: Request, session: Session, actor: CurrentActor, batch_id: FromPath[UUID]) -> Template:
    return delivery_page(request, session, _audience(actor), batch_id)


@get("/office/deliveries/{batch_id:uuid}/rejects", allow=OFFICE, sync_to_thread=True)
def rejects(session: Session, batch_id: FromPath[UUID]) -> Response:
    return rejects_answer(session, batch_id)


@post("/office/deliveries/{batch_id:uuid}/withdraw", allow=ADMINISTRATOR, sync_to_thread=True)
def withdraw(
    request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now, batch_id: FromPath[UUID]
) -> Template | Redirect:
    return take_back(request, data, session, actor, _audience(actor), batch_id, now)


@get("/office/catalogue", allow=OFFICE, sync_to_thread=True)
def catalogue(request: Request, actor: CurrentActor) -> Template:
    return catalogue_page(request, _audience(actor))


@get("/office/catalogue/{code:str}", allow=OFFICE, sync_to_thread=True)
def dataset(request: Request, session: Session, actor: CurrentActor, now: Now, code: FromPath[str]) -> Template:
    return dataset_page(request, session, _audience(actor), code, now)


ROUTES = [deliveries, export, upload, one_upload, one_upload_progress, delivery, rejects, withdraw, catalogue, dataset]
