"""Telling those above that the facts of enterprises changed. The one place to switch it on."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session


def facts_changed(session: Session, enterprise_ids: Sequence[UUID], now: datetime) -> None:
    """Enqueue ``FactsChanged`` for each enterprise, once ``enterprises/jobs.py`` has it."""
