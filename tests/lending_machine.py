"""Officers, managers, an enterprise, the office and the clock as rules of a state machine.

To add an act: a method of ``Acts``, its name among those of whoever does it, and a line of what it comes to in
``EVERYTHING`` of the test, which fails as long as no history has come to it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from sqlalchemy import Connection, text
from sqlmodel import col, select

from tests.conftest import Sessions
from tests.factories import Factory
from tests.lending_acts import Acts
from tests.market_scene import BANKS, MarketScene
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import UnknownYear, XydError
from xinyidai.leads.dispatching import dispatch_quiet_needs
from xinyidai.leads.models import Lead
from xinyidai.leads.need_closing import expire_old_needs
from xinyidai.leads.reminders import watch_clocks
from xinyidai.leads.service import expire_unanswered_leads
from xinyidai.leads.types import ENDED_WITHOUT_MONEY
from xinyidai.lending.services import lapse_offers
from xinyidai.lending.types import PROMISED

# What is named more than once comes more often: an act that ends everything is the rarest of its rule.
OF_OFFICERS = ["accept", "offer", "contact", "papers", "complete", "claim", "hand_over", "grant", "bring_table"] * 3
OF_OFFICERS += ["indicate", "make_binding"] * 2 + ["take_back", "decline", "refuse", "end"]
OF_MONEY = ["pay", "reverse", "propose"] * 2 + ["close"]
OF_DEBT = ["repay", "renew"] * 3 + ["repay_all", "undo", "overdue"] * 2
OF_MANAGERS = ["confirm", "confirm", "reject"]
OF_THE_ENTERPRISE = ["take", "agree", "hand_in", "ask_binding", "apply"] * 2
OF_THE_ENTERPRISE += ["not_taken", "withdraw", "withdraw_need"]
OF_THE_OFFICE = ["dispatch", "decide_twice", "decide_twice"]
SCHEDULE: list[Callable[[ActorSession, datetime], object]] = [
    lapse_offers,
    expire_unanswered_leads,
    watch_clocks,
    dispatch_quiet_needs,
    lambda session, now: expire_old_needs(session, now, 60),
]

NEXT = {
    "none": ["claim", "dispatch", "dispatch", "apply"],
    "suggested": ["agree", "agree", "agree", "clock"],
    "sent": ["accept", "bring_table", "accept", "clock"],
    "accepted": ["contact", "indicate", "papers", "contact", "offer", "indicate", "hand_over"],
    "contacted": ["papers", "papers", "complete", "offer"],
    "papers_requested": ["hand_in", "complete", "hand_in", "clock"],
    "papers_complete": ["offer", "indicate", "hand_over", "indicate", "papers"],
    "offered": ["take"],
    "indicated": ["ask_binding", "make_binding"],
    "offer_accepted": ["grant"],
    "credit_approved": ["propose", "pay"],
    "waiting": ["confirm", "confirm", "reject"],
    "disbursing": ["pay", "repay", "propose", "reverse", "overdue", "renew", "close", "decide_twice", "pay"],
    "funded": ["repay", "repay_all", "renew", "undo", "overdue", "reverse", "decide_twice", "repay_all"],
    "settled": ["undo", "undo", "overdue"],
}
"""Where a lead stands → what usually comes next, and what now and then also can."""
HEAD_START = [("accept", 0), ("offer", 3), ("take", 0), ("grant", 0), ("pay", 2)]
"""By chance alone, few histories would come to the money in time."""

A_BANK, A_TURN, A_NUMBER = st.integers(0, BANKS - 1), st.integers(0, 839), st.integers(0, 99)


class LendingMachine(RuleBasedStateMachine):
    """Plays acts against the services; ``done`` tells of the last one whether anything may have changed.

    All rules are drawn alike, and of each history some are left out: each bank goes on by a rule of its own, so that
    hardly any history stands still.
    """

    connection: Connection
    begins: datetime

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = self.connection.begin_nested()

    @initialize(agreed=st.booleans(), begun=st.sampled_from([0, 0, 0, 4, 5]))
    def begin(self, agreed: bool, begun: int) -> None:
        """One need before a market; ``agreed`` to be claimed and passed on, and maybe on its way already."""
        self.sessions, self.now = Sessions(self.connection), self.begins
        with self.sessions.as_(SYSTEM) as session:
            self.scene = MarketScene(Factory(session, self.now), self.sessions, self.now, agreed=agreed)
        self.acts, self.steps, self.steps_done = Acts(self.scene), 0, 0
        for kind, number in HEAD_START[:begun]:
            self.play(kind, 0, number)
        self.done = True
        self.look()

    @rule(turn=A_TURN, number=A_NUMBER)
    def the_first_bank_goes_on(self, turn: int, number: int) -> None:
        self.onward(0, turn, number)

    @rule(turn=A_TURN, number=A_NUMBER)
    def the_second_bank_goes_on(self, turn: int, number: int) -> None:
        self.onward(1, turn, number)

    @rule(turn=A_TURN, number=A_NUMBER)
    def the_third_bank_goes_on(self, turn: int, number: int) -> None:
        self.onward(2, turn, number)

    @rule(turn=A_TURN, number=A_NUMBER)
    def the_fourth_bank_goes_on(self, turn: int, number: int) -> None:
        self.onward(3, turn, number)

    @precondition(lambda self: self.chosen is not None)
    @rule(turn=A_TURN, number=A_NUMBER)
    def the_chosen_bank_goes_on(self, turn: int, number: int) -> None:
        self.onward(0, turn, number)

    @precondition(lambda self: self.chosen is not None and self.has_line)
    @rule(turn=A_TURN, number=A_NUMBER)
    def the_loan_goes_on(self, turn: int, number: int) -> None:
        self.onward(0, turn, number)

    @precondition(lambda self: "suggested" in self.newest.values())
    @rule(number=A_NUMBER)
    def the_enterprise_agrees(self, number: int) -> None:
        """There is little time for it, and little else comes of a lead that was suggested."""
        self.play("agree", 0, number)

    @rule(kind=st.sampled_from(OF_OFFICERS), bank=A_BANK, number=A_NUMBER)
    def an_officer_works(self, kind: str, bank: int, number: int) -> None:
        self.play(kind, bank, number)

    @rule(kind=st.sampled_from(OF_MONEY), bank=A_BANK, number=A_NUMBER)
    def money_goes_out(self, kind: str, bank: int, number: int) -> None:
        self.play(kind, self.at_work(bank), number)

    @rule(kind=st.sampled_from(OF_DEBT), bank=A_BANK, number=A_NUMBER)
    def money_comes_back(self, kind: str, bank: int, number: int) -> None:
        self.play(kind, self.at_work(bank), number)

    @rule(kind=st.sampled_from(OF_MANAGERS), bank=A_BANK, number=A_NUMBER)
    def a_manager_decides(self, kind: str, bank: int, number: int) -> None:
        self.play(kind, self.at_work(bank), number)

    @rule(kind=st.sampled_from(OF_THE_ENTERPRISE), bank=A_BANK, number=A_NUMBER)
    def the_enterprise_acts(self, kind: str, bank: int, number: int) -> None:
        self.play(kind, bank, number)

    @rule(kind=st.sampled_from(OF_THE_OFFICE), bank=A_BANK, number=A_NUMBER)
    def the_office_acts(self, kind: str, bank: int, number: int) -> None:
        self.play(kind, bank, number)

    @rule(days=st.integers(0, 5))
    def days_pass(self, days: int) -> None:
        """Some days, and then everything that the schedule does, in its order."""
        self.now += timedelta(days=days)
        for task in SCHEDULE:
            with self.sessions.as_(SYSTEM) as session:
                try:
                    task(session, self.now)
                except UnknownYear:
                    continue
                session.commit()
        self.ended("days_pass", done=True)

    @rule(days=st.integers(0, 3))
    def days_pass_before_the_schedule_runs(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.ended("days_pass_before_the_schedule_runs", done=False)

    def onward(self, bank: int, turn: int, number: int) -> None:
        bank = self.at_work(bank)
        choices = NEXT.get(self.stage(bank), ["pay"])
        kind = choices[turn % len(choices)]
        if kind == "clock":
            self.days_pass(days=number % 6)
        else:
            self.play(kind, bank, number)

    def play(self, kind: str, bank: int, number: int) -> None:
        done = False
        with self.sessions.as_(self.actor(kind, bank)) as session:
            try:
                with attempt(session) as outcome:
                    answer = self.acts.play(kind, session, bank, number, self.now)
            except XydError:
                pass
            else:
                session.commit()
                done = outcome.ok and answer is not False
        self.ended(f"{kind} {number} at bank {bank}", done=done)

    def ended(self, step: str, *, done: bool) -> None:
        note(f"# {step}: {'done' if done else 'refused'}")
        self.step, self.done = step, done
        self.steps, self.steps_done = self.steps + 1, self.steps_done + done
        if done:
            self.look()

    def actor(self, kind: str, bank: int) -> Actor:
        if kind in OF_THE_ENTERPRISE:
            return self.scene.member
        if kind in OF_THE_OFFICE:
            return self.scene.staff
        return (self.scene.managers if kind in OF_MANAGERS else self.scene.officers)[bank]

    def at_work(self, bank: int) -> int:
        """The bank that has the enterprise's word, where one has: else no history would reach the money."""
        return bank if self.chosen is None else self.chosen

    def look(self) -> None:
        """Where things stand, as far as it bears on what comes next."""
        banks = [one.id for one in self.scene.banks]
        with self.sessions.as_(SYSTEM) as session:
            ended = [status.value for status in ENDED_WITHOUT_MONEY]
            leads = session.exec(
                select(Lead.institution_id, Lead.status).where(col(Lead.status).not_in(ended)).order_by(col(Lead.id))
            ).all()
            more = session.execute(_MORE, {"need": self.scene.need.id}).one()
        self.newest: dict[UUID, str] = dict(leads)
        self.chosen = next((banks.index(bank) for bank, status in leads if status in PROMISED), None)
        self.is_settled, self.is_indicative, self.waits, self.has_line = more

    def stage(self, bank: int) -> str:
        """Of the bank's newest lead that is not over; ``none`` where there is none."""
        status = self.newest.get(self.scene.banks[bank].id, "none")
        if self.is_settled:
            return "settled"
        if status == "offered" and self.is_indicative:
            return "indicated"
        if status in ("credit_approved", "disbursing") and self.waits:
            return "waiting"
        return status


_MORE = text("""
    select (select status = 'settled' from needs where id = :need),
        exists (select 1 from offers where status = 'open' and kind = 'indicative'),
        exists (select 1 from payout_proposals where status = 'open'),
        exists (select 1 from credit_lines)
""")
