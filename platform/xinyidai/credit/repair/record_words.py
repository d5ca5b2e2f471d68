"""What a record says, field by field, as pages and reports show it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xinyidai.core.i18n import _
from xinyidai.credit.catalogue import Dataset, Field
from xinyidai.credit.types import FieldType, Role, Unit

_STATED_UNIT = re.compile(r"\s*[(（](?:万元|元|6 decimals)[)）]")
_TOLD_ELSEWHERE = frozenset({
    "business_registration_no", "organisation_code", "tax_registration_no", "institution_certificate_no",
    "social_org_certificate_no", "authority_usci", "source_unit", "source_unit_usci", "counterpart_name",
    "counterpart_category", "region_code", "data_timestamp", "info_class", "data_source", "taxpayer_no",
    "taxpayer_name", "status_unit_code", "accepting_unit_code", "promisor_name", "promisor_category",
    "disclosure_scope", "linked_person_role", "subject_name", "registered_address",
})  # fmt: skip
"""Fields that name the enterprise itself, or codes that say nothing to a person."""
_HEADLINES = (
    "violation_type", "listing_reason", "case_nature", "violation_facts", "conduct", "duty", "cause", "list_kind",
    "record_kind", "change_item", "document_name", "certificate_name", "name", "invention_name", "project_name",
    "reason", "grade", "tax_kind", "levy_item", "shareholder_name", "asset_kind", "collateral", "inspection_kind",
    "case_no",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One field with a value. ``kind`` is text, money (yuan), number or date."""

    code: str
    label: str
    kind: str
    value: str | Decimal | date
    unit: str = ""


def headline(dataset: Dataset, payload: Mapping[str, object]) -> str:
    """The few words that tell this record from another; empty where it has none."""
    found = next((code for code in _HEADLINES if payload.get(code)), None)
    if found is None:
        return ""
    return str(_said(dataset.field_of[found], payload[found]).value) if found in dataset.field_of else ""


def lines_of(dataset: Dataset, payload: Mapping[str, object]) -> list[RecordLine]:
    """Every field that is given, in the catalogue's order."""
    given = [one for one in dataset.fields if one.role is Role.PAYLOAD and payload.get(one.code) is not None]
    return [_said(one, payload[one.code]) for one in given if one.code not in _TOLD_ELSEWHERE]


def _said(field: Field, value: object) -> RecordLine:
    if field.type in (FieldType.CODE, FieldType.CODES):
        names = {one.code: one.name for one in field.codes}
        many = value if isinstance(value, list) else [value]
        return RecordLine(field.code, field.name, "text", _(", ").join(names.get(str(one), str(one)) for one in many))
    if field.type is FieldType.BOOLEAN:
        return RecordLine(field.code, field.name, "text", _("Yes") if value else _("No"))
    if field.type is FieldType.DATE:
        return RecordLine(field.code, field.name, "date", date.fromisoformat(str(value)[:10]))
    if field.type in (FieldType.DECIMAL, FieldType.INTEGER):
        money = field.unit in (Unit.YUAN, Unit.WAN_YUAN)
        unit = "" if money or field.unit is Unit.NONE else field.unit.label
        # Kept in yuan, whatever unit the title of the delivered column names.
        label = _STATED_UNIT.sub("", field.name) if money else field.name
        return RecordLine(field.code, label, "money" if money else "number", Decimal(str(value)), unit)
    return RecordLine(field.code, field.name, "text", str(value))
