"""Where a lender's system is told of events."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from xinyidai.core.db import ActorSession
from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import _
from xinyidai.core.validation import parse
from xinyidai.institutions.webhooks.queries import DeliveryRow, EndpointRow, endpoints, latest_deliveries
from xinyidai.institutions.webhooks.service import AddEndpoint, add_endpoint, remove_endpoint, send_again
from xinyidai.settings import Settings
from xinyidai.web.deps import AppSettings, CurrentActor, Now, Session
from xinyidai.web.forms import FormState, refused, texts
from xinyidai.web.guards import MANAGER
from xinyidai.web.render import redirect, render
from xinyidai.web.requests import FormData, Request

HERE = "/institution/webhooks"


@dataclass(frozen=True, slots=True)
class WebhooksPage:
    title: str
    endpoints: list[EndpointRow]
    deliveries: list[DeliveryRow]
    form: FormState


def _page(request: Request, session: ActorSession, settings: Settings, form: FormState) -> Template:
    page = WebhooksPage(_("Events to your system"), endpoints(session, settings), latest_deliveries(session), form)
    return render(request, "institution/webhooks.html", page, status=422 if form.errors else 200)


@get(HERE, allow=MANAGER, sync_to_thread=True)
def webhooks(request: Request, session: Session, settings: AppSettings) -> Template:
    return _page(request, session, settings, FormState())


@post(HERE, allow=MANAGER, sync_to_thread=True)
def add(
    request: Request, data: FormData, session: Session, actor: CurrentActor, settings: AppSettings, now: Now
) -> Template | Redirect:
    values = texts(data)
    try:
        add_endpoint(session, actor, parse(AddEndpoint, values), now, allow_private=settings.webhook_private)
    except InvalidInput as error:
        return _page(request, session, settings, refused(values, error.fields))
    return redirect(HERE, flash=_("Added. A trial event “ping” is on its way."))


@post(HERE + "/{endpoint_id:uuid}/remove", allow=MANAGER, sync_to_thread=True)
def remove(session: Session, actor: CurrentActor, now: Now, endpoint_id: FromPath[UUID]) -> Redirect:
    remove_endpoint(session, actor, endpoint_id, now)
    return redirect(HERE, flash=_("Removed. Nothing is sent there any more."))


@post(HERE + "/deliveries/{delivery_id:uuid}/again", allow=MANAGER, sync_to_thread=True)
def again(session: Session, actor: CurrentActor, now: Now, delivery_id: FromPath[UUID]) -> Redirect:
    send_again(session, actor, delivery_id, now)
    return redirect(HERE, flash=_("The event is sent again."))


ROUTES = [webhooks, add, remove, again]
