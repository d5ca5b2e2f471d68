"""A report as its page shows it: groups, counts, words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from xinyidai.core.reference import divisions, industries
from xinyidai.credit.catalogue import Dataset, catalogue
from xinyidai.credit.repair.record_words import RecordLine, headline, lines_of
from xinyidai.credit.repair.rules import display_rules
from xinyidai.credit.report.groups import ReportGroup, group_of
from xinyidai.credit.report.service import OpenedReport
from xinyidai.enterprises.models import UNTIL_FURTHER_NOTICE
from xinyidai.enterprises.types import EnterpriseLabel, RegistrationStatus, SizeClass, SubjectKind


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registry said. Capital in 万元 of its currency; None is not known."""

    name: str
    code: str | None
    subject: str
    legal_representative: str | None
    status: str | None
    registered_on: date | None
    capital: Decimal | None
    currency: str | None
    region: str | None
    industry: str | None
    size: str | None
    address: str | None
    business_scope: str | None
    labels: list[str]
    updated_on: date


@dataclass(frozen=True, slots=True)
class ReportRecord:
    dataset: Dataset
    title: str
    document_no: str | None
    decided_on: date | None
    until: date | None
    source_unit: str
    received_on: date | None
    lines: list[RecordLine]
    is_adverse: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class GroupOfRecords:
    group: ReportGroup
    records: list[ReportRecord]


@dataclass(frozen=True, slots=True)
class ReportView:
    """``left_out``: records that are not shown because they stopped counting since the report was issued."""

    id: UUID
    number: str
    code: str
    version: str
    as_of: date
    issued_at: datetime
    for_lender: bool
    registration: Registration
    groups: list[GroupOfRecords]
    left_out: int
    hidden_datasets: list[Dataset]
    changed: bool
    content_hash: str

    @property
    def adverse(self) -> int:
        """Records that a repair could end; for the advice at the end."""
        return sum(one.is_adverse for group in self.groups for one in group.records)


def view_of(opened: OpenedReport, *, for_lender: bool) -> ReportView:
    """``for_lender`` leaves out what has stopped counting; the enterprise sees it marked."""
    report, content = opened.report, opened.report.content
    records = [_record(one, opened.gone) for one in _list(content["records"])]
    shown = [one for one in records if one.dataset.code not in opened.hidden_datasets and not (for_lender and one.gone)]
    return ReportView(
        id=report.id,
        number=report.number,
        code=report.code,
        version=str(content["version"]),
        as_of=date.fromisoformat(str(content["as_of"])),
        issued_at=report.issued_at,
        for_lender=report.institution_id is not None,
        registration=_registration(_dict(content["enterprise"])),
        groups=[
            GroupOfRecords(group, [one for one in shown if group_of(one.dataset) is group]) for group in ReportGroup
        ],
        left_out=sum(one.gone for one in records) if for_lender else 0,
        hidden_datasets=[catalogue().datasets[code] for code in sorted(opened.hidden_datasets)],
        changed=opened.changed,
        content_hash=report.content_hash,
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def _record(entry: Mapping[str, Any], gone: frozenset[str]) -> ReportRecord:
    dataset = catalogue().datasets[entry["dataset"]]
    return ReportRecord(
        dataset=dataset,
        title=headline(dataset, entry["payload"]),
        document_no=entry["document_no"],
        decided_on=_day(entry["decided_on"]),
        until=_day(entry["display_until"] or entry["ends_on"]),
        source_unit=entry["source_unit"],
        received_on=_day(entry["received_on"]),
        lines=[one for one in lines_of(dataset, entry["payload"]) if one.code not in ("document_no", "decided_on")],
        is_adverse=dataset.code in display_rules().kinds,
        gone=entry["id"] in gone,
    )


def _registration(entry: Mapping[str, Any]) -> Registration:
    region, industry = entry["region_code"], entry["industry_code"]
    registered_on = _day(entry["registered_on"])
    return Registration(
        name=entry["name"],
        code=entry["code"],
        subject=SubjectKind(entry["subject_kind"]).label,
        legal_representative=entry["legal_representative"],
        status=RegistrationStatus(entry["registration_status"]).label if entry["registration_status"] else None,
        registered_on=None if registered_on == UNTIL_FURTHER_NOTICE else registered_on,
        capital=Decimal(entry["registered_capital"]) if entry["registered_capital"] is not None else None,
        currency=entry["capital_currency"],
        region=divisions.full_name(region) if region else None,
        industry=industries.name_of(industry) if industry else None,
        size=SizeClass(entry["size_class"]).label if entry["size_class"] else None,
        address=entry["address"],
        business_scope=entry["business_scope"],
        labels=[EnterpriseLabel(one).label for one in entry["labels"]],
        updated_on=date.fromisoformat(entry["updated_on"]),
    )
