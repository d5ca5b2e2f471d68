"""What came after the payouts, a few of each: repayments, a loan overdue, one renewed, one reported twice; and lenders
that look for enterprises. Everything goes through the platform's own services, each step at its moment in the past.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from xinyidai.core.actor import SYSTEM
from xinyidai.core.clock import business_date
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.validation import parse
from xinyidai.demo.city import City
from xinyidai.demo.credit.economy import FACTORY
from xinyidai.demo.lenders import OFFICERS_BANK
from xinyidai.demo.people import Cast, act_as
from xinyidai.demo.play import Play
from xinyidai.demo.stories import Ending, Step, Story
from xinyidai.leads.screening.invitations import InviteEnterprise, invitable, invite_enterprise
from xinyidai.leads.screening.openings import open_to_lenders
from xinyidai.leads.screening.screens import SaveScreen, save_screen
from xinyidai.lending.commands import RecordDisbursement, RecordRepayment, RenewLine, ReportOverdue
from xinyidai.lending.models import PayoutProposal
from xinyidai.lending.services import confirm_payout, pay_out, record_repayment, renew_line, report_overdue

_REPAYING, _INSTALMENTS = 24, 3
"""So many loans are being repaid, with so many instalments at most: enough to look at."""
_EVERY_SETTLED = 8
_A_MONTH = timedelta(days=30)
_FEN = Decimal("0.01")
_TWIN_NUMBERS = 800_000
_FOUND_SHARE = 0.4

_LINES = text("""
    select c.id, c.enterprise_id, i.code as lender, b.outstanding as owed, c.annual_rate, c.term_months,
           (select max(d.paid_on) from disbursements d where d.credit_line_id = c.id and d.amount > 0) as paid_on,
           b.paid >= c.amount as is_drawn
      from credit_lines c join line_balances b on b.id = c.id join institutions i on i.id = c.institution_id
     where b.outstanding > 0 and c.closed_on is null and c.approved_on <= :before
     order by c.institution_id <> :own, c.approved_on, c.id limit :most
""")
_TWIN_LINE = text("select c.id, i.code from credit_lines c join institutions i on i.id = c.institution_id"
                  " where c.contract_number like :ending")  # fmt: skip
_PAID = text("""
    select d.amount, d.paid_on from disbursements d join credit_lines c on c.id = d.credit_line_id
     where c.contract_number like :ending and d.amount > 0
       and not exists (select 1 from disbursements r where r.reverses_id = d.id)
     order by d.paid_on desc limit 1
""")


@dataclass(frozen=True, slots=True)
class _Loan:
    """A line with money out. Yuan, percent a year, months."""

    id: UUID
    enterprise_id: UUID
    lender: str
    owed: Decimal
    annual_rate: Decimal
    term: int
    paid_on: date
    is_drawn: bool


def after_the_payouts(
    bind: Engine | Connection, city: City, cast: Cast, now: datetime, *, answer_days: int, need_days: int
) -> None:
    with unit_of_work(bind, SYSTEM) as session:
        loans = _loans(session, cast, now)
        left = _repay(session, cast, loans, now)
        _overdue(session, cast, left[:1], now)
        _renew(session, cast, left[1:2], now)
    with unit_of_work(bind, SYSTEM) as session:
        play = Play(session, cast, answer_days=answer_days, need_days=need_days)
        _report_twice(session, city, cast, play, now)
    with unit_of_work(bind, SYSTEM) as session:
        _screening(session, city, cast, now)


def _loans(session: ActorSession, cast: Cast, now: datetime) -> list[_Loan]:
    """Of the officer's bank first, so that the demo's officer has something to do."""
    before = business_date(now) - 2 * _A_MONTH
    asked = {"before": before, "own": cast.institutions[OFFICERS_BANK], "most": _REPAYING}
    return [_Loan(*row) for row in session.execute(_LINES, asked)]


def _repay(session: ActorSession, cast: Cast, loans: Sequence[_Loan], now: datetime) -> list[_Loan]:
    """Monthly instalments since the payout; now and then everything at once. Answers what still owes."""
    factory = cast.members[FACTORY].enterprise_id
    left = []
    for place, loan in enumerate(loans):
        settled = place % _EVERY_SETTLED == _EVERY_SETTLED - 1 and loan.is_drawn and loan.enterprise_id != factory
        owed = loan.owed
        for number, day in enumerate(_instalment_days(loan, now), start=1):
            principal = (loan.owed / loan.term).quantize(_FEN)
            _pay_back(session, cast, loan, principal, owed, number, day)
            owed -= principal
        if settled:
            _pay_back(session, cast, loan, owed, owed, _INSTALMENTS + 1, now - timedelta(days=2, hours=place))
        else:
            left.append(replace(loan, owed=owed))
    return left


def _instalment_days(loan: _Loan, now: datetime) -> list[datetime]:
    """A month after the payout, and so on, at most so many, none of them ahead."""
    first = now - timedelta(days=(business_date(now) - loan.paid_on).days)
    days = [first + month * _A_MONTH for month in range(1, _INSTALMENTS + 1)]
    return [day for day in days if day < now - timedelta(days=3)]


def _pay_back(
    session: ActorSession, cast: Cast, loan: _Loan, principal: Decimal, owed: Decimal, number: int, when: datetime
) -> None:
    day = business_date(when)
    form = {
        "principal": principal,
        "interest": (owed * loan.annual_rate / 1200).quantize(_FEN),
        "repaid_on": day.isoformat(),
        "external_reference": f"HK{day:%Y%m%d}-{str(loan.id)[-8:]}-{number}",
    }
    officer = act_as(session, cast.officers[loan.lender])
    record_repayment(session, officer, loan.id, parse(RecordRepayment, form), when)


def _overdue(session: ActorSession, cast: Cast, loans: Sequence[_Loan], now: datetime) -> None:
    """One instalment twelve days late."""
    for loan in loans:
        form = {
            "as_of": business_date(now).isoformat(),
            "principal": (loan.owed / loan.term).quantize(_FEN),
            "interest": (loan.owed * loan.annual_rate / 1200).quantize(_FEN),
            "days": 12,
            "grade": "special_mention",
            "note": "已电话提醒，企业称下周回款后归还",
        }
        officer = act_as(session, cast.officers[loan.lender])
        report_overdue(session, officer, loan.id, parse(ReportOverdue, form), now - timedelta(hours=2))


def _renew(session: ActorSession, cast: Cast, loans: Sequence[_Loan], now: datetime) -> None:
    for loan in loans:
        when = now - timedelta(days=3)
        day = business_date(when)
        form = {
            "contract_number": f"{loan.lender}-XD-{day:%Y}-{str(loan.id)[-6:]}",
            "annual_rate": max(loan.annual_rate - Decimal("0.25"), Decimal(1)),
            "term_months": 12,
            "approved_on": day.isoformat(),
            "expires_on": (day + timedelta(days=360)).isoformat(),
        }
        manager = act_as(session, cast.managers[loan.lender])
        renew_line(session, manager, loan.id, parse(RenewLine, form), when)


def _report_twice(session: ActorSession, city: City, cast: Cast, play: Play, now: datetime) -> None:
    """An enterprise took the same money from a second lender a day later, or one loan was told twice: who knows?

    The office is to look at it. The second loan is played like any other, up to the payout.
    """
    for story in city.stories:
        ends = business_date(story.steps[-1][1])
        if story.ending is Ending.FUNDED and story.firm != FACTORY and ends <= business_date(now) - timedelta(days=6):
            paid = _row(session, _PAID, story.number)
            if paid is not None and _twin(session, cast, play, story, paid.amount, paid.paid_on, now):
                return


def _twin(
    session: ActorSession, cast: Cast, play: Play, story: Story, amount: Decimal, paid_on: date, now: datetime
) -> bool:
    twin = replace(story, number=_TWIN_NUMBERS + story.number, others=0, lender=_another(cast, story.lender))
    grant = next(when for step, when in story.steps if step is Step.GRANT)
    for step, when in story.steps:
        if when <= grant:
            play.act(twin, step, when)
    act_as(session, SYSTEM)
    line = _row(session, _TWIN_LINE, twin.number)
    if line is None:
        return False
    when = min(grant + (paid_on - business_date(grant)) + timedelta(days=1), now - timedelta(hours=1))
    form = {
        "amount_wan": wan_from_yuan(amount),
        "paid_on": business_date(when).isoformat(),
        "external_reference": f"FK{business_date(when):%Y%m%d}-{twin.number:06}-1",
        "record_anyway": True,
    }
    officer = act_as(session, cast.officers[line.code])
    made = pay_out(session, officer, line.id, parse(RecordDisbursement, form), when)
    if isinstance(made, PayoutProposal):
        confirm_payout(session, act_as(session, cast.managers[line.code]), made.id, when)
    return True


def _another(cast: Cast, lender: str) -> str:
    codes = sorted(cast.institutions)
    return codes[(codes.index(lender) + 1) % len(codes)]


def _row(session: ActorSession, statement: Any, number: int) -> Any:
    return session.execute(statement, {"ending": f"%-{number:06}"}).first()


def _screening(session: ActorSession, city: City, cast: Cast, now: datetime) -> None:
    """Some firms let themselves be found, the factory among them; the officer keeps two searches and has invited."""
    rng = Random("screening")  # noqa: S311 - repeatable, not secret
    found = [FACTORY]
    for place, member in sorted(cast.members.items()):
        if place == FACTORY or rng.random() < _FOUND_SHARE:
            open_to_lenders(session, act_as(session, member), now - timedelta(days=rng.randint(5, 60), minutes=place))
            found.append(place)
    officer = act_as(session, cast.officers[OFFICERS_BANK])
    region = {"fact": "region", "op": "prefix_in", "value": [city.firms[FACTORY].area[:4]]}
    clean = {"fact": "dishonest_debtor", "op": "is", "value": False}
    small = {"fact": "size", "op": "in", "value": ["small", "micro"]}
    industry = {"fact": "industry", "op": "prefix_in", "value": ["C"]}
    graded = {"fact": "tax_grade", "op": "in", "value": ["A", "B"]}
    for name, shared, criteria in (
        ("本市小微企业（无失信记录）", True, (region, small, clean)),
        ("制造业纳税信用A级、B级", False, (region, industry, graded)),
    ):
        command = SaveScreen(name=name, shared=shared, criteria=criteria)
        save_screen(session, officer, command, now - timedelta(days=4))
    _invite(session, cast, OFFICERS_BANK, found[-1], now - timedelta(days=3))
    _invite(session, cast, _another(cast, OFFICERS_BANK), FACTORY, now - timedelta(days=1))
    act_as(session, SYSTEM)


def _invite(session: ActorSession, cast: Cast, lender: str, place: int, when: datetime) -> None:
    officer, enterprise = act_as(session, cast.officers[lender]), cast.members[place].enterprise_id
    products = invitable(session, officer, enterprise, when).products if enterprise else []
    if enterprise and products:
        invite_enterprise(session, officer, enterprise, InviteEnterprise(product_id=UUID(products[0][0])), when)
