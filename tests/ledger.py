"""Money written straight into the tables, with every row that it stands on; faster than walking the services."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import select

from tests.factories import Factory
from xinyidai.audit.service import record
from xinyidai.core.actor import SYSTEM
from xinyidai.enterprises.models import Enterprise
from xinyidai.institutions.models import Institution
from xinyidai.leads.models import Lead
from xinyidai.leads.status import derive_need_status, log_step
from xinyidai.leads.types import LeadStatus
from xinyidai.lending.models import (
    CreditLine,
    Disbursement,
    Offer,
    PayoutProposal,
    Repayment,
    RiskPool,
    RiskShare,
)
from xinyidai.needs.jobs import RankNeed
from xinyidai.needs.models import Need
from xinyidai.outbox.jobs import enqueue
from xinyidai.products.models import ProductVersion

LIMIT = Decimal(1_000_000)


class Ledger:
    """Needs, leads, credit lines and payouts that agree with each other: ``xyd check`` finds nothing in them."""

    def __init__(self, factory: Factory) -> None:
        self.factory, self.session, self.now = factory, factory.session, factory.now
        self._count = 0

    def line(self, product: ProductVersion, enterprise: Enterprise, **fields: Any) -> CreditLine:
        """A need of ``enterprise`` that this product's institution has granted."""
        self._count += 1
        approved_on: date = fields.pop("approved_on", date(2025, 1, 2))
        moment = datetime.combine(approved_on, self.now.timetz())
        amount = fields.get("amount", LIMIT)
        need: Need = self.factory.need(enterprise, posted_at=moment - timedelta(days=9), amount=amount)
        enqueue(self.session, RankNeed(need.id), self.now)
        lead: Lead = self.factory.lead(
            need,
            product,
            status="credit_approved",
            sent_at=moment - timedelta(days=7),
            accepted_at=moment - timedelta(days=5),
        )
        log_step(self.session, SYSTEM, lead, LeadStatus.OFFER_ACCEPTED, moment)
        terms = {
            "need_id": need.id,
            "enterprise_id": enterprise.id,
            "institution_id": product.institution_id,
            "amount": amount,
            "annual_rate": Decimal("4.35"),
            "term_months": 12,
            "guarantee_mode": "credit",
            "repayment_mode": "bullet",
        }
        terms = {**terms, **{key: value for key, value in fields.items() if key in terms}}
        offer = self._save(
            Offer(
                **terms,
                lead_id=lead.id,
                valid_until=approved_on,
                status="accepted",
                offered_at=moment,
                decided_at=moment,
            )
        )
        line: CreditLine = self._save(
            CreditLine(
                **terms,
                offer_id=offer.id,
                lead_id=lead.id,
                product_id=product.product_id,
                region_code=need.region_code,
                contract_number=f"HT-{self._count:05}",
                approved_on=approved_on,
                expires_on=approved_on + timedelta(days=1200),
                approved_at=moment,
            )
        )
        record(self.session, SYSTEM, "credit_line.granted", "credit_line", line.id, self.now)
        self._follow(line)
        return line

    def pay(self, line: CreditLine, amount: Decimal | int, paid_on: date) -> Disbursement:
        self._count += 1
        return self._row(line, amount=Decimal(amount), paid_on=paid_on, external_reference=f"FK-{self._count:05}")

    def reverse(self, payout: Disbursement) -> Disbursement:
        line = self.session.get_one(CreditLine, payout.credit_line_id)
        return self._row(
            line,
            amount=-payout.amount,
            paid_on=payout.paid_on,
            external_reference=f"reversal:{payout.id}",
            reverses_id=payout.id,
            reversal_reason="typed twice",
        )

    def confirmed(self, payout: Disbursement) -> PayoutProposal:
        """Two people stand behind this payout."""
        bank = self.session.get_one(Institution, payout.institution_id)
        row: PayoutProposal = self._save(
            PayoutProposal(
                **{name: getattr(payout, name) for name in ("credit_line_id", "enterprise_id", "institution_id")},
                **{name: getattr(payout, name) for name in ("amount", "paid_on", "external_reference")},
                status="confirmed",
                proposed_at=self.now,
                proposed_by=self.factory.officer_of(bank).id,
                decided_at=self.now,
                decided_by=self.factory.officer_of(bank).id,
                disbursement_id=payout.id,
            )
        )
        return row

    def repay(self, line: CreditLine, principal: Decimal | int, repaid_on: date, **fields: Any) -> Repayment:
        self._count += 1
        row: Repayment = self._save(
            Repayment(
                **{
                    "credit_line_id": line.id,
                    **{name: getattr(line, name) for name in ("need_id", "enterprise_id", "institution_id")},
                    "region_code": line.region_code,
                    "principal": Decimal(principal),
                    "interest": Decimal(0),
                    "repaid_on": repaid_on,
                    "external_reference": f"HK-{self._count:05}",
                    "recorded_at": self.now,
                    **fields,
                }
            )
        )
        record(self.session, SYSTEM, "repayment.recorded", "repayment", row.id, self.now)
        self.session.flush()
        return row

    def reverse_repayment(self, row: Repayment) -> Repayment:
        line = self.session.get_one(CreditLine, row.credit_line_id)
        return self.repay(line, -row.principal, row.repaid_on, reverses_id=row.id, reversal_reason="typed twice")

    def renew(self, line: CreditLine, principal: Decimal | int, day: date) -> CreditLine:
        """Carry ``principal`` over into a new line and close the old one."""
        self._count += 1
        copied = line.model_dump(exclude={"id", "offer_id", "renews_id", "contract_number", "amount", "closed_on"})
        renewal: CreditLine = self._save(
            CreditLine(
                **{**copied, "approved_on": day},
                renews_id=line.id,
                contract_number=f"XD-{self._count:05}",
                amount=Decimal(principal),
            )
        )
        record(self.session, SYSTEM, "credit_line.renewed", "credit_line", renewal.id, self.now)
        self.repay(line, principal, day, kind="carried_over", renewal_line_id=renewal.id)
        line.closed_on = day
        self._save(line)
        return renewal

    def pooled(self, line: CreditLine) -> RiskShare:
        """A public pool bears a fifth of the loan."""
        pool = self._save(
            RiskPool(
                name="市级风险补偿资金池",
                capital=Decimal(30_000_000),
                ratio_cap=Decimal(30),
                valid_from=date(2025, 1, 1),
                source="测试文件",
                created_at=self.now,
            )
        )
        whose = {"offer_id": line.offer_id, "enterprise_id": line.enterprise_id, "institution_id": line.institution_id}
        share: RiskShare = self._save(RiskShare(**whose, pool_id=pool.id, share=Decimal(20)))
        return share

    def _row(self, line: CreditLine, **fields: Any) -> Disbursement:
        copied = ("need_id", "product_id", "enterprise_id", "institution_id", "region_code", "annual_rate")
        row: Disbursement = self._save(
            Disbursement(
                **{name: getattr(line, name) for name in copied},
                credit_line_id=line.id,
                guarantee_mode=line.guarantee_mode,
                recorded_at=self.now,
                **fields,
            )
        )
        record(self.session, SYSTEM, "disbursement.recorded", "disbursement", row.id, self.now)
        self._follow(line)
        return row

    def _follow(self, line: CreditLine) -> None:
        """Lead and need after the money, as the services leave them."""
        rows = self.session.exec(select(Disbursement.amount).where(Disbursement.credit_line_id == line.id)).all()
        paid = sum(rows, Decimal(0))
        lead, need = self.session.get_one(Lead, line.lead_id), self.session.get_one(Need, line.need_id)
        before = LeadStatus(lead.status)
        lead.status = "funded" if paid >= line.amount else "disbursing" if paid else "credit_approved"
        lead.closed_at = self.now if lead.status == "funded" else None
        if before != lead.status:
            log_step(self.session, SYSTEM, lead, before, self.now)
        need.status = derive_need_status([LeadStatus(lead.status)]).value
        self.session.flush()

    def _save(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row
