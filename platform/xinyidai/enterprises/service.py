"""Entering one subject by hand, and the titles that authorities grant. Files come through ``registry_import``."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.audit.service import record
from xinyidai.core import usci
from xinyidai.core.actor import Actor
from xinyidai.core.clock import business_date
from xinyidai.core.errors import Forbidden, InvalidInput, NotFound
from xinyidai.core.i18n import N_
from xinyidai.enterprises import errors as errors  # registers what its constraints mean
from xinyidai.enterprises.commands import RegisterEnterprise, SetLabels
from xinyidai.enterprises.models import Enterprise
from xinyidai.enterprises.policies import KEEPERS
from xinyidai.enterprises.registry_merge import Facts
from xinyidai.enterprises.registry_values import is_identity_number
from xinyidai.enterprises.types import SubjectKind, subject_kind_of

HOUSEHOLD_CODE = "NH"


def register_enterprise(session: Session, actor: Actor, command: RegisterEnterprise, now: datetime) -> Enterprise:
    """One subject, known from here on like one from the registry.

    A farm household gets an internal code of its district (``NH370402-000001``), which says nothing about a person.
    Raises Forbidden, and InvalidInput for a code that is wrong or taken.
    """
    if actor.role not in KEEPERS:
        raise Forbidden()
    _check(command, now)
    facts = _facts(command)
    enterprise = Enterprise(
        **facts._asdict(),
        internal_code=_next_household_code(session, command.region_code) if command.farm_household else None,
        labels=sorted(label.value for label in set(command.labels)),
        created_at=now,
        updated_at=now,
    )
    session.add(enterprise)
    session.flush()
    record(session, actor, "enterprise.registered", "enterprise", enterprise.id, now, kind=enterprise.subject_kind)
    return enterprise


def _check(command: RegisterEnterprise, now: datetime) -> None:
    wrong: dict[str, str] = {}
    code = command.usci
    if command.farm_household and code:
        wrong["usci"] = N_("A farm household has no credit code. Please leave this empty.")
    elif not command.farm_household:
        problem = usci.check(code, registry_confirmed=command.registry_confirmed) if code else None
        if not code:
            wrong["usci"] = N_("Please enter the unified social credit code of 18 characters.")
        elif problem is not None:
            message = N_("This is a person's identity number. It must not be entered anywhere.")
            wrong["usci"] = message if is_identity_number(code) else str(problem.reason)
    if command.registered_on and command.registered_on > business_date(now):
        wrong["registered_on"] = N_("This day lies in the future.")
    if wrong:
        raise InvalidInput(wrong)


def _facts(command: RegisterEnterprise) -> Facts:
    kind = SubjectKind.FARM_HOUSEHOLD if command.usci is None else subject_kind_of(command.usci)
    return Facts(
        usci=command.usci,
        registry_confirmed=command.registry_confirmed,
        subject_kind=kind.value,
        name=command.name,
        name_pinyin="",
        legal_representative=command.legal_representative,
        registration_status=command.registration_status.value if command.registration_status else None,
        enterprise_kind=None,
        registered_on=command.registered_on,
        operating_until=None,
        registered_capital=command.registered_capital,
        capital_currency=None if command.registered_capital is None else "CNY",
        capital_text=None,
        region_code=command.region_code,
        registration_authority=usci.registration_division(command.usci) if command.usci else None,
        industry_code=command.industry_code,
        employees=command.employees,
        revenue=command.revenue,
        total_assets=command.total_assets,
        size_class=None,
        address=command.address,
        business_scope=command.business_scope,
    ).completed()


def _next_household_code(session: Session, region: str) -> str:
    """Numbers run without gaps per division; two clerks at once wait for each other."""
    session.connection().execute(text("select pg_advisory_xact_lock(hashtext('household code'))"))
    start = f"{HOUSEHOLD_CODE}{region}-"
    latest = session.connection().scalar(
        text("select max(internal_code) from enterprises where starts_with(internal_code, :start)"), {"start": start}
    )
    return f"{start}{int(latest[len(start) :]) + 1 if latest else 1:06}"


def set_labels(session: Session, actor: Actor, enterprise_id: UUID, command: SetLabels, now: datetime) -> Enterprise:
    """The enterprise's titles are exactly ``command.labels`` from here on."""
    if actor.role not in KEEPERS:
        raise Forbidden()
    enterprise = session.get(Enterprise, enterprise_id, with_for_update=True)
    if enterprise is None:
        raise NotFound()
    before, after = enterprise.labels, sorted(label.value for label in set(command.labels))
    if after != sorted(before):
        enterprise.labels, enterprise.updated_at = after, now
        added, removed = sorted(set(after) - set(before)), sorted(set(before) - set(after))
        record(session, actor, "enterprise.labelled", "enterprise", enterprise.id, now, added=added, removed=removed)
    return enterprise
