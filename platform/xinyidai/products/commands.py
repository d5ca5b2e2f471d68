"""What an institution says of a product."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from xinyidai.core.i18n import N_
from xinyidai.core.money import yuan_from_wan
from xinyidai.core.validation import Command
from xinyidai.products.types import GuaranteeMode, RepaymentMode

MAX_MATERIALS = 40

Wan = Annotated[Decimal, Field(gt=0, le=1_000_000, max_digits=12, decimal_places=6)]
Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=7, decimal_places=4)]
Months = Annotated[int, Field(ge=1, le=360)]


class DraftProduct(Command):
    """The terms of one version. Amounts in 万元, terms in months, rates in percent a year, decision in days.

    ``criteria`` has the form of the matching contract, amounts in yuan; the service checks it against the catalogue
    of facts. ``materials`` may be given as text with one paper a line.
    """

    name: Annotated[str, Field(min_length=2, max_length=40)]
    description: Annotated[str, Field(max_length=2000)] = ""
    amount_min_wan: Wan
    amount_max_wan: Wan
    term_min: Months
    term_max: Months
    rate_min: Percent
    rate_max: Percent
    guarantees: Annotated[tuple[GuaranteeMode, ...], Field(min_length=1)]
    repayment_modes: Annotated[tuple[RepaymentMode, ...], Field(min_length=1)]
    decision_days: Annotated[int, Field(ge=1, le=365)]
    materials: tuple[str, ...] = ()
    criteria: tuple[dict[str, Any], ...] = ()

    @field_validator("amount_max_wan", "term_max", "rate_max")
    @classmethod
    def _not_below_minimum(cls, value: Decimal | int, info: ValidationInfo) -> Decimal | int:
        low = info.data.get(str(info.field_name).replace("max", "min"))
        if low is not None and value < low:
            raise ValueError(N_("This is below the lowest value. Please check the two numbers."))
        return value

    @field_validator("guarantees", "repayment_modes")
    @classmethod
    def _once_each(cls, modes: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(modes))

    @field_validator("materials", mode="before")
    @classmethod
    def _one_a_line(cls, value: object) -> object:
        lines = value.splitlines() if isinstance(value, str) else value
        return [str(line).strip() for line in lines if str(line).strip()] if isinstance(lines, list | tuple) else lines

    @field_validator("materials")
    @classmethod
    def _few_and_short(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        if len(lines) > MAX_MATERIALS or any(len(line) > 100 for line in lines):
            raise ValueError(N_("Please list at most 40 papers, each in at most 100 characters."))
        return tuple(dict.fromkeys(lines))

    @property
    def amount_min(self) -> Decimal:
        """Yuan."""
        return yuan_from_wan(self.amount_min_wan)

    @property
    def amount_max(self) -> Decimal:
        """Yuan."""
        return yuan_from_wan(self.amount_max_wan)


class WholeProduct(DraftProduct):
    """A product that goes on sale at once, as the demo city and the machine interface bring it.

    ``institution_id`` is needed of the platform itself; a manager's own institution is the only other one allowed.
    Without ``code`` the next one of the institution is taken.
    """

    institution_id: UUID | None = None
    code: Annotated[str, Field(max_length=40)] | None = None
