"""Work that comes due with time. Level-triggered: each task asks what is due and unmarked, never what is new.

Any number of processes may run the schedule: a lock in the database lets one of them act at a time, and a missed
run is made up by the next.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, text

from xinyidai.accounts.idempotency import forget_old_answers
from xinyidai.accounts.service import forget_expired_sessions
from xinyidai.accounts.throttling import forget_old_counts
from xinyidai.consents.service import expire_consents
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.logs import logger
from xinyidai.credit.repair.display_rows import fill_displays
from xinyidai.credit.repair.due import end_displays, remind_of_cases
from xinyidai.credit.scoring.service import rescore_when_the_day_changed
from xinyidai.integrations.mail import mail_sender
from xinyidai.integrations.sms import sms_sender
from xinyidai.leads.clocks import rules_of
from xinyidai.leads.dispatching import dispatch_quiet_needs
from xinyidai.leads.full_rerank import nightly_rerank
from xinyidai.leads.institution_records import keep_institution_records
from xinyidai.leads.need_closing import expire_old_needs
from xinyidai.leads.reminders import watch_clocks
from xinyidai.leads.second_chance import tell_of_second_chances
from xinyidai.leads.service import expire_unanswered_leads
from xinyidai.lending.credit_values import hand_down_when_the_day_changed
from xinyidai.lending.services import lapse_offers
from xinyidai.messages.dispatch import decide_recipients, send_digests, send_waiting
from xinyidai.settings import Settings
from xinyidai.statistics.queries.public import refresh_public_figures
from xinyidai.statistics.sums import fold_payout_sums


@dataclass(frozen=True, slots=True)
class Task:
    """``run`` handles a bounded batch of what is due and tells how much that was."""

    name: str
    run: Callable[[ActorSession, datetime], int]


def _expire_needs(session: ActorSession, now: datetime) -> int:
    return expire_old_needs(session, now, Settings().need_valid_days)


def _watch_clocks(session: ActorSession, now: datetime) -> int:
    return watch_clocks(session, now, rules=rules_of(Settings()))


def _dispatch_needs(session: ActorSession, now: datetime) -> int:
    return dispatch_quiet_needs(session, now, rules=rules_of(Settings()))


def _send_messages(session: ActorSession, now: datetime) -> int:
    settings = Settings()
    return send_waiting(session, now, mail_sender(settings), sms_sender(settings), settings.public_url)


def _send_digests(session: ActorSession, now: datetime) -> int:
    settings = Settings()
    return send_digests(session, now, mail_sender(settings), settings.public_url)


TASKS: list[Task] = [
    Task("consents.expire", expire_consents),
    Task("leads.expire", expire_unanswered_leads),
    Task("offers.lapse", lapse_offers),
    Task("needs.expire", _expire_needs),
    Task("leads.clocks", _watch_clocks),
    Task("needs.dispatch", _dispatch_needs),
    Task("messages.decide", decide_recipients),
    Task("messages.send", _send_messages),
    Task("messages.digest", _send_digests),
    Task("credit.displays", fill_displays),
    Task("credit.display_ends", end_displays),
    Task("repair.remind", remind_of_cases),
    Task("credit.given", hand_down_when_the_day_changed),
    Task("credit.rescore", rescore_when_the_day_changed),
    Task("leads.second_chances", tell_of_second_chances),
    Task("institutions.records", keep_institution_records),
    Task("needs.rank_all", nightly_rerank),
    Task("sessions.forget", forget_expired_sessions),
    Task("idempotency.forget", forget_old_answers),
    Task("questions.forget", forget_old_counts),
    Task("statistics.fold", fold_payout_sums),
    Task("statistics.public", refresh_public_figures),
]
"""Every scheduled task of the platform, in the order of their running: leads expire before the needs above them,
scores are renewed before the needs are ranked by them."""


def run_due(engine: Engine, now: datetime, tasks: list[Task] | None = None) -> dict[str, int]:
    """Run every task once, each in its own transaction; a task that fails does not stop the others."""
    done: dict[str, int] = {}
    for task in TASKS if tasks is None else tasks:
        try:
            with unit_of_work(engine, SYSTEM) as session:
                lock = text("select pg_try_advisory_xact_lock(hashtext(:name))")
                if session.execute(lock, {"name": f"xyd-task-{task.name}"}).scalar():
                    done[task.name] = task.run(session, now)
        except Exception:
            logger.exception("scheduled task failed", task=task.name)
    return done
