"""Reads of accounts and sessions."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.accounts.service import token_hash
from xinyidai.accounts.types import CurrentUser
from xinyidai.core.actor import Role

TOUCH_EVERY = timedelta(minutes=5)

# The organisation's name is joined by hand: enterprises and institutions lie above this package. Their policies
# do not know the gate, so the two names come through a function of the database's owner.
_FIND = text("""
    select s.id as session_id, s.last_seen_at, u.id, u.username, u.display_name, u.role, u.enterprise_id,
           u.institution_id, u.source_unit, u.region,
           coalesce(xyd_organisation_name(u.enterprise_id, u.institution_id), u.source_unit, '') as organisation_name
      from login_sessions s join users u on u.id = s.user_id
     where s.token_hash = :hash and s.expires_at > :now and u.active
""")
_TOUCH = text("update login_sessions set last_seen_at = :now, expires_at = :until where id = :id")


def find_current_user(session: Session, token: str, now: datetime, *, hours: int) -> CurrentUser | None:
    """Who owns this cookie. A session lives ``hours`` from its last use."""
    row = session.execute(_FIND, {"hash": token_hash(token), "now": now}).one_or_none()
    if row is None:
        return None
    if now - row.last_seen_at > TOUCH_EVERY:
        session.execute(_TOUCH, {"id": row.session_id, "now": now, "until": now + timedelta(hours=hours)})
    return CurrentUser(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        role=Role(row.role),
        organisation_name=row.organisation_name,
        enterprise_id=row.enterprise_id,
        institution_id=row.institution_id,
        source_unit=row.source_unit,
        region=row.region,
    )
