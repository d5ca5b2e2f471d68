"""All rows of one closed deal, table by table, as the services would have left them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from matching import Weights
from xinyidai.core.clock import business_date
from xinyidai.demo.catalogue import MadeProduct
from xinyidai.demo.history import PastDeal
from xinyidai.leads.evaluation import evaluate
from xinyidai.leads.products_on_sale import ProductsOnSale
from xinyidai.needs.types import ApplicantRole
from xinyidai.products.types import GuaranteeMode

IDS_A_DEAL = 7
"""Need, ranking, its one result, lead, offer, credit line and payout."""
_ANSWER_DAYS = timedelta(days=5)
_OFFER_DAYS = timedelta(days=30)
# Status before and after, and at which of the deal's moments.
_LEAD_STEPS = (
    (None, "sent", 1),
    ("sent", "accepted", 2),
    ("accepted", "offered", 3),
    ("offered", "offer_accepted", 3),
    ("offer_accepted", "credit_approved", 4),
    ("credit_approved", "funded", 5),
)
_NEED_STEPS = (
    ("draft", "published", 0),
    ("published", "in_contact", 2),
    ("in_contact", "credited", 4),
    ("credited", "disbursed", 5),
)

Row = dict[str, Any]
Rows = Iterator[tuple[str, Row]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The product that a deal came to; ``sale`` is the set of this product alone, stored under ``product_set``."""

    made: MadeProduct
    product: str
    security: GuaranteeMode
    sale: ProductsOnSale
    product_set: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One deal with the ids of everybody in it. ``rows`` come in the order in which their keys allow them."""

    deal: PastDeal
    chosen: Chosen
    need_record: Row
    enterprise: str
    institution: str
    region: str
    officer: str
    manager: str
    number: int
    ids: list[str]

    def rows(self, weights: Weights) -> Rows:
        result = evaluate(self.need_record, self.chosen.sale, weights)[0]
        yield "needs", self._need()
        yield "match_runs", self._run(result, weights)
        yield (
            "match_results",
            {**result, "id": self.ids[2], "match_run_id": self.ids[1], "enterprise_id": self.enterprise},
        )
        yield "leads", self._lead(result)
        yield "offers", self._offer()
        yield "credit_lines", self._line()
        yield "disbursements", self._payout()
        yield from self._trail()

    def _at(self, stage: int) -> str:
        return self.deal.moments[stage].isoformat()

    def _day(self, stage: int) -> date:
        return business_date(self.deal.moments[stage])

    @property
    def _parties(self) -> Row:
        return {"need_id": self.ids[0], "enterprise_id": self.enterprise, "institution_id": self.institution}

    @property
    def _price(self) -> Row:
        low, high = self.chosen.made.rate
        rate = low + (high - low) * Decimal(str(round(self.deal.chance**2, 2)))
        return {
            "amount": str(self.deal.amount),
            "annual_rate": str(rate.quantize(Decimal("0.01"))),
            "guarantee_mode": self.chosen.security.value,
        }

    @property
    def _terms(self) -> Row:
        repayment = self.chosen.made.repayments[0].value
        return {**self._price, "term_months": self.deal.term, "repayment_mode": repayment}

    def _need(self) -> Row:
        return {
            "id": self.ids[0],
            "enterprise_id": self.enterprise,
            "number": f"XQ{self._day(0):%Y%m%d}-{self.number:06}",
            "status": "disbursed",
            "draft_step": 4,
            "created_at": self._at(0),
            "updated_at": self._at(5),
            "posted_at": self._at(0),
            "region_code": self.region,
            "amount": str(self.deal.amount),
            "term_months": self.deal.term,
            "purpose": self.deal.purpose.value,
            "purpose_note": "",
            "guarantees": self.need_record["guarantees"],
            "has_existing_loans": False,
            "applicant_role": ApplicantRole.LEGAL_REPRESENTATIVE.value,
            "contact_name": self.deal.contact,
            "contact_phone": self.deal.phone,
            "truth_stated_at": self._at(0),
            "granted": "0",  # a trigger follows the rows below
            "paid": "0",
        }

    def _run(self, result: Row, weights: Weights) -> Row:
        return {
            "id": self.ids[1],
            "need_id": self.ids[0],
            "enterprise_id": self.enterprise,
            "reason": "posted",
            "as_of": self._day(0).isoformat(),
            "weights_version": weights.version,
            "need_record": self.need_record,
            "product_set_id": self.chosen.product_set,
            "eligible": int(result["verdict"] == "eligible"),
            "conditional": int(result["verdict"] == "conditional"),
            "ineligible": 0,
            "finished_at": self._at(0),
        }

    def _lead(self, result: Row) -> Row:
        return {
            "id": self.ids[3],
            **self._parties,
            "product_id": self.chosen.product,
            "product_version_id": result["product_version_id"],
            "match_result_id": self.ids[2],
            "region_code": self.region,
            "route": "directed",
            "status": "funded",
            "sent_at": self._at(1),
            "respond_by": (self._day(1) + _ANSWER_DAYS).isoformat(),
            "accepted_at": self._at(2),
            "officer_id": self.officer,
            "reason_note": "",
            "closed_at": self._at(5),
            "updated_at": self._at(5),
        }

    def _offer(self) -> Row:
        return {
            "id": self.ids[4],
            "lead_id": self.ids[3],
            **self._parties,
            **self._terms,
            "valid_until": (self._day(3) + _OFFER_DAYS).isoformat(),
            "note": "",
            "status": "accepted",
            "offered_at": self._at(3),
            "offered_by": self.officer,
            "decided_at": self._at(3),
        }

    def _line(self) -> Row:
        approved = self._day(4)
        return {
            "id": self.ids[5],
            "offer_id": self.ids[4],
            "lead_id": self.ids[3],
            "product_id": self.chosen.product,
            **self._parties,
            **self._terms,
            "region_code": self.region,
            "contract_number": f"{self.chosen.made.lender}-{approved:%Y}-H{self.number:06}",
            "approved_on": approved.isoformat(),
            "expires_on": (approved + timedelta(days=30 * self.deal.term)).isoformat(),
            "approved_by": self.manager,
            "approved_at": self._at(4),
        }

    def _payout(self) -> Row:
        return {
            "id": self.ids[6],
            "credit_line_id": self.ids[5],
            "product_id": self.chosen.product,
            **self._parties,
            **self._price,
            "region_code": self.region,
            "paid_on": self._day(5).isoformat(),
            "external_reference": f"FK{self._day(5):%Y%m%d}-H{self.number:06}",
            "reversal_reason": "",
            "recorded_at": self._at(5),
            "recorded_by": self.officer,
        }

    def _trail(self) -> Rows:
        """The histories and the audit entries. The platform itself has written them, and says so."""
        parties = self._parties
        for was, became, stage in _NEED_STEPS:
            owner = {"need_id": parties["need_id"], "enterprise_id": self.enterprise}
            yield "need_events", {**owner, **self._step(was, became, stage)}
        for before, after, stage in _LEAD_STEPS:
            owner = {"lead_id": self.ids[3], "enterprise_id": self.enterprise, "institution_id": self.institution}
            yield "lead_events", {**owner, **self._step(before, after, stage)}
        yield "audit_entries", self._audit("credit_line", "credit_line.granted", self.ids[5], 4)
        yield "audit_entries", self._audit("disbursement", "disbursement.recorded", self.ids[6], 5)

    def _step(self, before: str | None, after: str, stage: int) -> Row:
        return {
            "at": self._at(stage),
            "actor_role": "system",
            "from_status": before,
            "to_status": after,
            "detail": {},
        }

    def _audit(self, kind: str, action: str, subject: str, stage: int) -> Row:
        return {
            "at": self._at(stage),
            "actor_role": "system",
            "action": action,
            "subject_kind": kind,
            "subject_id": subject,
            "detail": {"amount": str(self.deal.amount)},
            "request_id": "",
        }
