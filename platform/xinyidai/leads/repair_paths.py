"""What an enterprise can do after a refusal: dated advice as data, and the records that it is about."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.clock import business_date
from xinyidai.core.i18n import current_locale
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.repair.records import Record, adverse_records
from xinyidai.leads.types import RefusalReason
from xinyidai.needs.types import OPEN_STATUSES, NeedStatus

_FILE = files("xinyidai.leads") / "data" / "repair_paths.toml"
_TEXTS = ("office_zh", "office_en", "do_zh", "do_en", "papers_zh", "papers_en")


@dataclass(frozen=True, slots=True)
class RepairPath:
    """One way to lift one reason. ``working_days``: how long the office takes, once the papers are there."""

    code: str
    reason: RefusalReason
    first_day: date
    last_day: date | None
    datasets: tuple[str, ...]
    about_records: bool
    texts: Mapping[str, Any]
    working_days: int

    def _in_language(self, name: str) -> Any:
        return self.texts[f"{name}_{'zh' if current_locale() == 'zh_CN' else 'en'}"]

    @property
    def office(self) -> str:
        return str(self._in_language("office"))

    @property
    def what_to_do(self) -> str:
        return str(self._in_language("do"))

    @property
    def papers(self) -> list[str]:
        return list(self._in_language("papers"))


@dataclass(frozen=True, slots=True)
class PathForYou:
    """A path with the enterprise's own records that it is about, those that count today."""

    path: RepairPath
    records: list[Record]


@dataclass(frozen=True, slots=True)
class RefusalAdvice:
    """One refused application. ``open_until``: last day of the need, None where it is closed already."""

    lead_id: UUID
    product_id: UUID
    institution: str
    product: str
    reason: RefusalReason
    paths: list[PathForYou]
    open_until: date | None
    lifted: bool
    """The reason rested on records, and none of them counts any more: the lender can be asked again."""
    today: date


@cache
def _paths() -> tuple[RepairPath, ...]:
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(_path(entry) for entry in data["paths"])


def _path(entry: Mapping[str, Any]) -> RepairPath:
    unknown = set(entry["datasets"]) - set(catalogue().datasets)
    if unknown:
        raise ValueError(f"{entry['code']}: unknown data sets {sorted(unknown)}")
    return RepairPath(
        code=entry["code"],
        reason=RefusalReason(entry["reason"]),
        first_day=entry["from"],
        last_day=entry.get("until"),
        datasets=tuple(entry["datasets"]),
        about_records=entry["records"],
        texts={name: entry[name] for name in _TEXTS},
        working_days=entry["working_days"],
    )


def paths_for(reason: RefusalReason, today: date) -> list[RepairPath]:
    """The advice in force on ``today``; empty where nothing the enterprise does lifts the reason."""
    return [
        one
        for one in _paths()
        if one.reason is reason and one.first_day <= today and (one.last_day is None or today <= one.last_day)
    ]


def reasons_lifted_by(dataset: str, today: date) -> list[RefusalReason]:
    """The reasons that may fall when something of this data set changes."""
    return [reason for reason in RefusalReason if any(dataset in one.datasets for one in paths_for(reason, today))]


def kinds_behind(reason: RefusalReason) -> list[str]:
    """Public records that the reason may rest on, whatever the advice about them and since when."""
    return sorted({code for one in _paths() if one.reason is reason and one.about_records for code in one.datasets})


_REFUSED = text("""
    select l.id, l.product_id, l.reason, v.name as product, i.name as institution, n.status, n.posted_at,
        l.enterprise_id, exists (select from second_chances s where s.lead_id = l.id) as was_told
    from leads l join needs n on n.id = l.need_id join product_versions v on v.id = l.product_version_id
        join institutions i on i.id = l.institution_id
    where l.need_id = :need_id and l.status in ('declined', 'refused') order by l.closed_at desc, l.id
""")


def refusal_advice(session: Session, need_id: UUID, today: date, valid_days: int) -> list[RefusalAdvice]:
    """For each refusal that something can be done about: where to go, what to bring, until when."""
    advice = []
    for row in session.connection().execute(_REFUSED, {"need_id": need_id}):
        reason = RefusalReason(row.reason)
        paths = paths_for(reason, today)
        if not paths:
            continue
        records = _records(session, row.enterprise_id, paths, today)
        mine = [one for one in records if one.records]
        rests_on_records = all(one.path.about_records for one in records)
        is_open = NeedStatus(row.status) in OPEN_STATUSES
        advice.append(
            RefusalAdvice(
                lead_id=row.id,
                product_id=row.product_id,
                institution=row.institution,
                product=row.product,
                reason=reason,
                paths=mine or records,
                open_until=business_date(row.posted_at) + timedelta(days=valid_days) if is_open else None,
                lifted=(rests_on_records or row.was_told) and not mine and is_open,
                today=today,
            )
        )
    return advice


def _records(session: Session, enterprise_id: UUID, paths: list[RepairPath], today: date) -> list[PathForYou]:
    kinds = sorted({code for path in paths if path.about_records for code in path.datasets})
    found = adverse_records(session, enterprise_id, kinds, today) if kinds else []
    return [
        PathForYou(path, [one for one in found if path.about_records and one.dataset.code in path.datasets])
        for path in paths
    ]
