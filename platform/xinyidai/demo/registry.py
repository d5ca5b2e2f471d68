"""Puts the city's firms into the register, thousands in a statement."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Session

from xinyidai.demo.firms import Firm

_BATCH = 2_000
_INSERT = text("""
    insert into enterprises (usci, internal_code, registry_confirmed, subject_kind, name, name_pinyin,
           legal_representative, registration_status, registered_on, registered_capital, capital_currency,
           capital_text, region_code, industry_code, employees, revenue, total_assets, size_class, address,
           business_scope, labels, created_at, updated_at)
    select usci, internal_code, false, subject_kind, name, name_pinyin, legal_representative, registration_status,
           registered_on, registered_capital, capital_currency, capital_text, region_code, industry_code, employees,
           revenue, total_assets, size_class, address, business_scope, labels, :now, :now
      from jsonb_to_recordset(:rows) as r (usci text, internal_code text, subject_kind text, name text,
           name_pinyin text, legal_representative text, registration_status text, registered_on date,
           registered_capital numeric, capital_currency text, capital_text text, region_code text,
           industry_code text, employees int, revenue numeric, total_assets numeric, size_class text, address text,
           business_scope text, labels text[])
""").bindparams(bindparam("rows", type_=JSONB))
_IDS = text(
    "select coalesce(usci, internal_code), id from enterprises where coalesce(usci, internal_code) = any(:codes)"
)


def register_firms(session: Session, firms: Iterable[Firm], now: datetime, tell: Callable[[int], None]) -> None:
    """Insert all firms; ``tell`` hears how many are in after each batch."""
    done, source = 0, iter(firms)
    while batch := list(islice(source, _BATCH)):
        session.execute(_INSERT, {"rows": [_row(firm) for firm in batch], "now": now})
        done += len(batch)
        tell(done)


def ids_of(session: Session, firms: Iterable[Firm]) -> dict[str, UUID]:
    """Code → id of the register."""
    rows = session.execute(_IDS, {"codes": [firm.code for firm in firms]}).all()
    return {row[0]: row[1] for row in rows}


def _row(firm: Firm) -> dict[str, Any]:
    capital = firm.registered_capital
    return {
        "usci": firm.usci,
        "internal_code": firm.internal_code,
        "subject_kind": firm.kind.value,
        "name": firm.name,
        "name_pinyin": firm.name_pinyin,
        "legal_representative": firm.legal_representative,
        "registration_status": firm.status.value,
        "registered_on": firm.registered_on.isoformat(),
        "registered_capital": _plain(capital),
        "capital_currency": None if capital is None else "CNY",
        "capital_text": None if capital is None else f"{capital}万元人民币",
        "region_code": firm.area,
        "industry_code": firm.industry,
        "employees": firm.employees,
        "revenue": _plain(firm.revenue),
        "total_assets": _plain(firm.total_assets),
        "size_class": firm.size.value,
        "address": firm.address,
        "business_scope": firm.scope,
        "labels": list(firm.labels),
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
