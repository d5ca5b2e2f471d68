"""A need is settled when all that was lent for it is repaid and nothing more can be drawn."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.actor import Actor
from xinyidai.leads.status import refresh_need_status
from xinyidai.lending.messages import NEED_SETTLED
from xinyidai.messages.service import notify
from xinyidai.messages.types import to_enterprise
from xinyidai.needs.models import Need
from xinyidai.needs.status import change_status
from xinyidai.needs.types import NeedStatus

_IS_REPAID = text("select xyd_need_is_repaid(:need)")


def settle_if_repaid(session: Session, actor: Actor, need: Need, now: datetime) -> None:
    """Close the locked need as settled, or open it again where a reversal leaves something owed.

    Asked of the database, over the lines of all lenders: an institution does not see the others'.
    """
    session.flush()
    repaid = bool(session.execute(_IS_REPAID, {"need": need.id}).scalar_one())
    if repaid and need.status == NeedStatus.DISBURSED.value:
        change_status(session, actor, need, NeedStatus.SETTLED, now)
        link = f"/enterprise/needs/{need.id}"
        notify(session, to_enterprise(need.enterprise_id), NEED_SETTLED, now, link=link, need=need.number or "")
    elif not repaid and need.status == NeedStatus.SETTLED.value:
        change_status(session, actor, need, NeedStatus.DISBURSED, now)
        refresh_need_status(session, actor, need, now)
    session.flush()
