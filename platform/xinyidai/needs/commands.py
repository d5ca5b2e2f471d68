"""What an enterprise may say about a need: step by step as a form, or whole as a machine does.

Every field of a step may be left open, because a draft may be left and taken up again; ``needs.completeness`` says
what is still missing. Forms speak in 万元, the whole command and the table in yuan.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from xinyidai.consents.contact_data import gives_contact_data
from xinyidai.core.guarantees import GuaranteeMode
from xinyidai.core.i18n import N_
from xinyidai.core.money import yuan_from_wan
from xinyidai.core.validation import Command
from xinyidai.needs.types import ApplicantRole, Purpose

MAX_WAN = 1_000_000
MIN_WAN = Decimal("0.1")
MAX_MONTHS = 360
MAX_RATE = 36
"""Percent a year: the most the table takes, and more than any court would protect."""

_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,18}[0-9]")


def _typed_number(value: object) -> object:
    """Full-width digits and thousands separators as people type them; anything else is left to be refused."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFKC", value).strip()
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def _typed_phone(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFKC", value).strip()
    if text and not _PHONE.fullmatch(text):
        raise ValueError(N_("Please enter a telephone number, for example 138 0000 0000 or 0632-3300000."))
    return text


def _no_broker(value: object) -> object:
    if value == "broker":
        raise ValueError(
            N_("Brokers and intermediaries cannot post needs. Posting is free; the owner or a mandated person does it.")
        )
    return value


def _without_contact_data(value: str) -> str:
    """Every lender asked reads it; how to reach the enterprise is for the lender alone that takes the lead."""
    if gives_contact_data(value):
        raise ValueError(
            N_(
                "Please leave out phone numbers and accounts here: every lender asked reads this. The one that"
                " takes the need sees the contact that you name later."
            )
        )
    return value


Wan = Annotated[Decimal, BeforeValidator(_typed_number), Field(ge=MIN_WAN, le=MAX_WAN, decimal_places=4)]
Yuan = Annotated[Decimal, Field(ge=MIN_WAN * 10_000, le=MAX_WAN * 10_000, decimal_places=2)]
Balance = Annotated[Decimal, BeforeValidator(_typed_number), Field(gt=0, le=MAX_WAN, decimal_places=4)]
Months = Annotated[int, BeforeValidator(_typed_number), Field(ge=1, le=MAX_MONTHS)]
Percent = Annotated[Decimal, BeforeValidator(_typed_number), Field(gt=0, le=MAX_RATE, decimal_places=2)]
Applicant = Annotated[ApplicantRole, BeforeValidator(_no_broker)]
Phone = Annotated[str, BeforeValidator(_typed_phone), Field(max_length=20)]
OwnWords = Annotated[str, Field(max_length=500), AfterValidator(_without_contact_data)]
PersonName = Annotated[str, Field(max_length=60)]


class DraftStep(Command):
    """One page of the form; ``changes`` are the columns of the need that it sets."""

    number: ClassVar[int]

    def changes(self) -> dict[str, object]:
        raise NotImplementedError


class MoneyStep(DraftStep):
    """How much, for how long, what for."""

    number: ClassVar[int] = 1

    amount_wan: Wan | None = None
    term_months: Months | None = None
    purpose: Purpose | None = None
    purpose_note: OwnWords = ""

    def changes(self) -> dict[str, object]:
        return {
            "amount": None if self.amount_wan is None else yuan_from_wan(self.amount_wan),
            "term_months": self.term_months,
            "purpose": self.purpose and self.purpose.value,
            "purpose_note": self.purpose_note,
        }


class SecurityStep(DraftStep):
    """What can be put up, the highest rate, and what is owed already. Without loans there is no balance."""

    number: ClassVar[int] = 2

    guarantees: tuple[GuaranteeMode, ...] = ()
    max_rate: Percent | None = None
    has_existing_loans: bool | None = None
    existing_loan_wan: Balance | None = None

    def changes(self) -> dict[str, object]:
        owed = self.existing_loan_wan if self.has_existing_loans else None
        return {
            "guarantees": list(dict.fromkeys(mode.value for mode in self.guarantees)),
            "max_rate": self.max_rate,
            "has_existing_loans": self.has_existing_loans,
            "existing_loan_balance": None if owed is None else yuan_from_wan(owed),
        }


class ApplicantStep(DraftStep):
    """Who asks, and whom a lender may call."""

    number: ClassVar[int] = 3

    applicant_role: Applicant | None = None
    contact_name: PersonName | None = None
    contact_phone: Phone | None = None

    def changes(self) -> dict[str, object]:
        return {
            "applicant_role": self.applicant_role and self.applicant_role.value,
            "contact_name": self.contact_name,
            "contact_phone": self.contact_phone,
        }


STEPS: dict[int, type[DraftStep]] = {step.number: step for step in (MoneyStep, SecurityStep, ApplicantStep)}
CHECK_STEP = 4
"""The last page: everything once more, the statement, the posting."""


class PostDraft(Command):
    """The statement under a finished draft. ``seen`` is the draft's ``updated_at`` on the page that was confirmed.

    ``open_to_claims``: lenders may take the need up by themselves, and the office may pass it on.
    """

    truth_stated: bool = Field(default=False, validate_default=True)
    open_to_claims: bool = False
    post_anyway: bool = False
    seen: str = ""

    @field_validator("truth_stated")
    @classmethod
    def _stated(cls, value: bool) -> bool:
        return _truth(value)


class PostNeed(Command):
    """A whole need in one go, in yuan; for machines and for the demo city.

    ``allow_similar`` posts it even where the enterprise has an open need of the same purpose and a similar amount.
    """

    amount: Yuan
    term_months: Months
    purpose: Purpose
    purpose_note: OwnWords = ""
    guarantees: tuple[GuaranteeMode, ...] = Field(min_length=1)
    max_rate: Percent | None = None
    has_existing_loans: bool
    existing_loan_balance: Annotated[Decimal, Field(gt=0, le=MAX_WAN * 10_000, decimal_places=2)] | None = None
    applicant_role: Applicant
    contact_name: PersonName
    contact_phone: Phone
    truth_stated: bool = Field(default=False, validate_default=True)
    open_to_claims: bool = False
    allow_similar: bool = False

    @field_validator("truth_stated")
    @classmethod
    def _stated(cls, value: bool) -> bool:
        return _truth(value)


def _truth(stated: bool) -> bool:
    if not stated:
        raise ValueError(N_("Please confirm that what you state is true."))
    return stated
