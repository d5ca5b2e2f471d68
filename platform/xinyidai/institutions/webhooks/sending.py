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
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

TIMEOUT_SECONDS = 10.0
_AS_WRITTEN = "/?:@!$&'()*+,;=~%-._"
"""What stays as it is in an address; the rest, such as Chinese, is written in percent."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
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


def send(
    url: str,
    event: Event,
    key: str,
    now: datetime,
    *,
    allow_private: bool = False,
    within: float = TIMEOUT_SECONDS,
) -> int:
    """Post the event and tell the status. Raises NotSent where nothing was answered, or nothing may be sent.

    ``allow_private`` is for places where lenders sit in the same closed network, and for trials on one machine. The
    whole exchange takes at most ``within`` seconds, however slowly the other side lets its answer drip.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = public_address(parts.hostname or "", port, allow_private=allow_private)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "xinyidai-webhook/1",
        EVENT_ID: event.id,
        SIGNATURE: signature(key, event, now),
    }
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=within)
    alarm = threading.Timer(within, _hang_up, [connection])
    alarm.start()
    try:
        # Connected to the address that was looked at, not to what the name says a moment later.
        connection.sock = socket.create_connection(address, timeout=within)
        if parts.scheme == "https":
            connection.sock = _with_tls(connection.sock, parts.hostname)
            connection.sock.do_handshake()
        target = quote(parts.path or "/", safe=_AS_WRITTEN)
        query = f"?{quote(parts.query, safe=_AS_WRITTEN)}" if parts.query else ""
        connection.request("POST", target + query, event.body, headers)
        return connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotSent(f"{type(error).__name__}: {error}"[:300]) from error
    finally:
        alarm.cancel()
        connection.close()


def _with_tls(plain: socket.socket, host: str | None) -> ssl.SSLSocket:
    """Before its handshake, so that the alarm already has the socket in its hands."""
    context = ssl.create_default_context()
    return context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def public_address(host: str, port: int, *, allow_private: bool) -> tuple[str, int]:
    """The address behind a name. Raises NotSent for a name without one, and for addresses inside our own walls."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent(f"no address for {host}") from error
    ip = str(found[0][4][0])
    if not allow_private and not is_public(ip):
        raise NotSent(f"{host} is not a public address")
    return ip, port


def is_public(ip: str) -> bool:
    """Whether it is one machine somewhere in the internet; an IPv4 address in the clothes of IPv6 is what it is."""
    address = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(address.packed[-4:])
        address = inner or address
    return address.is_global and not address.is_multicast
