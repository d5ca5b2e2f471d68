"""Telling those above that the facts of enterprises changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from xinyidai.credit.scoring.causes import Cause
from xinyidai.enterprises.jobs import FactsChanged, ManyFactsChanged
from xinyidai.outbox.jobs import enqueue, enqueue_many

MANY = 2_000


def facts_changed(session: Session, enterprise_ids: Sequence[UUID], cause: Cause, now: datetime) -> None:
    """Enqueue one ``FactsChanged`` for each enterprise; beyond ``MANY`` one ``ManyFactsChanged`` for all of them.

    Of a night that changed many, nothing is said: every need is ranked anew in the night anyway.
    """
    if len(enterprise_ids) <= MANY:
        enqueue_many(session, [FactsChanged(one) for one in enterprise_ids], now)
    elif cause is not Cause.NIGHTLY:
        enqueue(session, ManyFactsChanged(), now)
