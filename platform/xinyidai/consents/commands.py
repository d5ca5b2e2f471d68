"""Input of the use cases about consents."""

from datetime import date
from uuid import UUID

from pydantic import Field, field_validator

from xinyidai.consents.types import ConsentPurpose
from xinyidai.core.i18n import N_
from xinyidai.core.validation import Command


class GiveConsent(Command):
    """To whom (nobody named: the platform, for ranking), what for, which data, until when, and under which words."""

    institution_id: UUID | None = None
    purpose: ConsentPurpose
    datasets: tuple[str, ...] = Field(min_length=1)
    valid_until: date
    wording_version: str
    agreed: bool = Field(default=False, validate_default=True)

    @field_validator("agreed")
    @classmethod
    def _is_agreed_to(cls, value: bool) -> bool:
        if not value:
            raise ValueError(N_("Please read the authorisation and tick that you agree to it."))
        return value


class AskForConsent(Command):
    """Which data sets a lender would like to read."""

    datasets: tuple[str, ...] = Field(min_length=1)
