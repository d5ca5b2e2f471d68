"""A draft as its form shows it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlmodel import Session, col, select

from xinyidai.core.money import wan_from_yuan
from xinyidai.needs.completeness import missing_fields
from xinyidai.needs.models import Need
from xinyidai.needs.service import similar_open_need
from xinyidai.needs.types import NeedStatus


@dataclass(frozen=True, slots=True)
class SimilarNeed:
    id: UUID
    number: str
    amount: Decimal
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """``values`` are those of the form's fields, money in 万元; ``missing`` is step → field → what to do."""

    id: UUID
    enterprise_id: UUID
    step: int
    values: dict[str, object]
    missing: dict[int, dict[str, str]]
    seen: str
    similar: SimilarNeed | None


def draft_id_of(session: Session, enterprise_id: UUID) -> UUID | None:
    return session.exec(
        select(Need.id).where(Need.enterprise_id == enterprise_id, Need.status == NeedStatus.DRAFT.value)
    ).one_or_none()


def find_draft(session: Session, need_id: UUID) -> Draft | None:
    """The draft, or None for what was posted, discarded, or is not theirs."""
    need = session.exec(select(Need).where(Need.id == need_id, col(Need.status) == "draft")).one_or_none()
    if need is None:
        return None
    similar = similar_open_need(session, need)
    return Draft(
        id=need.id,
        enterprise_id=need.enterprise_id,
        step=need.draft_step,
        values=_values(need),
        missing=missing_fields(need),
        seen=need.updated_at.isoformat(),
        similar=_similar(similar) if similar else None,
    )


def is_posted(session: Session, need_id: UUID) -> bool:
    """Whether the need is there, theirs, and no draft any more."""
    status = session.exec(select(Need.status).where(Need.id == need_id)).one_or_none()
    return status not in (None, NeedStatus.DRAFT.value)


def _values(need: Need) -> dict[str, object]:
    return {
        "amount_wan": _wan(need.amount),
        "term_months": need.term_months,
        "purpose": need.purpose,
        "purpose_note": need.purpose_note,
        "guarantees": list(need.guarantees),
        "max_rate": None if need.max_rate is None else f"{need.max_rate.normalize():f}",
        "has_existing_loans": need.has_existing_loans,
        "existing_loan_wan": _wan(need.existing_loan_balance),
        "applicant_role": need.applicant_role,
        "contact_name": need.contact_name,
        "contact_phone": need.contact_phone,
    }


def _wan(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{wan_from_yuan(amount):f}"


def _similar(need: Need) -> SimilarNeed:
    if need.number is None or need.amount is None or need.posted_at is None:
        raise ValueError(f"need {need.id} is open without number, amount or time")
    return SimilarNeed(need.id, need.number, need.amount, need.posted_at)
