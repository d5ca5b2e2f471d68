"""From a draft to a posted need. Withdrawing and expiring touch the leads and live in ``leads/need_closing.py``."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor, Role
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.enterprises.models import Enterprise
from xinyidai.enterprises.types import RegistrationStatus
from xinyidai.needs.commands import CHECK_STEP, DraftStep, PostDraft, PostNeed
from xinyidai.needs.completeness import missing_fields
from xinyidai.needs.jobs import RankNeed
from xinyidai.needs.models import Need
from xinyidai.needs.status import change_status
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus
from xinyidai.outbox.jobs import enqueue

SIMILAR_LOW, SIMILAR_HIGH = Decimal("0.8"), Decimal("1.25")
"""Amounts within these shares of each other count as the same wish asked twice."""
_STILL_LOOKING = [NeedStatus.PUBLISHED.value, NeedStatus.IN_CONTACT.value, NeedStatus.CREDITED.value]


def start_draft(session: Session, actor: Actor, now: datetime) -> Need:
    """The enterprise's draft: the one it has (a second start continues it), else a new one."""
    enterprise_id = _own_enterprise(actor)
    session.execute(
        insert(Need)
        .values(
            enterprise_id=enterprise_id,
            status=NeedStatus.DRAFT.value,
            draft_step=1,
            created_by=actor.user_id,
            created_at=now,
            updated_at=now,
            purpose_note="",
            guarantees=[],
        )
        .on_conflict_do_nothing(
            # As text: with a parameter there, a prepared statement's general plan does not find the partial index.
            index_elements=["enterprise_id"],
            index_where=text("status = 'draft'"),
        )
    )
    return session.exec(
        select(Need)
        .where(Need.enterprise_id == enterprise_id, Need.status == NeedStatus.DRAFT.value)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def save_step(
    session: Session, actor: Actor, need_id: UUID, step: DraftStep, now: datetime, *, complete: bool = True
) -> Need:
    """Keep one step of the draft. With ``complete``, what the step still lacks is refused at its fields.

    Raises Conflict where the draft was posted meanwhile, NotFound where it was discarded or is not theirs.
    """
    need = _own_draft(session, actor, need_id)
    for column, value in step.changes().items():
        setattr(need, column, value)
    if complete:
        if missing := missing_fields(need).get(step.number):
            raise InvalidInput(missing)
        need.draft_step = max(need.draft_step, min(step.number + 1, CHECK_STEP))
    need.updated_at = now
    session.flush()
    return need


def discard_draft(session: Session, actor: Actor, need_id: UUID, now: datetime) -> None:
    need = _own_draft(session, actor, need_id)
    record(session, actor, "need.draft_discarded", "need", need.id, now)
    session.delete(need)
    session.flush()


def post_need(session: Session, actor: Actor, need_id: UUID, command: PostDraft, now: datetime) -> Need:
    """Publish the draft and have it ranked, in one transaction.

    Everything is checked again. A similar open need is refused at ``post_anyway`` until that is ticked; a draft that
    changed after it was shown, at no field.
    """
    need = _own_draft(session, actor, need_id)
    missing = missing_fields(need)
    if missing:
        raise InvalidInput({field: message for fields in missing.values() for field, message in fields.items()})
    if command.seen and command.seen != need.updated_at.isoformat():
        raise InvalidInput({"": N_("The draft was changed in another window. Please check it once more.")})
    need.open_to_claims = command.open_to_claims
    return _publish(session, actor, need, now, allow_similar=command.post_anyway)


def post_whole_need(session: Session, actor: Actor, command: PostNeed, now: datetime) -> Need:
    """The same in one go, without a draft; a draft of the enterprise stays as it is."""
    fields = command.model_dump(exclude={"truth_stated", "allow_similar", "guarantees"})
    if not command.has_existing_loans:
        fields["existing_loan_balance"] = None
    need = Need(
        **{name: getattr(value, "value", value) for name, value in fields.items()},
        id=session.execute(text("select uuidv7()")).scalar_one(),
        enterprise_id=_own_enterprise(actor),
        guarantees=list(dict.fromkeys(mode.value for mode in command.guarantees)),
        draft_step=CHECK_STEP,
        created_by=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    if missing := missing_fields(need):
        raise InvalidInput({field: message for fields in missing.values() for field, message in fields.items()})
    return _publish(session, actor, need, now, allow_similar=command.allow_similar)


def open_to_claims(session: Session, actor: Actor, need_id: UUID, now: datetime, *, agreed: bool) -> Need:
    """Give or take back the agreement that lenders take the need up by themselves. What they have, they keep."""
    need = session.exec(
        select(Need)
        .where(Need.id == need_id, Need.enterprise_id == _own_enterprise(actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if need is None:
        raise NotFound()
    if NeedStatus(need.status) not in OPEN_STATUSES:
        raise Conflict(N_("This need is closed, so nothing can be changed."))
    if need.open_to_claims is not agreed:
        need.open_to_claims, need.updated_at = agreed, now
        record(session, actor, "need.open_to_claims", "need", need.id, now, agreed=agreed)
        session.flush()
    return need


def similar_open_need(session: Session, need: Need) -> Need | None:
    """The newest open need of the same enterprise with the same purpose and an amount not far from this one."""
    if need.amount is None or need.purpose is None:
        return None
    return session.exec(
        select(Need)
        .where(
            Need.enterprise_id == need.enterprise_id,
            Need.id != need.id,
            col(Need.status).in_(_STILL_LOOKING),
            Need.purpose == need.purpose,
            col(Need.amount).between(need.amount * SIMILAR_LOW, need.amount * SIMILAR_HIGH),
        )
        .order_by(col(Need.posted_at).desc(), col(Need.id).desc())
        .limit(1)
    ).first()


def _publish(session: Session, actor: Actor, need: Need, now: datetime, *, allow_similar: bool) -> Need:
    enterprise = session.get_one(Enterprise, need.enterprise_id)
    if enterprise.registration_status and RegistrationStatus(enterprise.registration_status).is_veto:
        raise InvalidInput(
            {"": N_("The registry says that this business is closed or closing, so no need can be posted for it.")}
        )
    if not allow_similar and similar_open_need(session, need):
        raise InvalidInput({"post_anyway": N_("A similar need of yours is open. Tick here to post this one as well.")})
    count = session.execute(text("select nextval('need_numbers')")).scalar_one()
    need.number = f"XQ{business_date(now):%Y%m%d}-{count:06}"
    need.region_code = enterprise.region_code
    need.truth_stated_at = now
    session.add(need)
    change_status(session, actor, need, NeedStatus.PUBLISHED, now, number=need.number)
    enqueue(session, RankNeed(need.id), now)
    return need


def _own_enterprise(actor: Actor) -> UUID:
    if actor.role is not Role.ENTERPRISE_MEMBER or actor.enterprise_id is None:
        raise Forbidden()
    return actor.enterprise_id


def _own_draft(session: Session, actor: Actor, need_id: UUID) -> Need:
    """The draft, locked. Raises NotFound for what is not there or not theirs, Conflict for a need already posted."""
    need = session.exec(
        select(Need)
        .where(Need.id == need_id, Need.enterprise_id == _own_enterprise(actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if need is None:
        raise NotFound()
    if need.status != NeedStatus.DRAFT:
        raise Conflict(N_("This need was posted already; it is no longer a draft."))
    return need
