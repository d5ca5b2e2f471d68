"""A gentle limit on what can be asked without an account: so many questions of one address in a window of time.

Counted in the database, so that any number of web processes count together. The address is kept as a hash, and for a
day at most.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, text
from sqlmodel import col

from xinyidai.accounts.models import RequestCount
from xinyidai.core.acting import as_platform
from xinyidai.core.clock import BUSINESS_ZONE
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import TooMany
from xinyidai.core.i18n import N_

KEPT = timedelta(days=1)
_COUNT = text("""
    insert into request_counts as r (purpose, asker, begun_at, asked) values (:purpose, :asker, :now, 1)
    on conflict (purpose, asker) do update set
        asked = case when r.begun_at <= :over then 1 else r.asked + 1 end,
        begun_at = case when r.begun_at <= :over then :now else r.begun_at end
    returning asked, begun_at
""")


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` questions within ``window`` from the first one on."""

    purpose: str
    most: int
    window: timedelta


def count_question(session: ActorSession, limit: Limit, address: str | None, now: datetime) -> None:
    """Count one question of this address. Raises TooMany, which says when to ask again; that one is not counted."""
    values = {"purpose": limit.purpose, "asker": _asker(address), "now": now, "over": now - limit.window}
    with as_platform(session):
        row = session.connection().execute(_COUNT, values).one()
    if row.asked > limit.most:
        again = (row.begun_at + limit.window).astimezone(BUSINESS_ZONE) + timedelta(minutes=1)
        raise TooMany(
            N_("There were many questions from your address. Please ask again after %(time)s."), time=f"{again:%H:%M}"
        )


def _asker(address: str | None) -> bytes:
    """One household has one address of the old kind, or a whole network (/64) of the new."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return hashlib.sha256(b"unknown").digest()
    name = str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)
    return hashlib.sha256(name.encode()).digest()


def forget_old_counts(session: ActorSession, now: datetime) -> int:
    """Scheduled: counts older than a day; tells how many."""
    old = delete(RequestCount).where(col(RequestCount.begun_at) < now - KEPT)
    return len(session.execute(old.returning(col(RequestCount.purpose))).all())
