"""What one subject is entered with by hand."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, field_validator

from xinyidai.core.i18n import N_
from xinyidai.core.reference import divisions, industries
from xinyidai.core.reference.divisions import Level
from xinyidai.core.validation import Command
from xinyidai.enterprises.registry_values import MOST_EMPLOYEES, clean_name, is_identity_number
from xinyidai.enterprises.types import EnterpriseLabel, RegistrationStatus

WanYuan = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=6)]


class RegisterEnterprise(Command):
    """One borrower. Amounts in 万元; what is not given is unknown.

    Farm households have no credit code; every other subject has one, which also says what kind it is.
    """

    farm_household: bool = False
    usci: str | None = None
    registry_confirmed: bool = False
    name: str = Field(min_length=2, max_length=200)
    legal_representative: str | None = Field(default=None, max_length=60)
    registration_status: RegistrationStatus | None = None
    registered_on: date | None = None
    registered_capital: WanYuan | None = None
    region_code: str
    industry_code: str | None = None
    employees: int | None = Field(default=None, ge=0, le=MOST_EMPLOYEES)
    revenue: WanYuan | None = None
    total_assets: WanYuan | None = None
    address: str | None = Field(default=None, max_length=300)
    business_scope: str | None = Field(default=None, max_length=4000)
    labels: list[EnterpriseLabel] = Field(default_factory=list)

    @field_validator("name", "legal_representative", "address", "business_scope")
    @classmethod
    def _no_identity_number(cls, value: str | None) -> str | None:
        if value and any(is_identity_number(word) for word in value.split()):
            raise ValueError(N_("This is a person's identity number. It must not be entered anywhere."))
        return value

    @field_validator("name")
    @classmethod
    def _cleaned(cls, value: str) -> str:
        return clean_name(value)

    @field_validator("region_code")
    @classmethod
    def _known_region(cls, value: str) -> str:
        division = divisions.find(value)
        if division is None or division.level is Level.PROVINCE or division.is_pseudo:
            raise ValueError(N_("Please choose a city or district."))
        return division.code

    @field_validator("industry_code")
    @classmethod
    def _known_industry(cls, value: str | None) -> str | None:
        code = industries.normalise(value) if value else None
        if value and code is None:
            raise ValueError(N_("This is not an industry of GB/T 4754-2017. Please enter a code such as C1431."))
        return code


class SetLabels(Command):
    """The titles that authorities have granted, all of them."""

    labels: list[EnterpriseLabel] = Field(default_factory=list)
