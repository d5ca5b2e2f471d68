"""Puts the city's firms into the register, thousands in a statement."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Session

from xinyidai.core.usci import registration_division
from xinyidai.demo.firms import Firm
from xinyidai.enterprises.registry_merge import Facts

_BATCH = 2_000
_COLUMNS = ", ".join((*Facts._fields, "internal_code", "labels"))
_INSERT = text(f"""
    insert into enterprises ({_COLUMNS}, created_at, updated_at)
    select {_COLUMNS}, :now, :now from jsonb_populate_recordset(null::enterprises, :rows)
""").bindparams(bindparam("rows", type_=JSONB))  # noqa: S608 - names of our own columns
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
    """As JSON, with sort key, size class and hash as the import of registry files makes them."""
    facts = _facts(firm).completed()._asdict()
    plain = {
        key: value if value is None or isinstance(value, bool | int) else str(value) for key, value in facts.items()
    }
    return {**plain, "internal_code": firm.internal_code, "labels": list(firm.labels)}


def _facts(firm: Firm) -> Facts:
    capital = firm.registered_capital
    return Facts(
        usci=firm.usci,
        registry_confirmed=False,
        subject_kind=firm.kind.value,
        name=firm.name,
        name_pinyin="",
        legal_representative=firm.legal_representative,
        registration_status=firm.status.value,
        enterprise_kind=None,
        registered_on=firm.registered_on,
        operating_until=None,
        registered_capital=capital,
        capital_currency=None if capital is None else "CNY",
        capital_text=None if capital is None else f"{capital}万元人民币",
        region_code=firm.area,
        registration_authority=registration_division(firm.usci) if firm.usci else None,
        industry_code=firm.industry,
        employees=firm.employees,
        revenue=firm.revenue,
        total_assets=firm.total_assets,
        size_class=None,
        address=firm.address,
        business_scope=firm.scope,
    )
