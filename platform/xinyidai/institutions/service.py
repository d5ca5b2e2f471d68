"""Admitting lenders to the platform."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import Field, field_validator
from sqlmodel import Session

from xinyidai.audit.service import record
from xinyidai.core import usci as credit_code
from xinyidai.core.actor import Actor, Role
from xinyidai.core.db import CONSTRAINT_ERRORS
from xinyidai.core.errors import Forbidden
from xinyidai.core.i18n import N_
from xinyidai.core.pinyin import sort_key
from xinyidai.core.reference import divisions
from xinyidai.core.validation import Command
from xinyidai.institutions.models import Institution
from xinyidai.institutions.types import InstitutionKind

CONSTRAINT_ERRORS["uq_institutions_code"] = ("code", N_("Another institution has this code."))
CONSTRAINT_ERRORS["uq_institutions_name"] = ("name", N_("Another institution has this name."))
CONSTRAINT_ERRORS["uq_institutions_usci"] = (
    "usci",
    N_("Another institution has this unified social credit code."),
)

_CODE = re.compile(r"[A-Za-z0-9-]+")


class RegisterInstitution(Command):
    """``code`` is the platform's own short name for the institution; product codes begin with it."""

    code: Annotated[str, Field(min_length=2, max_length=32)]
    name: Annotated[str, Field(min_length=2, max_length=80)]
    kind: InstitutionKind
    usci: str | None = None
    region_code: str | None = None
    phone: Annotated[str, Field(max_length=40)] | None = None
    introduction: Annotated[str, Field(max_length=2000)] = ""
    is_test: bool = False

    @field_validator("code")
    @classmethod
    def _plain_code(cls, code: str) -> str:
        if not _CODE.fullmatch(code):
            raise ValueError(N_("Please use Latin letters, digits and hyphens only."))
        return code

    @field_validator("usci")
    @classmethod
    def _valid_code(cls, code: str | None) -> str | None:
        if code is not None and not credit_code.is_valid(code):
            raise ValueError(N_("This is not a valid unified social credit code."))
        return code

    @field_validator("region_code")
    @classmethod
    def _known_region(cls, code: str | None) -> str | None:
        if code is not None and (len(code) != 6 or not divisions.is_known(code)):
            raise ValueError(N_("This is not a division code of six digits."))
        return code


def register_institution(session: Session, actor: Actor, command: RegisterInstitution, now: datetime) -> Institution:
    """Make an institution known. A code, name or credit code that is taken is refused at its field."""
    if actor.role not in (Role.SYSTEM, Role.ADMINISTRATOR):
        raise Forbidden()
    institution = Institution(
        **command.model_dump(exclude={"kind"}),
        kind=command.kind.value,
        name_pinyin=sort_key(command.name),
        created_at=now,
    )
    session.add(institution)
    session.flush()
    record(session, actor, "institution.registered", "institution", institution.id, now, code=institution.code)
    return institution
