"""Events to a lender's system: signed, tried again, given up at last, and never sent inside our own walls."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory
from tests.lending_scene import LendingScene
from xinyidai.core.actor import SYSTEM
from xinyidai.core.errors import Forbidden, InvalidInput
from xinyidai.core.validation import parse
from xinyidai.institutions.webhooks.models import WebhookDelivery, WebhookEndpoint
from xinyidai.institutions.webhooks.sending import Event, NotSent, public_address, send
from xinyidai.institutions.webhooks.service import (
    RETRIES,
    AddEndpoint,
    add_endpoint,
    deliver,
    endpoint_key,
    remove_endpoint,
    send_again,
)
from xinyidai.leads.service import accept_lead
from xinyidai.messages.models import Message
from xinyidai.outbox.models import OutboxJob
from xinyidai.settings import Settings

SETTINGS = Settings(secret_key="tests only", webhook_private=True)


class System(HTTPServer):
    """A lender's system on loopback: keeps what it gets and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.got = 200, list[tuple[dict[str, str], bytes]]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/xyd?x=1"


class _Handler(BaseHTTPRequestHandler):
    server: System

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.status == 307:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def system() -> Iterator[System]:
    server = System()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


def add(scene: LendingScene, url: str) -> WebhookEndpoint:
    with scene.sessions.as_(scene.manager) as session:
        endpoint = add_endpoint(session, scene.manager, AddEndpoint(url=url), scene.now, allow_private=True)
        session.commit()
        return endpoint


def deliveries(scene: LendingScene) -> list[WebhookDelivery]:
    with scene.sessions.as_(SYSTEM) as session:
        return list(session.exec(select(WebhookDelivery).order_by(WebhookDelivery.id)))  # type: ignore[arg-type]


def attempt(scene: LendingScene, delivery: WebhookDelivery, now: datetime) -> None:
    with scene.sessions.as_(SYSTEM) as session:
        deliver(session, delivery.id, now, SETTINGS)
        session.commit()


def test_a_step_of_a_lead_arrives_signed_at_its_lender_and_nowhere_else(scene: LendingScene, system: System) -> None:
    endpoint = add(scene, system.url)
    with scene.sessions.as_(scene.officers[1]) as session:
        accept_lead(session, scene.officers[1], scene.leads[1].id, scene.now)
        session.commit()
    assert [one.event for one in deliveries(scene)] == ["ping"]
    with scene.sessions.as_(scene.officers[0]) as session:
        accept_lead(session, scene.officers[0], scene.leads[0].id, scene.now)
        session.commit()
    step = deliveries(scene)[1]
    attempt(scene, step, scene.now)
    headers, body = system.got[0]
    assert json.loads(body)["data"] == {"lead_id": str(scene.leads[0].id), "previous": "sent", "status": "accepted"}
    moment, found = (part.split("=", 1)[1] for part in headers["Xyd-Signature"].split(","))
    key = endpoint_key(SETTINGS, endpoint.id, 1).encode()
    signed = f"{moment}.{headers['Xyd-Event-Id']}.".encode() + body
    assert hmac.compare_digest(found, hmac.new(key, signed, hashlib.sha256).hexdigest())
    assert int(moment) == int(scene.now.timestamp())
    assert deliveries(scene)[1].delivered_at == scene.now


def test_what_is_not_taken_is_tried_again_with_growing_distance_then_given_up_and_said(
    scene: LendingScene, system: System
) -> None:
    system.status = 500
    add(scene, system.url)
    now = scene.now
    for distance in (*RETRIES, timedelta(0)):
        attempt(scene, deliveries(scene)[0], now)
        now += distance
    found = deliveries(scene)[0]
    assert (found.attempts, found.last_status, found.given_up_at is not None) == (len(RETRIES) + 1, 500, True)
    with scene.sessions.as_(SYSTEM) as session:
        waits = [job.available_at - scene.now for job in session.exec(select(OutboxJob).where(
            OutboxJob.name == "webhooks.deliver"))]  # fmt: skip
        assert len(waits) == len(RETRIES) + 1
        assert [one.kind for one in session.exec(select(Message))].count("webhooks.given_up") == 1
    attempt(scene, found, now)
    assert len(system.got) == len(RETRIES) + 1
    system.status = 204
    with scene.sessions.as_(scene.manager) as session:
        send_again(session, scene.manager, found.id, now)
        session.commit()
    attempt(scene, found, now)
    assert deliveries(scene)[0].delivered_at == now


def test_an_event_that_arrived_is_not_sent_twice(scene: LendingScene, system: System) -> None:
    add(scene, system.url)
    for _again in range(2):
        attempt(scene, deliveries(scene)[0], scene.now)
    assert len(system.got) == 1


def test_nothing_is_sent_to_an_address_that_was_removed(scene: LendingScene, system: System) -> None:
    endpoint = add(scene, system.url)
    with scene.sessions.as_(scene.manager) as session:
        remove_endpoint(session, scene.manager, endpoint.id, scene.now)
        session.commit()
    attempt(scene, deliveries(scene)[0], scene.now)
    assert system.got == []


INSIDE = ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "::1", "192.168.1.1"]
DISGUISED = ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "224.0.0.1", "ff0e::1"]
"""Loopback as other notations spell it, and addresses that are no single machine."""


@pytest.mark.parametrize("host", [*INSIDE, *DISGUISED])
def test_addresses_inside_our_own_walls_are_not_called(host: str) -> None:
    with pytest.raises(NotSent):
        public_address(host, 443, allow_private=False)


HOSTILE = [
    "ftp://x.cn/",
    "bank",
    "https://",
    "https://user@bank.cn/",
    "http://bank.cn/",
    "https://bank.cn:99999/",
    "https://bank.cn:0/",
    "https://[::1",
    "https://bank.cn/a b",
    "https://bank.cn/\r\nX-Header: 1",
    "https://bank.cn/\0",
    "https://bank.cn/#part",
    "javascript:alert(1)",
]


@pytest.mark.parametrize(
    "url", ["ftp://x.cn/", "bank", "https://", "https://user@bank.cn/", "http://bank.cn/", *HOSTILE]
)
def test_an_address_that_cannot_be_meant_or_is_not_safe_is_refused(scene: LendingScene, url: str) -> None:
    with scene.sessions.as_(scene.manager) as session, pytest.raises(InvalidInput) as refused:
        add_endpoint(session, scene.manager, parse(AddEndpoint, {"url": url}), scene.now)
    assert set(refused.value.fields) == {"url"}
    assert not refused.value.fields["url"].startswith("Invalid")


def test_only_managers_name_addresses(scene: LendingScene) -> None:
    with scene.sessions.as_(scene.officers[0]) as session, pytest.raises(Forbidden):
        add_endpoint(session, scene.officers[0], AddEndpoint(url="https://bank.example/"), scene.now)


def test_an_answer_that_drips_holds_no_worker_longer_than_the_limit(now: datetime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as dripping:

        def drip() -> None:
            taken, _address = dripping.accept()
            with taken, suppress(OSError):
                for letter in b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 1_000:
                    taken.sendall(bytes([letter]))
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        url, begun = f"http://127.0.0.1:{dripping.getsockname()[1]}/", time.monotonic()
        with pytest.raises(NotSent):
            send(url, Event("1", b"{}"), "key", now, allow_private=True, within=0.5)
        assert time.monotonic() - begun < 5


def test_an_address_in_chinese_is_called_and_a_redirect_is_not_followed(scene: LendingScene, system: System) -> None:
    system.status = 307
    add(scene, system.url.replace("/xyd?x=1", "/接收?行=鲁"))
    attempt(scene, deliveries(scene)[0], scene.now)
    found = deliveries(scene)[0]
    assert (found.attempts, found.last_status, found.delivered_at, len(system.got)) == (1, 307, None, 1)
