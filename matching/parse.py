"""Raw JSON objects in, checked records out. A record with any problem gives None and all its problems."""

from collections.abc import Mapping

from matching.checks import Problems, encodable, fields, number, shown, strings, text
from matching.criteria import parse_criteria
from matching.errors import FieldError
from matching.records import Fact, InstitutionRecord, Need, Product, Range

_PRODUCT = ("id", "institution", "name", "amount", "term", "annual_rate", "guarantees", "criteria")
_NEED = ("id", "amount", "term", "guarantees", "facts")
_RECORD = ("received", "answered", "approved")
_EXACT = 2**53


def parse_product(raw: object, problems: Problems) -> Product | None:
    """A product. `decision_days` and `institution_record` may be null or absent: not known, never zero."""
    before = len(problems)
    record = fields(raw, "record", problems, required=_PRODUCT, optional=("decision_days", "institution_record"))
    if record is None:
        return None
    days = record.get("decision_days")
    product = Product(
        id=_present(record, "id", problems) or "",
        institution=_present(record, "institution", problems) or "",
        name=(text(record["name"], "name", problems) or "") if "name" in record else "",
        amount=_range(record, "amount", problems),
        term=_range(record, "term", problems),
        annual_rate=_range(record, "annual_rate", problems),
        guarantees=(strings(record["guarantees"], "guarantees", problems) or ()) if "guarantees" in record else (),
        decision_days=None if days is None else number(days, "decision_days", problems, minimum=0),
        criteria=parse_criteria(record["criteria"], problems) if "criteria" in record else (),
        institution_record=_institution_record(record.get("institution_record"), problems),
    )
    return product if len(problems) == before else None


def _present(record: Mapping[str, object], field: str, problems: Problems) -> str | None:
    return text(record[field], field, problems, empty=False) if field in record else None


def _range(record: Mapping[str, object], field: str, problems: Problems) -> Range:
    if field not in record:
        return Range(0.0, 0.0)
    raw = fields(record[field], field, problems, required=("min", "max"))
    if raw is None or "min" not in raw or "max" not in raw:
        return Range(0.0, 0.0)
    low = number(raw["min"], f"{field}.min", problems, minimum=0)
    high = number(raw["max"], f"{field}.max", problems, minimum=0)
    if low is None or high is None:
        return Range(0.0, 0.0)
    if low > high:
        problems.append(FieldError(field, f"min {shown(raw['min'])} is above max {shown(raw['max'])}"))
    return Range(low, high)


def _institution_record(raw: object, problems: Problems) -> InstitutionRecord | None:
    if raw is None:
        return None
    field = "institution_record"
    record = fields(raw, field, problems, required=_RECORD, optional=("median_days",))
    if record is None or any(name not in record for name in _RECORD):
        return None
    counts = [number(record[name], f"{field}.{name}", problems, minimum=0) for name in _RECORD]
    days = record.get("median_days")
    median = None if days is None else number(days, f"{field}.median_days", problems, minimum=0)
    received, answered, approved = counts
    if received is None or answered is None or approved is None:
        return None
    if answered > received:
        problems.append(FieldError(f"{field}.answered", "is above received"))
    if approved > answered:
        problems.append(FieldError(f"{field}.approved", "is above answered"))
    return InstitutionRecord(received, answered, approved, median)


def parse_need(raw: object, problems: Problems) -> Need | None:
    """A need. `max_rate` may be null or absent: no limit; facts that are null are left out: unknown."""
    before = len(problems)
    record = fields(raw, "record", problems, required=_NEED, optional=("max_rate",))
    if record is None:
        return None
    limit = record.get("max_rate")
    need = Need(
        id=_present(record, "id", problems) or "",
        amount=_quantity(record, "amount", problems),
        term=_quantity(record, "term", problems),
        max_rate=None if limit is None else number(limit, "max_rate", problems, minimum=0),
        guarantees=(strings(record["guarantees"], "guarantees", problems) or ()) if "guarantees" in record else (),
        facts=_facts(record["facts"], problems) if "facts" in record else {},
    )
    return need if len(problems) == before else None


def _quantity(record: Mapping[str, object], field: str, problems: Problems) -> float:
    return (number(record[field], field, problems, minimum=0) or 0.0) if field in record else 0.0


def _facts(raw: object, problems: Problems) -> dict[str, Fact]:
    if not isinstance(raw, Mapping):
        problems.append(FieldError("facts", f"must be an object, not {shown(raw)}"))
        return {}
    facts: dict[str, Fact] = {}
    for name, value in raw.items():
        # The common cases first: a table may hold tens of millions of facts.
        kind = type(value)
        if (kind is str and value.isascii()) or kind is bool or (kind is int and -_EXACT <= value <= _EXACT):
            facts[name] = float(value) if kind is int else value
        elif value is not None:
            fact = parse_fact(value, f"facts.{name}", problems)
            if fact is not None:
                facts[name] = fact
    for name in raw:
        if not isinstance(name, str) or not encodable(name):
            problems.append(FieldError("facts", f"{shown(name)} is not a name that can be written"))
    return facts


def parse_fact(raw: object, field: str, problems: Problems) -> Fact:
    """One fact as the library keeps it; None for null, and where there is a problem."""
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        return text(raw, field, problems)
    if isinstance(raw, list | tuple):
        return strings(raw, field, problems)
    if isinstance(raw, int | float):
        return number(raw, field, problems)
    reason = f"must be a number, a string, true, false, a list of strings or null, not {shown(raw)}"
    problems.append(FieldError(field, reason))
    return None
