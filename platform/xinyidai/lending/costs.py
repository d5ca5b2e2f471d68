"""What a loan costs in all: fees as payments, and the yearly rate that contains them.

The method of the domain rules, section 13: all directly related costs over the principal in use. The monthly internal
rate of return of what is received and paid, times twelve, is the nominal all-in rate; compounded over twelve months
it is the effective one. Decimals throughout; the root is found by bisection.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache

from xinyidai.core.money import to_fen
from xinyidai.lending.repayment import RepaymentPlan, repayment_plan
from xinyidai.lending.types import FeeDue, FeeKind, FeeMethod
from xinyidai.products.types import RepaymentMode

_PERCENT = Decimal(100)
_MONTHS = 12
_DIGITS = 34
_HIGHEST = Decimal(1000)
"""A monthly rate beyond which no answer is sought: nearly everything received is taken back at once."""
_CLOSE = Decimal("1e-14")


@dataclass(frozen=True, slots=True)
class Fee:
    """One cost beside the interest: ``amount`` yuan, or ``percent`` of the loan, each time it is due."""

    kind: FeeKind
    payee: str
    method: FeeMethod
    due: FeeDue
    amount: Decimal | None = None
    percent: Decimal | None = None

    @property
    def is_borne_by_enterprise(self) -> bool:
        return self.method is not FeeMethod.BORNE_BY_LENDER

    def each(self, loan: Decimal) -> Decimal:
        """Yuan each time it is due."""
        return self.amount if self.amount is not None else to_fen(loan * (self.percent or Decimal(0)) / _PERCENT)

    def months_due(self, term: int) -> list[int]:
        """0 is the day of the payout, 1 the end of the first month. A year that has begun is charged in full."""
        if self.due is FeeDue.UPFRONT:
            return [0]
        if self.due is FeeDue.AT_END:
            return [term]
        return list(range(1, term + 1)) if self.due is FeeDue.MONTHLY else list(range(0, term, _MONTHS))

    def total(self, loan: Decimal, term: int) -> Decimal:
        return self.each(loan) * len(self.months_due(term))


@dataclass(frozen=True, slots=True)
class AllIn:
    """Percent a year: twelve times the monthly rate, and compounded."""

    nominal: Decimal
    effective: Decimal


@dataclass(frozen=True, slots=True)
class Cost:
    """What an offered loan costs. ``plan`` is None where the mode leaves the payments open and nothing is assumed.

    ``assumed``: a revolving loan costs by the day; the plan then supposes that the whole amount is used for the whole
    term and the interest paid monthly, the most it can cost.
    """

    amount: Decimal
    months: int
    plan: RepaymentPlan | None
    assumed: bool
    fees: tuple[Fee, ...]
    all_in: AllIn | None

    @property
    def interest(self) -> Decimal | None:
        return self.plan.total_interest if self.plan else None

    @property
    def fees_total(self) -> Decimal:
        """What the enterprise pays beside the interest over the whole term."""
        return sum((fee.total(self.amount, self.months) for fee in self._own()), Decimal(0))

    @property
    def total(self) -> Decimal | None:
        return None if self.plan is None else self.plan.total_interest + self.fees_total

    @property
    def heaviest_month(self) -> Decimal | None:
        """The most that leaves the account in one month before the last, fees included; 0 where nothing is due then."""
        if self.plan is None:
            return None
        due = payments(self.plan, self.fees, self.amount, self.months)
        return max((paid for month, paid in due.items() if 0 < month < self.months), default=Decimal(0))

    @property
    def last_payment(self) -> Decimal | None:
        """What leaves the account in the last month: with some modes the whole principal."""
        return payments(self.plan, self.fees, self.amount, self.months)[self.months] if self.plan else None

    @property
    def received(self) -> Decimal:
        """What arrives on the day of the payout once all that is due then is paid."""
        return self.amount - sum(
            (fee.each(self.amount) for fee in self._own() if 0 in fee.months_due(self.months)), Decimal(0)
        )

    def fees_in(self, month: int) -> Decimal:
        own = (fee.each(self.amount) for fee in self._own() if month in fee.months_due(self.months))
        return sum(own, Decimal(0))

    def _own(self) -> Iterable[Fee]:
        return (fee for fee in self.fees if fee.is_borne_by_enterprise)


@lru_cache(maxsize=1024)
def cost_of(
    amount: Decimal, annual_rate: Decimal, months: int, mode: RepaymentMode, fees: tuple[Fee, ...] = ()
) -> Cost:
    """Everything about the price of a loan of ``amount`` yuan at ``annual_rate`` percent."""
    plan, assumed = repayment_plan(amount, annual_rate, months, mode), mode is RepaymentMode.REVOLVING
    if assumed:
        plan = repayment_plan(amount, annual_rate, months, RepaymentMode.INTEREST_MONTHLY)
    return Cost(amount, months, plan, assumed, fees, _all_in(amount, months, plan, fees))


def payments(plan: RepaymentPlan, fees: Sequence[Fee], amount: Decimal, months: int) -> dict[int, Decimal]:
    """Month → yuan that the enterprise pays then, instalment and fees; 0 is the day of the payout."""
    due: dict[int, Decimal] = {one.month: one.payment for one in plan.instalments}
    for fee in fees:
        if fee.is_borne_by_enterprise:
            for month in fee.months_due(months):
                due[month] = due.get(month, Decimal(0)) + fee.each(amount)
    return due


def _all_in(amount: Decimal, months: int, plan: RepaymentPlan | None, fees: Sequence[Fee]) -> AllIn | None:
    if plan is None:
        return None
    due = payments(plan, fees, amount, months)
    received = amount - due.pop(0, Decimal(0))
    monthly = monthly_rate(received, due)
    if monthly is None:
        return None
    nominal = monthly * _MONTHS * _PERCENT
    effective = ((1 + monthly) ** _MONTHS - 1) * _PERCENT
    return AllIn(+nominal, +effective)


def monthly_rate(received: Decimal, due: dict[int, Decimal]) -> Decimal | None:
    """The monthly rate at which what is paid later is worth what was received, found by bisection.

    None where nothing is left to receive, or where less is paid back than was received.
    """
    if received <= 0 or sum(due.values(), Decimal(0)) < received:
        return None
    with localcontext() as context:
        context.prec = _DIGITS
        low, high = Decimal(0), Decimal("0.01")
        while _present_value(due, high) > received:
            low, high = high, high * 2
            if high > _HIGHEST:
                return None
        while high - low > _CLOSE:
            middle = (low + high) / 2
            low, high = (middle, high) if _present_value(due, middle) > received else (low, middle)
        return (low + high) / 2


def _present_value(due: dict[int, Decimal], monthly: Decimal) -> Decimal:
    """By Horner's rule, from the last payment to the first."""
    value, growth = Decimal(0), 1 + monthly
    for month in range(max(due, default=0), 0, -1):
        value = (value + due.get(month, Decimal(0))) / growth
    return value
