"""The rule of a public risk compensation pool, entered by the office as dated data with its source."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor, Role
from xinyidai.core.errors import Forbidden, InvalidInput
from xinyidai.core.i18n import N_
from xinyidai.lending.commands import SetPoolRule
from xinyidai.lending.models import RiskPool

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


def set_pool_rule(session: Session, actor: Actor, command: SetPoolRule, now: datetime) -> RiskPool:
    """A new pool, or a new rule of one: the rule that held before ends the day before, and stays readable."""
    if actor.role not in (Role.OFFICE_STAFF, Role.ADMINISTRATOR):
        raise Forbidden()
    # Two rules of a pool that is not there yet: the second waits here, and then finds the first.
    session.execute(_LOCK, {"name": f"risk_pools {command.name}"})
    known = select(RiskPool).where(RiskPool.name == command.name).order_by(col(RiskPool.valid_from).desc())
    before = session.exec(known.with_for_update()).first()
    if before is not None and before.valid_from >= command.valid_from:
        raise InvalidInput({"valid_from": N_("A rule of this pool from this day or later exists already.")})
    if before is not None:
        before.valid_until = command.valid_from - timedelta(days=1)
    pool = RiskPool(
        name=command.name,
        capital=command.capital,
        ratio_cap=command.ratio_cap,
        valid_from=command.valid_from,
        source=command.source,
        created_at=now,
        created_by=actor.user_id,
    )
    session.add(pool)
    session.flush()
    record(session, actor, "risk_pool.rule_set", "risk_pool", pool.id, now, ratio_cap=str(pool.ratio_cap))
    return pool
