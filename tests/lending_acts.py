"""What people do to a need in a market, one method for each act: any act may be tried in any state, often in vain."""

import csv
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from tests.market_scene import BANKS, MarketScene
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.validation import parse
from xinyidai.leads.claims import claim_need
from xinyidai.leads.dispatching import DispatchNeed, dispatch_need
from xinyidai.leads.hand_over import HandOver, hand_over_lead
from xinyidai.leads.models import Lead
from xinyidai.leads.papers import RequestPapers, papers_complete, record_contact, request_papers
from xinyidai.leads.service import (
    ApplyToProducts,
    RefuseLead,
    accept_lead,
    apply_to_products,
    confirm_suggestion,
    decline_lead,
)
from xinyidai.leads.types import ENDED_WITHOUT_MONEY, LeadStatus
from xinyidai.lending.commands import (
    CloseLead,
    DecideDuplicate,
    GrantCreditLine,
    MakeOffer,
    RecordDisbursement,
    RecordRepayment,
    RejectPayout,
    RenewLine,
    ReportOverdue,
    ReverseDisbursement,
)
from xinyidai.lending.exchange.columns import BY_NAME
from xinyidai.lending.exchange.service import take_back_table
from xinyidai.lending.exchange.steps import Terms
from xinyidai.lending.models import CreditLine, Disbursement, Offer, PayoutProposal, Repayment
from xinyidai.lending.services import (
    accept_offer,
    ask_for_binding,
    close_credit_line,
    close_lead,
    confirm_payout,
    decline_offer,
    grant_credit_line,
    make_binding,
    make_offer,
    pay_out,
    record_disbursement,
    record_repayment,
    refuse_credit,
    reject_payout,
    renew_line,
    report_overdue,
    reverse_disbursement,
    reverse_repayment,
    take_back_offer,
    withdraw_lead,
    withdraw_need,
)
from xinyidai.lending.services.duplicates import decide_duplicate

LIMIT = Decimal(30_000)
"""Above this, in yuan, a payout of these histories needs a second person."""
REFUSAL = RefuseLead.model_validate({"reason": "weak_revenue"})
MISTAKE = ReverseDisbursement(reason="录入错误")


class Acts:
    """Each act raises where it is refused, and answers False where it was taken and yet must change nothing.

    ``number`` is the chance in an act: which row it is about, and what is written there.
    """

    def __init__(self, scene: MarketScene) -> None:
        self.scene, self.references = scene, 0

    def play(self, kind: str, session: ActorSession, bank: int, number: int, now: datetime) -> Any:
        self.session, self.actor = session, session.actor
        self.bank, self.number, self.now, self.today = bank, number, now, str(business_date(now))
        return getattr(self, kind)()

    # How leads come about, and the way to an offer.

    def apply(self) -> Any:
        command = ApplyToProducts(product_ids=self._product(), reroute=self.number % 2 == 0)
        return apply_to_products(self.session, self.actor, self.scene.need.id, command, self.now, answer_days=3)

    def claim(self) -> Any:
        return claim_need(self.session, self.actor, self.scene.need.id, self.now)

    def dispatch(self) -> Any:
        command = DispatchNeed(product_ids=self._product())
        return dispatch_need(self.session, self.actor, self.scene.need.id, command, self.now)

    def agree(self) -> Any:
        """To what was suggested, where anything was."""
        suggested = self.session.exec(select(Lead.id).where(Lead.status == "suggested")).first()
        lead_id = suggested or self._lead()
        return confirm_suggestion(self.session, self.actor, lead_id, self.now, answer_days=3)

    def accept(self) -> Any:
        return accept_lead(self.session, self.actor, self._lead(), self.now)

    def hand_over(self) -> Any:
        """To one of the two who work at the bank; now and then to somebody of another bank, which is refused."""
        bank = (self.bank + (self.number % 5 == 4)) % BANKS
        colleagues = [self.scene.officers[bank], self.scene.managers[bank]]
        command = HandOver(user_id=colleagues[self.number % 2].user_id, note="请跟进")
        return hand_over_lead(self.session, self.actor, self._lead(), command, self.now)

    def contact(self) -> Any:
        return record_contact(self.session, self.actor, self._lead(), self.now)

    def papers(self) -> Any:
        return request_papers(self.session, self.actor, self._lead(), RequestPapers(papers="近三个月流水"), self.now)

    def complete(self) -> Any:
        return papers_complete(self.session, self.actor, self._lead(), self.now)

    hand_in = complete
    """The same step, by the enterprise."""

    def bring_table(self) -> Any:
        """A table of one row: the lead is taken, and sometimes money is paid out; every third one is a trial."""
        cells = {"lead_id": str(self._lead()), "answer": "accept"}
        if self.number % 4 == 0:
            self.references += 1
            reference = f"FK-{self.references}"
            cells |= {"payout_amount": "2", "payout_on": self.today, "payout_reference": reference}
        trial = self.number % 3 == 0
        with TemporaryDirectory() as folder:
            path = Path(folder) / "answers.csv"
            with path.open("w", encoding="utf-8", newline="") as target:
                csv.writer(target).writerows([[BY_NAME[name].label for name in cells], cells.values()])
            upload = take_back_table(
                self.session, self.actor, path, self.now, file_name="a.csv", trial=trial, terms=Terms(four_eyes=LIMIT)
            )
        return upload.rows_done > 0 and not trial

    # Offers, and what ends a lead without money.

    def offer(self) -> Any:
        form = self.scene.offer_form(amount_wan=str(10 + self.number), **self._valid(), **self._risk_shared())
        return make_offer(self.session, self.actor, self._lead(), parse(MakeOffer, form), self.now)

    def indicate(self) -> Any:
        form = self.scene.offer_form(kind="indicative", **self._valid())
        return make_offer(self.session, self.actor, self._lead(), parse(MakeOffer, form), self.now)

    def make_binding(self) -> Any:
        form = self.scene.offer_form(**self._valid())
        return make_binding(self.session, self.actor, self._one(Offer), parse(MakeOffer, form), self.now)

    def ask_binding(self) -> Any:
        return ask_for_binding(self.session, self.actor, self._one(Offer), self.now)

    def take(self) -> Any:
        return accept_offer(self.session, self.actor, self._one(Offer), self.now)

    def not_taken(self) -> Any:
        return decline_offer(self.session, self.actor, self._one(Offer), self.now)

    def take_back(self) -> Any:
        return take_back_offer(self.session, self.actor, self._one(Offer), self.now)

    def decline(self) -> Any:
        return decline_lead(self.session, self.actor, self._lead(), REFUSAL, self.now)

    def refuse(self) -> Any:
        return refuse_credit(self.session, self.actor, self._lead(), REFUSAL, self.now)

    def end(self) -> Any:
        return close_lead(self.session, self.actor, self._lead(), CloseLead(outcome=LeadStatus.NO_DEAL), self.now)

    def withdraw(self) -> Any:
        return withdraw_lead(self.session, self.actor, self._lead(), self.now)

    def withdraw_need(self) -> Any:
        return withdraw_need(self.session, self.actor, self.scene.need.id, self.now)

    # Money.

    def grant(self) -> Any:
        form = self.scene.line_form(amount_wan=str(5 + self.number % 8), approved_on=self.today)
        return grant_credit_line(self.session, self.actor, self._lead(), parse(GrantCreditLine, form), self.now)

    def pay(self) -> Any:
        command = parse(RecordDisbursement, self._payout())
        return record_disbursement(self.session, self.actor, self._one(CreditLine), command, self.now)

    def propose(self) -> Any:
        anyway = str(self.number % 2 == 0).lower()
        command = parse(RecordDisbursement, {**self._payout(), "amount_wan": "4", "record_anyway": anyway})
        return pay_out(self.session, self.actor, self._one(CreditLine), command, self.now, four_eyes=LIMIT)

    def confirm(self) -> Any:
        return confirm_payout(self.session, self.actor, self._one(PayoutProposal), self.now)

    def reject(self) -> Any:
        command = RejectPayout(note="再核实")
        return reject_payout(self.session, self.actor, self._one(PayoutProposal), command, self.now)

    def reverse(self) -> Any:
        return reverse_disbursement(self.session, self.actor, self._one(Disbursement), MISTAKE, self.now)

    def decide_twice(self) -> Any:
        """Two rows next to each other, which may be a payout and its reversal, or one row: these are refused."""
        verdict = ("same", "different")[self.number % 2]
        command = parse(DecideDuplicate, {"verdict": verdict, "note": "已向机构核实"})
        one, other = self._one(Disbursement), self._one(Disbursement, self.number + 1)
        return decide_duplicate(self.session, self.actor, one, other, command, self.now)

    def repay(self) -> Any:
        return self._repay(self._one(CreditLine), Decimal(self.number * 1_000 + self.number % 3))

    def repay_all(self) -> Any:
        """All that is owed on one line, after which its need may be settled; the line is closed now and then."""
        line_id = self._one(CreditLine)
        balance = text("select outstanding from line_balances where id = :id")
        made = self._repay(line_id, self.session.execute(balance, {"id": line_id}).scalar() or Decimal(0))
        if self.number % 2:
            close_credit_line(self.session, self.actor, line_id, self.now)
        return made

    def undo(self) -> Any:
        return reverse_repayment(self.session, self.actor, self._one(Repayment), MISTAKE, self.now)

    def renew(self) -> Any:
        form = {
            "contract_number": f"XD-{self.references}-{self.number}",
            "annual_rate": "4",
            "term_months": 12,
            "approved_on": self.today,
            "expires_on": self._later(300),
        }
        return renew_line(self.session, self.actor, self._one(CreditLine), parse(RenewLine, form), self.now)

    def overdue(self) -> Any:
        form = {
            "as_of": self.today,
            "principal": self.number * 500,
            "days": self.number % 4,
            "grade": "special_mention" if self.number else "normal",
        }
        return report_overdue(self.session, self.actor, self._one(CreditLine), parse(ReportOverdue, form), self.now)

    def close(self) -> Any:
        return close_credit_line(self.session, self.actor, self._one(CreditLine), self.now)

    # What the acts are about.

    def _lead(self) -> Any:
        """Mostly one that is not over, of those that the actor can see."""
        rows = self.session.exec(select(Lead.id, Lead.status).order_by(col(Lead.id))).all()
        going = [one for one, status in rows if LeadStatus(status) not in ENDED_WITHOUT_MONEY]
        ids = going if going and self.number % 10 else [one for one, _status in rows]
        return ids[self.number % len(ids)] if ids else self.scene.need.id

    def _one(self, table: Any, number: int | None = None) -> Any:
        """Any row this actor can see, or an id that no row has."""
        ids = self.session.exec(select(table.id).order_by(table.id)).all()
        return ids[(self.number if number is None else number) % len(ids)] if ids else self.scene.need.id

    def _product(self) -> tuple[Any]:
        return (self.scene.product_ids()[self.bank],)

    def _risk_shared(self) -> Mapping[str, object]:
        """Of every other offer a public pool bears its share, of every third a guarantee company; at times too much."""
        shared: dict[str, object] = {}
        if self.number % 2:
            shared |= {"pool_id": str(self.scene.pool.id), "pool_share": "31" if self.number % 10 == 9 else "20"}
        if self.number % 3 == 0:
            shared |= {"guarantee_mode": "guarantee", "guarantor_id": str(self.scene.guarantor.id)}
            shared |= {"guarantor_share": "90" if self.number % 15 == 0 else "60", "guarantor_fee": "1.5"}
        return shared

    def _valid(self) -> Mapping[str, object]:
        return {"valid_until": self._later(self.number % 6)}

    def _later(self, days: int) -> str:
        return str(business_date(self.now + timedelta(days=days)))

    def _payout(self) -> dict[str, object]:
        self.references += self.number % 7 != 0  # now and then the same reference again
        reference = f"FK-{self.references}"
        return self.scene.payout_form(
            amount_wan=str(self.number % 9 + 1), paid_on=self.today, external_reference=reference
        )

    def _repay(self, line_id: Any, principal: Decimal) -> Any:
        self.references += 1
        form = {
            "principal": principal,
            "interest": "1.5",
            "repaid_on": self.today,
            "external_reference": f"HK-{self.references}",
        }
        return record_repayment(self.session, self.actor, line_id, parse(RecordRepayment, form), self.now)
