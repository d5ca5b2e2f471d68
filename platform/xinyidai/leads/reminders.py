"""What happens when a clock runs out: a reminder, the lender's managers, the office, the next product.

Level-triggered: each step asks which leads are due and carry no mark for it, and writes the mark with the message. A
run that was missed is made up by the next. An answer stops everything, since the lead is then in another state.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import business_date
from xinyidai.core.errors import UnknownYear
from xinyidai.core.working_days import WorkCalendar, add_working_days
from xinyidai.leads import messages
from xinyidai.leads.clocks import STANDARD, ClockRules, calendar_of, working_days_ahead, working_days_before
from xinyidai.leads.dispatching import candidates, may_be_dispatched, put_before
from xinyidai.leads.models import Lead, LeadClockStep
from xinyidai.leads.status import lock_lead
from xinyidai.leads.telling import tell_enterprise, tell_lender, tell_office
from xinyidai.leads.types import ClockStep, SlaClock, StepNote
from xinyidai.needs.models import Need

BATCH = 200
_PASSED_ON = (ClockStep.REROUTED, ClockStep.NOWHERE)
_REMEMBERED = timedelta(days=30)
"""Silence that lies further back is past helping: its need has found its own way."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One clock in SQL (alias ``l``): while which condition holds it runs, since when, until which day."""

    clock: SlaClock
    runs: str
    since: str
    due: str


_DAY = "({} at time zone 'Asia/Shanghai')::date"
# Where the enterprise has given its word to one lender, nobody chases the others.
_UNDECIDED = (
    " and not exists (select 1 from leads o where o.need_id = l.need_id"
    " and o.status in ('offer_accepted', 'credit_approved', 'disbursing', 'funded'))"
)
WATCHES = (
    Watch(
        SlaClock.ACCEPT,
        "l.status = 'sent'",
        _DAY.format("l.sent_at"),
        "l.respond_by",
    ),
    Watch(
        SlaClock.FIRST_CONTACT,
        "l.status = 'accepted' and l.contact_by is not null" + _UNDECIDED,
        _DAY.format("l.accepted_at"),
        "l.contact_by",
    ),
    Watch(
        SlaClock.DECISION,
        "(l.status in ('contacted', 'papers_complete') or (l.status = 'accepted' and l.contact_by is null))"
        " and l.decide_by is not null" + _UNDECIDED,
        _DAY.format("coalesce(l.papers_complete_at, l.accepted_at)"),
        "l.decide_by",
    ),
)

_OVERDUE = """
    select l.id, l.need_id, {due} as due from leads l
     where {runs} and {due} <= :day
       and not exists (select 1 from lead_clock_steps s where s.lead_id = l.id and s.clock = :clock
                          and s.step = any(:steps) and s.due_on = {due})
     order by {due}, l.id limit :batch
"""
# The next reminder is due where fewer than the cap went out, and neither the start nor the last one is too near.
_TO_REMIND = """
    select l.id, l.need_id, {due} as due, coalesce(sent.number, 0) + 1 as number from leads l
      left join lateral (select max(s.number) as number, max(s.done_on) as last from lead_clock_steps s
                          where s.lead_id = l.id and s.clock = :clock and s.step = 'reminded' and s.due_on = {due}
                        ) sent on true
     where {runs} and {due} <= :ahead and {since} <= :floor
       and coalesce(sent.number, 0) < :cap and coalesce(sent.last <= :floor, true)
     order by {due}, l.id limit :batch
"""
_PAPERS = Watch(SlaClock.PAPERS, "l.status = 'papers_requested'", "l.paused_on", "l.paused_on")
_SILENT = text("""
    select l.id, l.need_id, l.respond_by as due from leads l
     where l.status = 'expired' and l.closed_at > :since and (l.suggested_at is null or l.confirmed_at is not null)
       and not exists (select 1 from lead_clock_steps s where s.lead_id = l.id and s.clock = 'accept'
                          and s.step = any(:steps))
     order by l.closed_at, l.id limit :batch
""")


def watch_clocks(session: Session, now: datetime, *, rules: ClockRules = STANDARD) -> int:
    """Scheduled: everything that is due by ``now``. Tells how many steps were taken."""
    run = _Run(session, now, rules, calendar_of(session))
    done = run.papers()
    for watch in WATCHES:
        done += run.remind(watch) + run.escalate(watch)
    return done + run.silent()


Act = Callable[[Lead, Need, date], ClockStep]
"""Does what is due for one lead and its last day, and says which step that was."""


@dataclass(frozen=True, slots=True)
class _Run:
    session: Session
    now: datetime
    rules: ClockRules
    calendar: WorkCalendar

    @property
    def today(self) -> date:
        return business_date(self.now)

    def remind(self, watch: Watch) -> int:
        """The officer, from some working days before the last day on, and again while the clock runs on."""
        values = {
            "clock": watch.clock.value,
            "ahead": working_days_ahead(self.today, self.rules.remind, self.calendar),
            "floor": working_days_before(self.today, self.rules.remind, self.calendar),
            "cap": self.rules.reminder_cap,
            "batch": BATCH,
        }

        def act(lead: Lead, need: Need, due: date) -> ClockStep:
            kind = messages.REMINDED[watch.clock]
            tell_lender(self.session, lead, need, kind, self.now, due=due.isoformat())
            return ClockStep.REMINDED

        return self._each(watch, _TO_REMIND, values, act)

    def papers(self) -> int:
        """The enterprise whose papers are awaited."""
        floor = working_days_before(self.today, self.rules.papers_every, self.calendar)
        values = {
            "clock": _PAPERS.clock.value,
            "ahead": self.today,
            "floor": floor,
            "cap": self.rules.reminder_cap,
            "batch": BATCH,
        }

        def act(lead: Lead, need: Need, _due: date) -> ClockStep:
            tell_enterprise(self.session, lead, need, messages.PAPERS_AWAITED, self.now, papers=lead.papers_note)
            return ClockStep.REMINDED

        return self._each(_PAPERS, _TO_REMIND, values, act)

    def escalate(self, watch: Watch) -> int:
        """The managers, then the office, then the next product: each once for each last day."""
        if watch.clock is SlaClock.ACCEPT:
            # Closed by the platform the day after: the managers hear of it while it can still be answered.
            return self._overdue(watch, 0, (ClockStep.MANAGER,), self._tell_managers(watch))
        done = self._overdue(watch, self.rules.manager, (ClockStep.MANAGER,), self._tell_managers(watch))
        done += self._overdue(watch, self.rules.office, (ClockStep.OFFICE,), self._tell_office(watch))
        if self._can_ask_others:
            done += self._overdue(watch, self.rules.reroute, _PASSED_ON, self._reroute)
        return done

    def silent(self) -> int:
        """Applications that nobody answered: the office is told, and the next product is asked or suggested."""
        done = self._each_silent((ClockStep.OFFICE,), self._tell_office(WATCHES[0]))
        return done + (self._each_silent(_PASSED_ON, self._reroute) if self._can_ask_others else 0)

    @property
    def _can_ask_others(self) -> bool:
        """Not while the next lender's last day would lie in a year that nobody has published: it is asked later."""
        try:
            add_working_days(self.today, self.rules.accept, self.calendar)
        except UnknownYear:
            return False
        return True

    def _each_silent(self, steps: tuple[ClockStep, ...], act: Act) -> int:
        asked = {"since": self.now - _REMEMBERED, "batch": BATCH, "steps": [step.value for step in steps]}
        rows = self.session.execute(_SILENT, asked).all()
        for row in sorted(rows, key=lambda one: one.need_id):
            lead, need = lock_lead(self.session, row.id)
            self._mark(lead, SlaClock.ACCEPT, act(lead, need, row.due), row.due)
        return len(rows)

    def _overdue(self, watch: Watch, days: int, steps: tuple[ClockStep, ...], act: Act) -> int:
        values = {
            "clock": watch.clock.value,
            "steps": [step.value for step in steps],
            # The last day counts as day 0: one working day after it has passed once a worked day lies behind it.
            "day": working_days_before(self.today, days, self.calendar) if days else self.today,
            "batch": BATCH,
        }
        return self._each(watch, _OVERDUE, values, act)

    def _each(self, watch: Watch, query: str, values: dict[str, object], act: Act) -> int:
        """Look, lock in the order of the needs' ids, look again under the lock, tell and mark what was done."""
        parts = {"runs": watch.runs, "since": watch.since, "due": watch.due}
        statement = query.format(**parts)
        rows = self.session.execute(text(statement), values).all()
        done = 0
        for row in sorted(rows, key=lambda one: one.need_id):
            lead, need = lock_lead(self.session, row.id)
            if not self._still(watch, lead.id, row.due):
                continue
            self._mark(lead, watch.clock, act(lead, need, row.due), row.due, getattr(row, "number", 1))
            done += 1
        return done

    def _still(self, watch: Watch, lead_id: UUID, due: date) -> bool:
        statement = text(f"select 1 from leads l where l.id = :lead and {watch.runs} and {watch.due} = :due")  # noqa: S608 - constants of this module
        return self.session.execute(statement, {"lead": lead_id, "due": due}).first() is not None

    def _mark(self, lead: Lead, clock: SlaClock, step: ClockStep, due: date, number: int = 1) -> None:
        self.session.add(
            LeadClockStep(
                lead_id=lead.id,
                enterprise_id=lead.enterprise_id,
                institution_id=lead.institution_id,
                clock=clock.value,
                step=step.value,
                number=number,
                due_on=due,
                done_on=self.today,
                at=self.now,
            )
        )
        self.session.flush()

    def _tell_managers(self, watch: Watch) -> Act:
        def act(lead: Lead, need: Need, due: date) -> ClockStep:
            kinds = messages.REMINDED if due >= self.today else messages.OVERDUE
            tell_lender(self.session, lead, need, kinds[watch.clock], self.now, managers=True, due=due.isoformat())
            return ClockStep.MANAGER

        return act

    def _tell_office(self, watch: Watch) -> Act:
        def act(lead: Lead, need: Need, due: date) -> ClockStep:
            tell_office(self.session, lead, need, messages.OVERDUE[watch.clock], self.now, due=due.isoformat())
            return ClockStep.OFFICE

        return act

    def _reroute(self, lead: Lead, need: Need, _due: date) -> ClockStep:
        """The next institution of the latest ranking: asked where the enterprise agreed to it, else suggested.

        The silent lender keeps its lead where it has taken it: it can still answer for itself.
        """
        wanted = may_be_dispatched(self.session, need)
        following = candidates(self.session, need.id, most=1) if wanted else []
        if following:
            agreed, why = lead.reroute_agreed, StepNote.REROUTED
            put_before(self.session, SYSTEM, need, following, self.now, self.rules, why, agreed=agreed, instead_of=lead)
            return ClockStep.REROUTED
        if wanted:
            tell_enterprise(self.session, lead, need, messages.NOWHERE, self.now)
        return ClockStep.NOWHERE
