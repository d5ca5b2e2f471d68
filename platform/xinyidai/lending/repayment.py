"""What a loan costs: instalments and interest by repayment mode, exact to the fen.

A month counts as a twelfth of the year (30/360), a day as 1/360 (domain rules, section 13; assumed, as banks
publish it). Interest is rounded half up to the fen in every period, and the last instalment clears the rest.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xinyidai.core.money import WAN, to_fen
from xinyidai.products.types import RepaymentMode

_MONTHS = Decimal(12)
_PERCENT = Decimal(100)
_DAYS = Decimal(360)


@dataclass(frozen=True, slots=True)
class Instalment:
    """What is due at the end of ``month``, in yuan."""

    month: int
    principal: Decimal
    interest: Decimal
    balance: Decimal

    @property
    def payment(self) -> Decimal:
        return self.principal + self.interest


@dataclass(frozen=True, slots=True)
class RepaymentPlan:
    instalments: tuple[Instalment, ...]

    @property
    def first_payment(self) -> Decimal:
        return self.instalments[0].payment

    @property
    def last_payment(self) -> Decimal:
        return self.instalments[-1].payment

    @property
    def total_interest(self) -> Decimal:
        return sum((one.interest for one in self.instalments), Decimal(0))


def repayment_plan(amount: Decimal, annual_rate: Decimal, months: int, mode: RepaymentMode) -> RepaymentPlan | None:
    """The plan of a loan of ``amount`` yuan at ``annual_rate`` percent, drawn in full on the first day.

    None where the mode alone does not fix it: revolving, by stages, other.
    """
    monthly = annual_rate / _PERCENT / _MONTHS
    if mode is RepaymentMode.EQUAL_INSTALMENT:
        return RepaymentPlan(tuple(_equal_instalments(amount, monthly, months)))
    if mode is RepaymentMode.EQUAL_PRINCIPAL:
        return RepaymentPlan(tuple(_equal_principal(amount, monthly, months)))
    period = {
        RepaymentMode.INTEREST_MONTHLY: 1,
        RepaymentMode.INTEREST_QUARTERLY: 3,
        RepaymentMode.BULLET: months,
    }.get(mode)
    return RepaymentPlan(tuple(_interest_first(amount, monthly, months, period))) if period else None


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def interest_per_wan_and_day(annual_rate: Decimal) -> Decimal:
    """Yuan a day for each 万元 in use, to the fen: how revolving loans are quoted."""
    return to_fen(WAN * annual_rate / _PERCENT / _DAYS)


def _equal_instalments(amount: Decimal, monthly: Decimal, months: int) -> Iterator[Instalment]:
    growth = (1 + monthly) ** months
    # Without interest the annuity formula divides nothing by nothing; its limit is the equal share.
    payment = to_fen(amount * monthly * growth / (growth - 1)) if monthly else to_fen(amount / months)
    balance = amount
    for month in range(1, months + 1):
        interest = to_fen(balance * monthly)
        principal = balance if month == months else min(balance, max(payment - interest, Decimal(0)))
        balance -= principal
        yield Instalment(month, principal, interest, balance)


def _equal_principal(amount: Decimal, monthly: Decimal, months: int) -> Iterator[Instalment]:
    share = to_fen(amount / months)
    balance = amount
    for month in range(1, months + 1):
        interest = to_fen(balance * monthly)
        principal = balance if month == months else min(balance, share)
        balance -= principal
        yield Instalment(month, principal, interest, balance)


def _interest_first(amount: Decimal, monthly: Decimal, months: int, period: int) -> Iterator[Instalment]:
    """Interest at the end of each ``period`` months (a shorter one last), principal in one sum at the end."""
    for start in range(0, months, period):
        end = min(start + period, months)
        last = end == months
        interest = to_fen(amount * monthly * (end - start))
        yield Instalment(end, amount if last else Decimal(0), interest, Decimal(0) if last else amount)
