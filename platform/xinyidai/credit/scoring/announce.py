"""Telling those above that the facts of enterprises changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from xinyidai.credit.scoring.causes import Cause
from xinyidai.enterprises.jobs import FactsChanged
from xinyidai.outbox.jobs import enqueue_many

MANY = 2_000


def facts_changed(session: Session, enterprise_ids: Sequence[UUID], cause: Cause, now: datetime) -> None:
    """Enqueue ``FactsChanged`` for each enterprise.

    Of a night that changed many, nothing is said one by one: every need is ranked anew in the night anyway.
    """
    if cause is Cause.NIGHTLY and len(enterprise_ids) > MANY:
        return
    enqueue_many(session, [FactsChanged(one) for one in enterprise_ids], now)
