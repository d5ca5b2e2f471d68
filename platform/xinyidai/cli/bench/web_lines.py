"""Open credit lines for the benchmark of payouts, each made by the way that every loan goes."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import Engine, Row, text

from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.clock import business_date, system_clock
from xinyidai.core.db import unit_of_work
from xinyidai.core.guarantees import GuaranteeMode
from xinyidai.core.money import wan_from_yuan
from xinyidai.leads.ranking import rank_need
from xinyidai.leads.service import ApplyToProducts, accept_lead, apply_to_products
from xinyidai.lending.commands import GrantCreditLine, MakeOffer
from xinyidai.lending.services import accept_offer, grant_credit_line, make_offer
from xinyidai.needs.commands import PostNeed
from xinyidai.needs.service import post_whole_need
from xinyidai.needs.types import ApplicantRole, Purpose
from xinyidai.products.types import RepaymentMode

AMOUNT, TERM = Decimal(800_000), 12

_OWNERS = text("""
    select u.id, u.enterprise_id from users u
     where u.enterprise_id is not null
       and not exists (select 1 from needs n where n.enterprise_id = u.enterprise_id
                        and n.status in ('draft', 'published', 'in_contact', 'credited'))
     order by u.id
""")
_BEST = text("""
    select r.product_id, r.institution_id, v.rate_min, v.guarantees, v.repayment_modes, v.amount_max
      from match_results r join product_versions v on v.id = r.product_version_id
     where r.match_run_id = (select id from match_runs where need_id = :need order by finished_at desc, id desc limit 1)
       and r.rank is not null and v.amount_max >= :amount order by r.rank limit 1
""")


def post_need(engine: Engine, owner: Actor, *, open_to_claims: bool = False) -> UUID:
    """A need that many products fit, posted by ``owner`` and ranked."""
    command = PostNeed(
        amount=AMOUNT,
        term_months=TERM,
        purpose=Purpose.WORKING_CAPITAL,
        guarantees=tuple(GuaranteeMode),
        has_existing_loans=False,
        applicant_role=next(iter(ApplicantRole)),
        contact_name="周建国",
        contact_phone="10000000000",
        truth_stated=True,
        allow_similar=True,
        open_to_claims=open_to_claims,
    )
    with unit_of_work(engine, owner) as session:
        need_id = post_whole_need(session, owner, command, system_clock()).id
    with unit_of_work(engine, SYSTEM) as session:
        rank_need(session, need_id, system_clock(), job_id=uuid4(), reason="posted")
    return need_id


def open_lines(engine: Engine, officers: Mapping[UUID, Actor], count: int) -> None:
    """``count`` new lines of 80 万元, for enterprises that ask for nothing else; ``officers`` by institution.

    Raises RuntimeError where the city has too few such enterprises.
    """
    with unit_of_work(engine, SYSTEM) as session:
        owners = session.execute(_OWNERS).all()
    for row in owners:
        if count == 0:
            return
        owner = Actor(Role.ENTERPRISE_MEMBER, user_id=row.id, enterprise_id=row.enterprise_id)
        need_id = post_need(engine, owner)
        with unit_of_work(engine, SYSTEM) as session:
            best = session.execute(_BEST, {"need": need_id, "amount": AMOUNT}).first()
        if best is not None and best.institution_id in officers:
            _grant(engine, owner, officers[best.institution_id], need_id, best)
            count -= 1
    if count:
        raise RuntimeError(f"the city has too few enterprises without an open need: {count} lines are missing")


def _grant(engine: Engine, owner: Actor, officer: Actor, need_id: UUID, product: Row[tuple[object, ...]]) -> None:
    now = system_clock()
    today = business_date(now)
    apply = ApplyToProducts(product_ids=(product.product_id,))
    with unit_of_work(engine, owner) as session:
        [lead] = apply_to_products(session, owner, need_id, apply, now, answer_days=3)
    terms = MakeOffer(
        amount_wan=wan_from_yuan(AMOUNT),
        annual_rate=product.rate_min,
        term_months=TERM,
        guarantee_mode=GuaranteeMode(product.guarantees[0]),
        repayment_mode=RepaymentMode(product.repayment_modes[0]),
        valid_until=(today + timedelta(days=30)).isoformat(),
    )
    with unit_of_work(engine, officer) as session:
        accept_lead(session, officer, lead.id, now)
        offer = make_offer(session, officer, lead.id, terms, now)
    with unit_of_work(engine, owner) as session:
        accept_offer(session, owner, offer.id, now)
    granted = GrantCreditLine(
        amount_wan=wan_from_yuan(AMOUNT),
        contract_number=f"B-{lead.id}",
        approved_on=today.isoformat(),
        expires_on=(today + timedelta(days=30 * TERM)).isoformat(),
    )
    with unit_of_work(engine, officer) as session:
        grant_credit_line(session, officer, lead.id, granted, now)
