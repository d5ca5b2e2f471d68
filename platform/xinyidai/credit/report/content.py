"""What stands in a report: the registry's entry and every record that counts. Nothing in it is judged or edited."""

import hashlib
import json
from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.clock import business_date
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.display import DISPLAYED
from xinyidai.credit.report.groups import VERSION, group_of
from xinyidai.credit.types import Access
from xinyidai.enterprises.models import Enterprise

_RECORDS = text(f"""
    select e.id, e.kind, e.document_no, e.decided_on, e.ends_on, e.display_until, e.payload,
        b.source_unit, b.received_at
    from credit_events e left join lateral credit_batch_source(e.batch) b on true
    where e.enterprise_id = :enterprise_id and e.kind = any(:kinds) and {DISPLAYED}
    order by e.kind, e.decided_on desc nulls last, e.id
""")  # noqa: S608 - constants
_STILL = text(f"select e.id from credit_events e where e.enterprise_id = :enterprise_id and {DISPLAYED}")  # noqa: S608


def datasets_of(allowed: Collection[str] | None) -> list[str]:
    """Data sets of a report: the open ones, and the others where allowed. None: the enterprise itself, all of them."""
    return [
        one.code
        for one in catalogue().datasets.values()
        if group_of(one) is not None and (allowed is None or one.access is Access.OPEN or one.code in allowed)
    ]


def build(session: Session, enterprise_id: UUID, datasets: Collection[str], today: date) -> dict[str, Any]:
    """Plain JSON; dates are ISO text, capital is in 万元 as the registry has it."""
    values = {"enterprise_id": enterprise_id, "kinds": list(datasets), "as_of": today}
    rows = session.connection().execute(_RECORDS, values)
    return {
        "version": VERSION,
        "as_of": today.isoformat(),
        "enterprise": _enterprise(session.get_one(Enterprise, enterprise_id)),
        "records": [_record(row) for row in rows],
    }


def _enterprise(row: Enterprise) -> dict[str, Any]:
    return {
        "name": row.name,
        "code": row.usci or row.internal_code,
        "subject_kind": row.subject_kind,
        "legal_representative": row.legal_representative,
        "registration_status": row.registration_status,
        "registered_on": _iso(row.registered_on),
        "registered_capital": None if row.registered_capital is None else f"{row.registered_capital:f}",
        "capital_currency": row.capital_currency,
        "region_code": row.region_code,
        "industry_code": row.industry_code,
        "size_class": row.size_class,
        "address": row.address,
        "business_scope": row.business_scope,
        "labels": list(row.labels),
        "updated_on": business_date(row.updated_at).isoformat(),
    }


def _record(row: Any) -> dict[str, Any]:
    dataset = catalogue().datasets[row.kind]
    return {
        "id": str(row.id),
        "dataset": row.kind,
        "document_no": row.document_no,
        "decided_on": _iso(row.decided_on),
        "ends_on": _iso(row.ends_on),
        "display_until": _iso(row.display_until),
        "source_unit": row.source_unit or dataset.source_unit,
        "received_on": _iso(business_date(row.received_at) if row.received_at else None),
        "payload": row.payload,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def hash_of(content: dict[str, Any]) -> str:
    """SHA-256 of the content with sorted names, so that the same content always has the same hash."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def still_displayed(session: Session, enterprise_id: UUID, today: date) -> frozenset[str]:
    """Ids of the records that count today."""
    found = session.connection().scalars(_STILL, {"enterprise_id": enterprise_id, "as_of": today})
    return frozenset(str(one) for one in found)


def differs(then: dict[str, Any], current: dict[str, Any]) -> bool:
    """Whether anything that a report says has changed; the day of looking is no change."""
    return any(then[part] != current[part] for part in ("enterprise", "records"))
