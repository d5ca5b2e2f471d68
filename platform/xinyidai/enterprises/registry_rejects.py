"""What was not taken of a registry file: counted by reason, listed, and as a file in both languages."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.bilingual import Said
from xinyidai.core.i18n import N_

REJECTS_HEADER = (
    "文件 file",
    "行号 line",
    "处理 outcome",
    "字段 field",
    "值 value",
    "原因（中文） reason in Chinese",
    "原因（英文） reason in English",
)
ROW_REFUSED = Said(N_("row not taken"))
VALUE_LEFT_OUT = Said(N_("row taken without this value"))
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_FETCHED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often one reason was given; what differs from row to row is left open in it."""

    reason: Said
    row_refused: bool
    count: int


@dataclass(frozen=True, slots=True)
class RejectedValue:
    line: int
    row_refused: bool
    field: str
    value: str
    reason: Said

    @property
    def outcome(self) -> Said:
        return ROW_REFUSED if self.row_refused else VALUE_LEFT_OUT


def count_reasons(session: Session, import_id: UUID) -> tuple[ReasonCount, ...]:
    """Reasons of one import, whole rows first, the most frequent first."""
    statement = text(
        "select message, row_refused, count(*) from registry_rejects where registry_import_id = :id"
        " group by message, row_refused order by row_refused desc, count(*) desc, message"
    )
    found = session.connection().execute(statement, {"id": import_id})
    return tuple(ReasonCount(_left_open(message), refused, count) for message, refused, count in found)


def _left_open(message: str) -> Said:
    return Said(message, tuple((name, "…") for name in _PLACEHOLDER.findall(message)))


def rejected_values(session: Session, import_id: UUID, *, limit: int | None = None) -> Iterator[RejectedValue]:
    """In the order of the file, read as they are asked for."""
    statement = text(
        "select line, row_refused, field, value, message, detail from registry_rejects"
        " where registry_import_id = :id order by line, id limit :limit"
    )
    found = session.connection().execute(
        statement, {"id": import_id, "limit": limit}, execution_options={"yield_per": _FETCHED_AT_ONCE}
    )
    for line, refused, field, value, message, detail in found:
        yield RejectedValue(line, refused, field, value, Said(message, tuple(detail.items())))


def rejects_rows(session: Session, import_id: UUID, file_name: str) -> Iterator[Sequence[object]]:
    """The rejects file under ``REJECTS_HEADER``."""
    for one in rejected_values(session, import_id):
        outcome = f"{one.outcome.zh} {one.outcome.en}"
        yield (file_name, one.line, outcome, one.field, one.value, one.reason.zh, one.reason.en)
