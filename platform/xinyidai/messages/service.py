"""Say something to somebody, in the transaction of what it is about."""

from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session

from xinyidai.messages.models import Message
from xinyidai.messages.types import MessageKind, Recipient


def notify(
    session: Session, to: Recipient, kind: MessageKind, now: datetime, *, link: str = "", **values: object
) -> None:
    """Write one message to ``to``. ``link`` is a local address that the message leads to; a
    fragment in it tells two messages apart that lead to one page, so that neither stands for the other.

    ``values`` fill the kind's placeholders and must be plain JSON: text, whole numbers, ISO dates, amounts as text.
    Raises ValueError where the kind is not declared for such a recipient, who then could not refuse it either.
    """
    if to.audience is not None and not to.audience & kind.audience:
        raise ValueError(f"messages of the kind {kind.code} are for {kind.audience}, not for {to.audience}")
    session.execute(
        insert(Message).values(
            created_at=now,
            kind=kind.code,
            values=values,
            link=link,
            enterprise_id=to.enterprise_id,
            institution_id=to.institution_id,
            user_id=to.user_id,
            managers_only=to.managers,
            for_office=to.office,
            region_code=to.region,
            source_unit=to.source_unit,
        )
    )
