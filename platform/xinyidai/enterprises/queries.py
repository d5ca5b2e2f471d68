"""Enterprises as pages show them. Which rows an actor sees at all is decided by the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.errors import NotFound
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.core.reference import divisions, industries
from xinyidai.core.reference.divisions import Level
from xinyidai.enterprises.models import UNTIL_FURTHER_NOTICE, Enterprise
from xinyidai.enterprises.registry_values import clean_name
from xinyidai.enterprises.size_class import EMPLOYEES, REVENUE, TOTAL_ASSETS, assess
from xinyidai.enterprises.types import EnterpriseLabel, RegistrationStatus, SizeClass, SubjectKind

UNKNOWN = "unknown"
"""As a filter: rows of which this is not known."""

_SORTS = {
    "name": "name_pinyin",
    "code": "coalesce(usci, internal_code)",
    "region": "region_code",
    "industry": "industry_code",
    "registered": "registered_on",
}
_LINE_COLUMNS = (
    "id, coalesce(usci, internal_code) as code, name, subject_kind, region_code, industry_code, size_class,"
    " registration_status, registered_on, labels"
)
_EXPORTED_AT_ONCE = 2_000
_LIKE_MARKS = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


@dataclass(frozen=True, slots=True)
class EnterpriseFilter:
    """What is set must fit. ``region`` is a GB/T 2260 prefix, ``section`` a letter of GB/T 4754; see ``UNKNOWN``."""

    region: str = ""
    section: str = ""
    size: str = ""
    kind: str = ""
    label: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class EnterpriseLine:
    """One row of a list; None is not known."""

    id: UUID
    code: str
    name: str
    kind: SubjectKind
    region: str | None
    industry_code: str | None
    size: SizeClass
    status: RegistrationStatus | None
    registered_on: date | None
    labels: tuple[EnterpriseLabel, ...]

    @property
    def industry(self) -> str | None:
        return industries.name_of(self.industry_code) if self.industry_code else None


@dataclass(frozen=True, slots=True)
class EnterpriseFacts:
    """Everything the registry says of one enterprise. Money in 万元; None is not known."""

    id: UUID
    code: str
    has_usci: bool
    registry_confirmed: bool
    name: str
    kind: SubjectKind
    legal_representative: str | None
    status: RegistrationStatus | None
    entity_type: str | None
    registered_on: date | None
    operating_until: date | None
    """None also where there is no end: see ``operates_without_end``."""
    operates_without_end: bool
    registered_capital: Decimal | None
    capital_currency: str | None
    capital_text: str | None
    region: str | None
    registration_authority: str | None
    industry_path: tuple[str, ...]
    industry_code: str | None
    employees: int | None
    revenue: Decimal | None
    total_assets: Decimal | None
    size: SizeClass
    size_needs: tuple[str, ...]
    """What would have to be known for a size class: ``industry``, ``employees``, ``revenue``, ``total_assets``."""
    address: str | None
    business_scope: str | None
    labels: tuple[EnterpriseLabel, ...]
    updated_at: datetime


def list_enterprises(session: Session, request: ListRequest, chosen: EnterpriseFilter) -> Listing[EnterpriseLine]:
    """One page of enterprises, by the pinyin of their names unless another order is asked for."""
    where, values = _conditions(request.search, chosen)
    connection = session.connection()
    total: int = connection.scalar(text(f"select count(*) from enterprises where {where}"), values) or 0  # noqa: S608
    rows = connection.execute(
        text(
            f"select {_LINE_COLUMNS} from enterprises where {where}"  # noqa: S608 - conditions of our own
            f" order by {order_by(request.sort, _SORTS, 'name')} limit :limit offset :offset"
        ),
        {**values, "limit": request.size, "offset": request.offset},
    )
    return Listing([_line(row) for row in rows], total, request.page, request.size, request.sort or "name")


def export_enterprises(session: Session, request: ListRequest, chosen: EnterpriseFilter) -> Iterator[EnterpriseLine]:
    """All of them, read as they are asked for."""
    where, values = _conditions(request.search, chosen)
    rows = session.connection().execute(
        text(
            f"select {_LINE_COLUMNS} from enterprises where {where}"  # noqa: S608 - conditions of our own
            f" order by {order_by(request.sort, _SORTS, 'name')}"
        ),
        values,
        execution_options={"yield_per": _EXPORTED_AT_ONCE},
    )
    return map(_line, rows)


def _conditions(search: str, chosen: EnterpriseFilter) -> tuple[str, dict[str, object]]:
    """The WHERE text and its values."""
    wanted = {
        "region": (chosen.region, "region_code", "region_code like :region || '%'"),
        "section": (chosen.section, "industry_code", "industry_code like :section || '%'"),
        "size": (chosen.size, "nullif(size_class, 'unknown')", "size_class = :size"),
        "kind": (chosen.kind, "subject_kind", "subject_kind = :kind"),
        "label": (chosen.label, "labels[1]", "labels @> array[cast(:label as text)]"),
        "status": (chosen.status, "registration_status", "registration_status = :status"),
    }
    conditions, values = ["true"], dict[str, object]()
    for name, (value, column, condition) in wanted.items():
        if value == UNKNOWN:
            conditions.append(f"{column} is null")
        elif value:
            conditions.append(condition)
            values[name] = value
    if found := name_search(search):
        conditions.append(found[0])
        values |= found[1]
    return " and ".join(conditions), values


def name_search(search: str) -> tuple[str, dict[str, object]] | None:
    """Name, code, initials or pinyin as a condition on ``enterprises`` with its values; None for an empty search."""
    term = clean_name(search)
    if not term:
        return None
    letters = term.lower().replace(" ", "").translate(_LIKE_MARKS)
    values: dict[str, object] = {"term": f"%{term.translate(_LIKE_MARKS)}%", "letters": f"%{letters}%"}
    return (_SEARCHED_LETTERS if term.isascii() else "name like :term"), values


_SEARCHED_LETTERS = "(usci like upper(:term) or internal_code like upper(:term) or name_letters like :letters)"


def _line(row: Any) -> EnterpriseLine:
    return EnterpriseLine(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=SubjectKind(row.subject_kind),
        region=within_province(row.region_code) if row.region_code else None,
        industry_code=row.industry_code,
        size=SizeClass(row.size_class or SizeClass.UNKNOWN),
        status=RegistrationStatus(row.registration_status) if row.registration_status else None,
        registered_on=row.registered_on,
        labels=tuple(EnterpriseLabel(label) for label in row.labels),
    )


def within_province(code: str) -> str:
    """枣庄市滕州市: a list has no room for the province, which is the same in nearly every row."""
    return "".join(one.name for one in divisions.path(code) if one.level is not Level.PROVINCE) or code


def enterprise_facts(session: Session, enterprise_id: UUID) -> EnterpriseFacts:
    """Raises NotFound for one that is not there or not for this actor to see."""
    row = session.get(Enterprise, enterprise_id)
    if row is None:
        raise NotFound()
    endless = row.operating_until == UNTIL_FURTHER_NOTICE
    return EnterpriseFacts(
        id=row.id,
        code=row.usci or row.internal_code or "",
        has_usci=row.usci is not None,
        registry_confirmed=row.registry_confirmed,
        name=row.name,
        kind=SubjectKind(row.subject_kind),
        legal_representative=row.legal_representative,
        status=RegistrationStatus(row.registration_status) if row.registration_status else None,
        entity_type=row.enterprise_kind,
        registered_on=row.registered_on,
        operating_until=None if endless else row.operating_until,
        operates_without_end=endless,
        registered_capital=row.registered_capital,
        capital_currency=row.capital_currency,
        capital_text=row.capital_text,
        region=divisions.full_name(row.region_code) if row.region_code else None,
        registration_authority=divisions.full_name(row.registration_authority) if row.registration_authority else None,
        industry_path=tuple(industries.name_of(one.code) for one in industries.path(row.industry_code or "")),
        industry_code=row.industry_code,
        employees=row.employees,
        revenue=row.revenue,
        total_assets=row.total_assets,
        size=SizeClass(row.size_class or SizeClass.UNKNOWN),
        size_needs=_size_needs(row),
        address=row.address,
        business_scope=row.business_scope,
        labels=tuple(EnterpriseLabel(label) for label in row.labels),
        updated_at=row.updated_at,
    )


_INDICATORS = {EMPLOYEES: "employees", REVENUE: "revenue", TOTAL_ASSETS: "total_assets"}


def _size_needs(row: Enterprise) -> tuple[str, ...]:
    found = assess(row.industry_code, employees=row.employees, revenue=row.revenue, total_assets=row.total_assets)
    if found.group is None:
        return ("industry",)
    return tuple(_INDICATORS[indicator] for indicator in found.missing)
