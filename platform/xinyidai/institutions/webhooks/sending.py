"""Sending one event over the network: signed, to a public address, without following anything.

The signature covers the moment, the event's id and the body, so that a copy sent later or a changed body is told from
the real one: ``Xyd-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA-256(key, "<t>.<id>.<body>")>``.
"""

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10.0
SIGNATURE, EVENT_ID = "Xyd-Signature", "Xyd-Event-Id"


class NotSent(Exception):
    """The event did not arrive; the text says why, for the lender's programmers."""


@dataclass(frozen=True, slots=True)
class Event:
    id: str
    body: bytes


def signature(key: str, event: Event, now: datetime) -> str:
    """The value of the signature header for this event sent at this moment."""
    seconds = int(now.timestamp())
    signed = f"{seconds}.{event.id}.".encode() + event.body
    return f"t={seconds},v1={hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()}"


def send(url: str, event: Event, key: str, now: datetime, *, allow_private: bool = False) -> int:
    """Post the event and tell the status. Raises NotSent where nothing was answered, or nothing may be sent.

    ``allow_private`` is for places where lenders sit in the same closed network, and for trials on one machine.
    """
    parts = urlsplit(url)
    address = public_address(parts.hostname or "", parts.port or 443, allow_private=allow_private)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "xinyidai-webhook/1",
        EVENT_ID: event.id,
        SIGNATURE: signature(key, event, now),
    }
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        # Connected to the address that was looked at, not to what the name says a moment later.
        plain = socket.create_connection(address, timeout=TIMEOUT_SECONDS)
        connection.sock = plain
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
        target = parts.path or "/"
        connection.request("POST", f"{target}?{parts.query}" if parts.query else target, event.body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(f"{type(error).__name__}: {error}"[:300]) from error
    finally:
        connection.close()


def public_address(host: str, port: int, *, allow_private: bool) -> tuple[str, int]:
    """The address behind a name. Raises NotSent for a name without one, and for addresses inside our own walls."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent(f"no address for {host}") from error
    ip = str(found[0][4][0])
    if not allow_private and not ipaddress.ip_address(ip).is_global:
        raise NotSent(f"{host} is not a public address")
    return ip, port
