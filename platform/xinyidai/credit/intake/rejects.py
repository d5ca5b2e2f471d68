"""What was not taken of a delivery."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.bilingual import Said, say
from xinyidai.core.i18n import N_
from xinyidai.core.tabular import Reject
from xinyidai.credit.intake.driver import cursor_of

_COLUMNS = "batch_id, line, repeated, field, value, message, detail"
_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class LineReject:
    """One reason against one line. ``repeated``: the line was good and a later one took its place."""

    line: int
    field: str
    value: str
    reason: Said
    repeated: bool = False


def from_reader(found: Reject) -> LineReject:
    return LineReject(found.line, found.field, found.value, found.reason)


def superseded(line: int, later: int) -> LineReject:
    reason = say(N_("the same record stands again in line %(line)s, which counts"), line=later)
    return LineReject(line, "", "", reason, repeated=True)


def unknown_enterprise(line: int, title: str, code: str) -> LineReject:
    return LineReject(line, title, code, say(N_("no enterprise of this code is in the registry")))


class RejectWriter:
    """Keeps rejects of one batch, and counts the lines they belong to."""

    def __init__(self, session: Session, batch_id: UUID) -> None:
        self._session, self._batch_id = session, batch_id
        # COPY does not go into tables under row-level security, INSERT … SELECT does.
        source = f"select {_COLUMNS} from credit_rejects limit 0"  # noqa: S608 - constants
        staging = "create temp table if not exists credit_rejects_staging on commit drop as "
        session.connection().execute(text(staging + source))

    def write(self, rejects: Iterable[LineReject]) -> None:
        rows = iter(rejects)
        first = next(rows, None)
        if first is None:
            return
        cursor = cursor_of(self._session)
        with cursor, cursor.copy(f"copy credit_rejects_staging ({_COLUMNS}) from stdin") as copy:
            copy.write_row(self._row(first))
            for one in rows:
                copy.write_row(self._row(one))
        for statement in (
            f"insert into credit_rejects ({_COLUMNS}) select {_COLUMNS} from credit_rejects_staging",  # noqa: S608
            "truncate credit_rejects_staging",
        ):
            self._session.connection().execute(text(statement))

    def _row(self, one: LineReject) -> tuple[object, ...]:
        value = one.value if len(one.value) <= _LONGEST_VALUE else one.value[:_LONGEST_VALUE] + "…"
        detail = Jsonb({name: str(part) for name, part in one.reason.values})
        return (self._batch_id, one.line, one.repeated, one.field, value, one.reason.message, detail)

    def count_lines(self) -> tuple[int, int]:
        """Lines rejected, and lines repeated that were not rejected."""
        statement = text(
            "select count(*) filter (where refused), count(*) filter (where not refused) from"
            " (select bool_or(not repeated) as refused from credit_rejects where batch_id = :id group by line) lines"
        )
        rejected, repeated = self._session.connection().execute(statement, {"id": self._batch_id}).one()
        return rejected, repeated


def rejects_of(session: Session, batch_id: UUID, limit: int | None = None) -> Iterator[LineReject]:
    """In the order of the file, fetched as they are asked for."""
    statement = text(
        "select line, field, value, message, detail, repeated from credit_rejects where batch_id = :id"
        " order by line, id limit :limit"
    )
    found = session.connection().execute(
        statement, {"id": batch_id, "limit": limit}, execution_options={"yield_per": 1_000}
    )
    for line, field, value, message, detail, repeated in found:
        yield LineReject(line, field, value, Said(message, tuple(detail.items())), repeated)
