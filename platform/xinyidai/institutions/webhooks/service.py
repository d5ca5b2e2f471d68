"""Endpoints of an institution, and the attempts to reach them."""

import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field, field_validator
from sqlmodel import Session, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor, Role
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.core.secret_key import derived_key
from xinyidai.core.validation import Command
from xinyidai.institutions.webhooks.announce import announce
from xinyidai.institutions.webhooks.jobs import DeliverWebhook
from xinyidai.institutions.webhooks.messages import GIVEN_UP
from xinyidai.institutions.webhooks.models import WebhookDelivery, WebhookEndpoint
from xinyidai.institutions.webhooks.sending import Event, NotSent, send
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_institution
from xinyidai.outbox.jobs import enqueue
from xinyidai.settings import Settings

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
"""Distances between attempts; after the last one the event is given up."""
MOST_ENDPOINTS = 5


class AddEndpoint(Command):
    url: str = Field(max_length=500)

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if not _can_be_called(value):
            raise ValueError(N_("Please enter an address such as https://bank.example/xyd."))
        return value


def _can_be_called(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_port = parts.port != 0  # asking for one above 65535 raises
    except ValueError:
        return False
    is_web = parts.scheme in ("https", "http") and bool(parts.hostname) and is_port
    has_more = bool(parts.username or parts.fragment) or any(one.isspace() or not one.isprintable() for one in url)
    return is_web and not has_more


def add_endpoint(
    session: Session, actor: Actor, command: AddEndpoint, now: datetime, *, allow_private: bool = False
) -> WebhookEndpoint:
    """Only over TLS, unless the platform serves a closed network. A trial event follows at once."""
    institution_id = _managed(actor)
    if not allow_private and not command.url.startswith("https://"):
        raise InvalidInput({"url": N_("Please use an address that begins with https://.")})
    if len(session.exec(select(WebhookEndpoint.id).where(WebhookEndpoint.active)).all()) >= MOST_ENDPOINTS:
        raise InvalidInput({"url": N_("You have five addresses already. Please remove one first.")})
    endpoint = WebhookEndpoint(institution_id=institution_id, url=command.url, created_at=now, created_by=actor.user_id)
    session.add(endpoint)
    session.flush()
    record(session, actor, "webhook.added", "webhook_endpoint", endpoint.id, now)
    announce(session, institution_id, "ping", {}, now)
    return endpoint


def remove_endpoint(session: Session, actor: Actor, endpoint_id: UUID, now: datetime) -> None:
    """Nothing is sent there any more; what was sent stays readable."""
    _managed(actor)
    endpoint = session.get(WebhookEndpoint, endpoint_id)
    if endpoint is None:
        raise NotFound()
    endpoint.active = False
    record(session, actor, "webhook.removed", "webhook_endpoint", endpoint.id, now)
    session.flush()


def send_again(session: Session, actor: Actor, delivery_id: UUID, now: datetime) -> None:
    """A delivery that was given up is tried from the beginning."""
    _managed(actor)
    delivery = session.get(WebhookDelivery, delivery_id)
    if delivery is None:
        raise NotFound()
    if delivery.given_up_at is None:
        raise Conflict(N_("This event is still being tried or has arrived."))
    delivery.given_up_at, delivery.attempts = None, 0
    session.flush()
    enqueue(session, DeliverWebhook(delivery.id), now)


def _managed(actor: Actor) -> UUID:
    if actor.role is not Role.INSTITUTION_MANAGER or actor.institution_id is None:
        raise Forbidden()
    return actor.institution_id


def endpoint_key(settings: Settings, endpoint_id: UUID, key_version: int) -> str:
    """What both sides sign with."""
    return derived_key(settings, f"webhook:{endpoint_id}:{key_version}")


def deliver(session: Session, delivery_id: UUID, now: datetime, settings: Settings) -> None:
    """One attempt: any 2xx is an arrival; everything else is tried again later, and at last given up and said."""
    delivery = session.exec(
        select(WebhookDelivery).where(WebhookDelivery.id == delivery_id).with_for_update()
    ).one_or_none()
    if delivery is None or delivery.delivered_at or delivery.given_up_at:
        return
    endpoint = session.get_one(WebhookEndpoint, delivery.endpoint_id)
    if not endpoint.active:
        delivery.given_up_at = now
        return
    delivery.attempts += 1
    delivery.last_status, delivery.last_error = None, None
    key = endpoint_key(settings, endpoint.id, endpoint.key_version)
    try:
        event = Event(str(delivery.id), _body(delivery))
        delivery.last_status = send(endpoint.url, event, key, now, allow_private=settings.webhook_private)
    except NotSent as error:
        delivery.last_error = str(error)
    if delivery.last_status and 200 <= delivery.last_status < 300:
        delivery.delivered_at = now
    elif delivery.attempts <= len(RETRIES):
        enqueue(session, DeliverWebhook(delivery.id), now, available_at=now + RETRIES[delivery.attempts - 1])
    else:
        delivery.given_up_at = now
        to = to_institution(delivery.institution_id, managers=True)
        notify(session, to, GIVEN_UP, now, link="/institution/webhooks", attempts=delivery.attempts)
    session.flush()


def _body(delivery: WebhookDelivery) -> bytes:
    said = {"id": str(delivery.id), "event": delivery.event, "created_at": delivery.created_at.isoformat()}
    return json.dumps({**said, "data": delivery.body}, ensure_ascii=False, sort_keys=True).encode()
