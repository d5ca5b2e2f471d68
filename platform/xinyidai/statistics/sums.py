"""Keeping the sums of payouts small. A trigger writes them; see ``PayoutSum``."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

FOLD_BATCH = 2_000


def fold_payout_sums(session: Session, _now: datetime) -> int:
    """Scheduled: cells of the sums that stand in several rows become one row each; tells how many cells."""
    return int(session.execute(text("select xyd_compact_payout_sums(:cells)"), {"cells": FOLD_BATCH}).scalar_one())
