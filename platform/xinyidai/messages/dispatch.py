"""Messages that leave the platform: who gets which by mail or text message, and the sending.

Both steps are level-triggered: they ask for what waits. Mails wait for a minute, so that a click that is corrected
at once sends one mail and not two; text messages are sent for duties only, because each costs money.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlmodel import Session

from xinyidai.core.calendar_table import working_day_overrides
from xinyidai.core.clock import BUSINESS_ZONE, business_date
from xinyidai.core.i18n import N_, _, use_locale
from xinyidai.core.logs import logger
from xinyidai.core.working_days import WorkCalendar
from xinyidai.integrations.mail import MailSender
from xinyidai.integrations.sms import SmsSender
from xinyidai.messages.types import KINDS
from xinyidai.messages.words import said

DEBOUNCE = timedelta(minutes=1)
BATCH = 200
SENT_AT_ONCE = 50
MAX_FAILURES = 5
RETRY_AFTER = timedelta(minutes=5)
DIGEST_HOUR = 8
DIGEST_LINES = 20
DIGEST_DAYS = 7

_ADDRESSED = """
    (u.enterprise_id = m.enterprise_id
     or (u.institution_id = m.institution_id and (m.user_id is null or u.id = m.user_id)
         and (not m.managers_only or u.role = 'institution_manager'))
     or (m.institution_id is null and u.id = m.user_id)
     or (m.for_office and u.role in ('office_staff', 'administrator') and m.region_code like u.region || '%')
     or (u.role = 'source_clerk' and u.source_unit = m.source_unit))
"""

_ABOUT_THE_SAME = """
    n.link = m.link and n.enterprise_id is not distinct from m.enterprise_id
    and n.institution_id is not distinct from m.institution_id and n.user_id is not distinct from m.user_id
    and n.source_unit is not distinct from m.source_unit and n.for_office = m.for_office
    and not exists (select 1 from jsonb_array_elements_text(cast(:names as jsonb) -> m.kind) named (name)
                     where m."values" ->> named.name is distinct from n."values" ->> named.name)
"""
"""Two lenders' answers lead to the same page of the need: what the title names tells them apart."""

_DECIDE = text(f"""
    with waiting as (
        select m.* from messages m where m.dispatched_at is null and m.created_at <= :before
         order by m.created_at, m.id limit :batch for update skip locked),
    last as (
        select m.* from waiting m
         where not exists (
            select 1 from messages n
             where n.created_at > m.created_at and n.created_at <= m.created_at + :debounce
               and (n.kind = m.kind or cast(:undoes as jsonb) ->> n.kind = m.kind) and {_ABOUT_THE_SAME})
           and not exists (
            select 1 from messages n
             where n.created_at < m.created_at and n.created_at >= m.created_at - :debounce
               and cast(:undoes as jsonb) ->> m.kind = n.kind and {_ABOUT_THE_SAME}
               and not exists (select 1 from message_deliveries d where d.message_id = n.id))),
    told as (
        insert into message_deliveries (message_id, user_id, channel, next_try_at, failures)
        select m.id, u.id, c.channel, :now, 0
          from last m join users u on u.active and {_ADDRESSED}
          cross join (values ('mail'), ('sms')) c (channel)
         where (c.channel = 'mail' and u.email is not null and (not u.digest or m.kind = any(:duties))
                or c.channel = 'sms' and u.phone is not null and m.kind = any(:duties))
           and (m.kind = any(:duties) or not exists (
                select 1 from message_opt_outs o where o.user_id = u.id and o.kind = m.kind and o.channel = c.channel))
           and not exists (select 1 from message_reads r where r.message_id = m.id and r.user_id = u.id)
        on conflict do nothing)
    update messages set dispatched_at = :now where id in (select id from waiting)
""")  # noqa: S608 - put together from a constant of this file

_DUE = text("""
    select d.message_id, d.user_id, d.channel, u.email, u.phone, u.locale, m.kind, m."values", m.link
      from message_deliveries d join users u on u.id = d.user_id join messages m on m.id = d.message_id
     where d.sent_at is null and d.failures < :most and d.next_try_at <= :now
     order by d.next_try_at, d.message_id, d.user_id, d.channel limit :batch for update of d skip locked
""")
_SENT = text("""
    update message_deliveries set sent_at = :now
     where message_id = :message_id and user_id = :user_id and channel = :channel
""")
_FAILED = text("""
    update message_deliveries set failures = failures + 1, last_error = :error, next_try_at = :again
     where message_id = :message_id and user_id = :user_id and channel = :channel
""")

_DIGEST_USERS = text("""
    select u.id, u.email, u.locale from users u
     where u.active and u.digest and u.email is not null and coalesce(u.digest_sent_on, '-infinity') < :today
     order by u.id limit :batch for update skip locked
""")
_DIGEST_MESSAGES = text(f"""
    select m.kind, m."values", m.link from messages m join users u on u.id = :user_id and {_ADDRESSED}
     where m.created_at > :since
       and (m.kind = any(:duties) or not exists (
            select 1 from message_opt_outs o where o.user_id = u.id and o.kind = m.kind and o.channel = 'mail'))
       and not exists (select 1 from message_reads r where r.message_id = m.id and r.user_id = u.id)
     order by m.created_at desc, m.id desc limit :most
""")  # noqa: S608 - put together from a constant of this file
_DIGEST_DONE = text("update users set digest_sent_on = :today where id = :id")

_FOOT = N_("You can end mails of this kind, or all of them that are no duty: %(address)s")
_FOOT_OF_A_DUTY = N_(
    "This kind of mail is always sent, because a term or a duty hangs on it. What else you are told of: %(address)s"
)


def decide_recipients(session: Session, now: datetime) -> int:
    """Scheduled: for each message older than a minute, note who gets it on which channel. Tells how many.

    What was read in the meantime, refused by its reader, or said again or taken back within the minute is not sent.
    """
    asked = {
        "before": now - DEBOUNCE,
        "debounce": DEBOUNCE,
        "now": now,
        "batch": BATCH,
        "duties": _duties(),
        "names": json.dumps({code: kind.names for code, kind in KINDS.items()}),
        "undoes": json.dumps({code: kind.undoes.code for code, kind in KINDS.items() if kind.undoes}),
    }
    return int(getattr(session.execute(_DECIDE, asked), "rowcount", 0))


def _duties() -> list[str]:
    return [code for code, kind in KINDS.items() if kind.duty]


def send_waiting(session: Session, now: datetime, mail: MailSender, sms: SmsSender, public_url: str) -> int:
    """Scheduled: send what waits, a bounded number at a time; what fails is tried again, five times in all."""
    sent = 0
    for row in session.execute(_DUE, {"most": MAX_FAILURES, "now": now, "batch": SENT_AT_ONCE}).all():
        key = {"message_id": row.message_id, "user_id": row.user_id, "channel": row.channel}
        try:
            _send(row, mail, sms, public_url)
        except Exception as error:
            # Whatever it is: a letter that cannot be written must not keep the others back, nor send them again.
            logger.warning("message not sent", channel=row.channel, error=type(error).__name__)
            session.execute(_FAILED, {**key, "error": str(error)[:500], "again": now + RETRY_AFTER})
        else:
            session.execute(_SENT, {**key, "now": now})
            sent += 1
    return sent


def _send(row: Row[Any], mail: MailSender, sms: SmsSender, public_url: str) -> None:
    with use_locale(row.locale):
        words = said(row.kind, row.values)
        if row.channel == "sms":
            sms.send(row.phone, f"{words.title} {_address(public_url, row.link)}")
        else:
            letter = _letter([words.body, _address(public_url, row.link)], public_url, duty=row.kind in _duties())
            mail.send(row.email, words.title, letter)


def _address(public_url: str, link: str) -> str:
    """Without what only tells two messages of one page apart."""
    return public_url + link.partition("#")[0]


def _letter(lines: list[str], public_url: str, *, duty: bool = False) -> str:
    foot = _(_FOOT_OF_A_DUTY if duty else _FOOT, address=f"{public_url}/messages/preferences")
    return "\n\n".join([*lines, "--", foot]) + "\n"


def send_digests(session: Session, now: datetime, mail: MailSender, public_url: str) -> int:
    """Scheduled: once a working day, from eight in the morning, what each person who wants a digest has not read."""
    today, duties = business_date(now), _duties()
    if now.astimezone(BUSINESS_ZONE).hour < DIGEST_HOUR:
        return 0
    if not WorkCalendar(working_day_overrides(session)).is_working_day(today):
        return 0
    done = 0
    for user in session.execute(_DIGEST_USERS, {"today": today, "batch": SENT_AT_ONCE}).all():
        asked = {"user_id": user.id, "since": now - timedelta(days=DIGEST_DAYS), "most": DIGEST_LINES, "duties": duties}
        waiting = session.execute(_DIGEST_MESSAGES, asked).all()
        with use_locale(user.locale):
            try:
                lines = [f"· {said(row.kind, row.values).title}\n  {_address(public_url, row.link)}" for row in waiting]
                if lines:
                    subject = _("%(count)s messages are waiting for you", count=len(lines))
                    mail.send(user.email, subject, _letter(lines, public_url))
            except Exception as error:
                logger.warning("digest not sent", error=type(error).__name__)
                continue
        session.execute(_DIGEST_DONE, {"today": today, "id": user.id})
        done += 1
    return done
