"""Plays the city's stories through the platform's own services, each step at its moment in the past.

Nothing is written past a service, so what stands in the database afterwards is what the platform itself would have
made of the same acts: every status, log row, audit entry and total.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text

from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession
from xinyidai.core.money import WAN, wan_from_yuan
from xinyidai.core.validation import parse
from xinyidai.demo.catalogue import MadeProduct
from xinyidai.demo.lenders import GUARANTOR
from xinyidai.demo.people import Cast, act_as, lender_of
from xinyidai.demo.stories import Ending, Step, Story
from xinyidai.leads.need_closing import expire_old_needs
from xinyidai.leads.papers import RequestPapers, papers_complete, record_contact, request_papers
from xinyidai.leads.ranking import rank_need
from xinyidai.leads.service import (
    ApplyToProducts,
    RefuseLead,
    accept_lead,
    apply_to_products,
    decline_lead,
    expire_unanswered_leads,
)
from xinyidai.leads.types import RefusalReason
from xinyidai.lending.commands import (
    GrantCreditLine,
    MakeOffer,
    OfferedFee,
    RecordDisbursement,
    ReverseDisbursement,
)
from xinyidai.lending.models import PayoutProposal
from xinyidai.lending.services import (
    accept_offer,
    confirm_payout,
    grant_credit_line,
    lapse_offers,
    make_offer,
    pay_out,
    refuse_credit,
    reverse_disbursement,
    withdraw_need,
)
from xinyidai.needs.commands import ApplicantStep, MoneyStep, PostNeed, SecurityStep
from xinyidai.needs.service import post_whole_need, save_step, start_draft
from xinyidai.needs.types import ApplicantRole
from xinyidai.products.types import GuaranteeMode

_RANKED = text("""
    select r.product_id from match_results r
     where r.match_run_id = (select id from match_runs where need_id = :need order by finished_at desc, id desc limit 1)
       and r.rank is not null order by r.rank
""")
_RANK_JOB = text(
    "select id from outbox_jobs where name = 'needs.rank' and payload ->> 'need_id' = :need and done_at is null"
)
_JOB_DONE = text("update outbox_jobs set done_at = :now where id = :id")

_REASONS = {
    RefusalReason.WEAK_REVENUE: 24,
    RefusalReason.HIGH_DEBT: 20,
    RefusalReason.NO_SECURITY: 18,
    RefusalReason.PAPERS_INCOMPLETE: 12,
    RefusalReason.PURPOSE_UNCLEAR: 8,
    RefusalReason.QUOTA_EXHAUSTED: 8,
    RefusalReason.TAX_RECORD: 6,
    RefusalReason.AMOUNT_UNSUITABLE: 4,
}
_OFFER_VALID = timedelta(days=30)
_DAYS_A_MONTH = 30
_RATE_STEP = Decimal("0.01")

T = TypeVar("T")


@dataclass(slots=True)
class Scene:
    """What a story has come to so far. ``is_over`` where it could not go on: no product of the kind it needed."""

    story: Story
    rng: Random
    is_over: bool = False
    need: UUID | None = None
    lead: UUID | None = None
    product: MadeProduct | None = None
    security: GuaranteeMode | None = None
    others: list[tuple[UUID, str]] = field(default_factory=list)
    offer: UUID | None = None
    line: UUID | None = None
    granted: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    payouts: list[UUID] = field(default_factory=list)


class Play:
    """The stage: one session that acts as one person after the other. The caller commits."""

    def __init__(self, session: ActorSession, cast: Cast, *, answer_days: int, need_days: int) -> None:
        self._session, self._cast = session, cast
        self._answer_days, self._need_days = answer_days, need_days
        self._scenes: dict[int, Scene] = {}
        self._acts: dict[Step, Callable[[Scene, datetime], None]] = {
            Step.DRAFT: self._draft,
            Step.POST: self._post,
            Step.RANK: self._rank,
            Step.ASK: self._ask,
            Step.OTHERS_ANSWER: self._others_answer,
            Step.DECLINE: self._decline,
            Step.TAKE: self._take,
            Step.OFFER: self._offer,
            Step.ACCEPT_OFFER: self._accept_offer,
            Step.REFUSE: self._refuse,
            Step.GRANT: self._grant,
            Step.PAY_WRONGLY: self._pay_part,
            Step.REVERSE: self._reverse,
            Step.PAY_PART: self._pay_part,
            Step.PAY_REST: self._pay_rest,
            Step.WITHDRAW: self._withdraw,
        }

    def act(self, story: Story, step: Step, when: datetime) -> None:
        scene = self._scenes.setdefault(story.number, Scene(story, story.rng()))
        if not scene.is_over:
            self._acts[step](scene, when)

    def close_day(self, when: datetime) -> None:
        """What the worker's schedule does: whatever has come due by ``when`` lapses."""
        self._as(SYSTEM)
        expire_unanswered_leads(self._session, when)
        lapse_offers(self._session, when)
        expire_old_needs(self._session, when, self._need_days)

    def _as(self, actor: Actor) -> Actor:
        return act_as(self._session, actor)

    def _member(self, scene: Scene) -> Actor:
        return self._as(self._cast.members[scene.story.firm])

    def _officer(self, scene: Scene) -> Actor:
        return self._as(self._cast.officers[_some(scene.product).lender])

    def _manager(self, scene: Scene) -> Actor:
        return self._as(self._cast.managers[_some(scene.product).lender])

    # The enterprise

    def _draft(self, scene: Scene, when: datetime) -> None:
        """Begun, and left after the first or second page."""
        story, member = scene.story, self._member(scene)
        need = start_draft(self._session, member, when)
        pages = [
            parse(MoneyStep, {"amount_wan": _wan(story.amount), "term_months": story.term, "purpose": story.purpose}),
            parse(SecurityStep, {"guarantees": _offered(story), "has_existing_loans": False}),
            parse(ApplicantStep, {"contact_name": story.contact}),
        ]
        for page in pages[: scene.rng.randint(1, 2)]:
            save_step(self._session, member, need.id, page, when)

    def _post(self, scene: Scene, when: datetime) -> None:
        story, member = scene.story, self._member(scene)
        asked = {
            "amount": story.amount,
            "term_months": story.term,
            "purpose": story.purpose,
            "guarantees": _offered(story),
            "max_rate": scene.rng.choice((None, None, "6", "8", "12")),
            "has_existing_loans": story.owes is not None,
            "existing_loan_balance": story.owes,
            "applicant_role": ApplicantRole.LEGAL_REPRESENTATIVE,
            "contact_name": story.contact,
            "contact_phone": story.phone,
            "truth_stated": True,
            # What nobody was asked for yet is open to lenders, so that the pool has something to show.
            "open_to_claims": story.ending is Ending.RANKED,
        }
        scene.need = post_whole_need(self._session, member, parse(PostNeed, asked), when).id

    def _rank(self, scene: Scene, when: datetime) -> None:
        """The worker's part, done here under the same job, which is then done."""
        need = _some(scene.need)
        self._as(SYSTEM)
        job = self._session.execute(_RANK_JOB, {"need": str(need)}).scalar_one()
        rank_need(self._session, need, when, job_id=job)
        self._session.execute(_JOB_DONE, {"id": job, "now": when})

    def _ask(self, scene: Scene, when: datetime) -> None:
        """Apply to the best product of the lender that the story favours, and to others beside it."""
        member = self._member(scene)
        ranked = list(self._session.execute(_RANKED, {"need": scene.need}).scalars())
        fitting = [product for product in ranked if self._security(scene.story, product) is not None]
        if not fitting:
            scene.is_over = True
            return
        chosen = self._choose(scene, fitting)
        first = chosen[0]
        command = ApplyToProducts(product_ids=tuple(chosen))
        leads = apply_to_products(
            self._session, member, _some(scene.need), command, when, answer_days=self._answer_days
        )
        by_product = {lead.product_id: lead.id for lead in leads}
        scene.lead, scene.product = by_product[first], self._cast.products[first]
        scene.security = self._security(scene.story, first)
        scene.others = [(by_product[one], self._cast.products[one].lender) for one in chosen[1:]]

    def _choose(self, scene: Scene, fitting: list[UUID]) -> list[UUID]:
        """One product of each lender: the favoured one first, else chance by appetite, better ranks more likely."""
        best: dict[str, UUID] = {}
        for product in fitting:
            best.setdefault(self._cast.products[product].lender, product)
        chosen = [best.pop(scene.story.lender)] if scene.story.lender in best else []
        while best and len(chosen) <= scene.story.others:
            weights = [lender_of(code).appetite / place for place, code in enumerate(best, start=1)]
            chosen.append(best.pop(scene.rng.choices(list(best), weights)[0]))
        return chosen

    def _security(self, story: Story, product: UUID) -> GuaranteeMode | None:
        """What the deal would rest on: an unsecured wish stays unsecured, a secured one secured."""
        offered = set(_offered(story))
        return next((mode for mode in self._cast.products[product].guarantees if mode in offered), None)

    def _accept_offer(self, scene: Scene, when: datetime) -> None:
        accept_offer(self._session, self._member(scene), _some(scene.offer), when)

    def _withdraw(self, scene: Scene, when: datetime) -> None:
        withdraw_need(self._session, self._member(scene), _some(scene.need), when)

    # The lender

    def _others_answer(self, scene: Scene, when: datetime) -> None:
        """Beside the lender of the story: half say no, a third take the lead and get no further, some stay silent."""
        for lead, lender in scene.others:
            chance = scene.rng.random()
            officer = self._as(self._cast.officers[lender])
            if chance < 0.5:
                decline_lead(self._session, officer, lead, _refusal(scene.rng), when)
            elif chance < 0.85:
                accept_lead(self._session, officer, lead, when)
                if chance < 0.8:
                    record_contact(self._session, officer, lead, when)

    def _decline(self, scene: Scene, when: datetime) -> None:
        decline_lead(self._session, self._officer(scene), _some(scene.lead), _refusal(scene.rng), when)

    def _take(self, scene: Scene, when: datetime) -> None:
        officer, lead = self._officer(scene), _some(scene.lead)
        accept_lead(self._session, officer, lead, when)
        # Stories that end here are at different points of the work: taken, spoken with, papers asked for or there.
        point = (scene.story.number + 2) % 4 if scene.story.ending is Ending.TAKEN else 0
        if point:
            record_contact(self._session, officer, lead, when)
        if point > 1:
            papers = RequestPapers(papers="近三个月纳税申报表、最近一期财务报表")
            request_papers(self._session, officer, lead, papers, when)
        if point > 2:
            papers_complete(self._session, officer, lead, when)

    def _offer(self, scene: Scene, when: datetime) -> None:
        product = _some(scene.product)
        low, high = product.rate
        terms = {
            "amount_wan": _wan(scene.story.amount),
            "annual_rate": (low + (high - low) * Decimal(str(round(scene.rng.random() ** 2, 2)))).quantize(_RATE_STEP),
            "term_months": scene.story.term,
            "guarantee_mode": scene.security,
            "repayment_mode": scene.rng.choice(product.repayments),
            "valid_until": (business_date(when) + _OFFER_VALID).isoformat(),
            **self._risk(scene),
            "fees": _fees(scene),
        }
        scene.offer = make_offer(
            self._session, self._officer(scene), _some(scene.lead), parse(MakeOffer, terms), when
        ).id

    def _risk(self, scene: Scene) -> dict[str, object]:
        """A guaranteed loan has the city's guarantee company and its pool behind it, four parts and two of ten."""
        if scene.security is not GuaranteeMode.GUARANTEE or _some(scene.product).lender == GUARANTOR:
            return {}
        guarantor = {"guarantor_id": self._cast.institutions[GUARANTOR], "guarantor_share": 40, "guarantor_fee": "0.8"}
        return {**guarantor, "pool_id": self._cast.pool, "pool_share": 20} if self._cast.pool else guarantor

    def _refuse(self, scene: Scene, when: datetime) -> None:
        refuse_credit(self._session, self._officer(scene), _some(scene.lead), _refusal(scene.rng), when)

    def _grant(self, scene: Scene, when: datetime) -> None:
        day = business_date(when)
        lender = _some(scene.product).lender
        scene.granted = scene.story.amount
        granted = {
            "amount_wan": _wan(scene.granted),
            "contract_number": f"{lender}-{day:%Y}-{scene.story.number:06}",
            "approved_on": day.isoformat(),
            "expires_on": (day + timedelta(days=_DAYS_A_MONTH * scene.story.term)).isoformat(),
        }
        manager = self._manager(scene)
        scene.line = grant_credit_line(
            self._session, manager, _some(scene.lead), parse(GrantCreditLine, granted), when
        ).id

    def _pay_part(self, scene: Scene, when: datetime) -> None:
        """Most loans are paid out at once; the others in two parts."""
        share = Decimal(1) if scene.rng.random() < 0.6 and _ends_paid(scene) else Decimal("0.6")
        self._pay(scene, (scene.granted * share / WAN).quantize(Decimal(1)) * WAN, when)

    def _pay_rest(self, scene: Scene, when: datetime) -> None:
        if scene.granted > scene.paid:
            self._pay(scene, scene.granted - scene.paid, when)

    def _pay(self, scene: Scene, amount: Decimal, when: datetime) -> None:
        day = business_date(when)
        number = len(scene.payouts) + 1
        payout = {
            "amount_wan": _wan(amount),
            "paid_on": day.isoformat(),
            "external_reference": f"FK{day:%Y%m%d}-{scene.story.number:06}-{number}",
            # Two parts of one loan look alike; the officer of the story knows that they are two.
            "record_anyway": True,
        }
        command = parse(RecordDisbursement, payout)
        made = pay_out(self._session, self._officer(scene), _some(scene.line), command, when)
        if isinstance(made, PayoutProposal):  # a large one, which the manager looks at too
            made = confirm_payout(self._session, self._manager(scene), made.id, when)
        scene.payouts.append(made.id)
        scene.paid += amount

    def _reverse(self, scene: Scene, when: datetime) -> None:
        command = parse(ReverseDisbursement, {"reason": "金额录入有误，冲正后重新登记"})
        reverse_disbursement(self._session, self._manager(scene), scene.payouts[-1], command, when)
        scene.paid = Decimal(0)


def _ends_paid(scene: Scene) -> bool:
    return scene.story.steps[-1][0] is Step.PAY_REST and Step.REVERSE not in {step for step, _ in scene.story.steps}


def _fees(scene: Scene) -> list[OfferedFee]:
    """What a mortgage costs beside the interest; other loans of this city have no such fees."""
    if scene.security is not GuaranteeMode.MORTGAGE:
        return []
    fees = [
        {"kind": "appraisal", "payee": "示范市信达房地产评估所", "percent": "0.1", "due": "upfront"},
        {"kind": "registration", "payee": "示范市不动产登记中心", "yuan": "550", "method": "borne_by_lender"},
    ]
    return [parse(OfferedFee, fee) for fee in fees]


def _offered(story: Story) -> tuple[GuaranteeMode, ...]:
    """What the enterprise says it can put up: a mortgage or pledge usually goes with a guarantee."""
    if story.security in (GuaranteeMode.MORTGAGE, GuaranteeMode.PLEDGE):
        return (story.security, GuaranteeMode.GUARANTEE)
    return (story.security,)


def _refusal(rng: Random) -> RefuseLead:
    return RefuseLead(reason=rng.choices(list(_REASONS), list(_REASONS.values()))[0])


def _wan(yuan: Decimal) -> str:
    return str(wan_from_yuan(yuan))


def _some(value: T | None) -> T:
    """What an earlier step of the same story has left; its absence is a mistake in the plan."""
    if value is None:
        raise AssertionError("the story has not come this far")
    return value
