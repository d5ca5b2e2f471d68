"""Computed values from the database into NumPy and points back, in the binary form of COPY.

The values of a city are five million numbers; as Python objects they would cost more time than their computation.
Every row has the same length because nulls travel as NaN, so a row is a record of fixed layout.
"""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Row
from sqlmodel import Session

from xinyidai.credit.indicators import Scorecard
from xinyidai.credit.intake.driver import cursor_of
from xinyidai.credit.scoring.vectors import Flags, Floats, Scores, Shorts

_HEADER = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
_END = b"\xff\xff"
_FLOAT8, _INT2 = 701, 21


@dataclass(frozen=True, slots=True)
class Computed:
    """``ids`` are the 16 bytes of each enterprise's id; the rest in the same order."""

    ids: np.ndarray
    values: Floats
    states: Shorts
    vetoed: Flags


def _array_of(name: str, item: str, size: int, count: int) -> list[Any]:
    """Layout of a one-dimensional array without nulls."""
    return [
        (f"{name}_bytes", ">i4"), (f"{name}_dimensions", ">i4"), (f"{name}_nulls", ">i4"), (f"{name}_type", ">i4"),
        (f"{name}_count", ">i4"), (f"{name}_first", ">i4"),
        (name, np.dtype([("bytes", ">i4"), ("value", item)]), (count,)),
    ]  # fmt: skip


def _layout(columns: list[Any]) -> np.dtype:
    return np.dtype([("fields", ">i2"), ("id_bytes", ">i4"), ("id", "V16"), *columns])


def read_computed(session: Session, table: str, card: Scorecard) -> Computed:
    """What ``compute_into`` left in ``table``."""
    count = len(card.indicators)
    layout = _layout([
        *_array_of("values", ">f8", 8, count),
        *_array_of("states", ">i2", 2, count),
        ("vetoed_bytes", ">i4"),
        ("vetoed", ">i2"),
    ])  # fmt: skip
    query = (
        f"copy (select enterprise_id, array_replace(values, null, 'NaN')::float8[], states,"  # noqa: S608
        f" (cardinality(vetoes) > 0)::int::smallint from {table}) to stdout (format binary)"
    )
    with cursor_of(session) as cursor, cursor.copy(query) as copy:
        content = b"".join(bytes(block) for block in copy)
    body = memoryview(content)[len(_HEADER) : -len(_END)]
    rows = np.frombuffer(body, dtype=layout)
    return Computed(
        ids=rows["id"],
        values=rows["values"]["value"].astype(np.float64),
        states=rows["states"]["value"].astype(np.int16),
        vetoed=rows["vetoed"] != 0,
    )


def computed_of(row: Row[Any]) -> Computed:
    """The same of one row as the driver hands it over."""
    return Computed(
        ids=np.frombuffer(row.enterprise_id.bytes, dtype="V16"),
        values=np.array([[np.nan if value is None else float(value) for value in row.values]]),
        states=np.array([row.states], dtype=np.int16),
        vetoed=np.array([bool(row.vetoes)]),
    )


def write_scores(session: Session, table: str, computed: Computed, found: Scores) -> None:
    """Make the temporary table ``table``: enterprise_id, score, level (-1 for not scored), present, points."""
    with cursor_of(session) as cursor:
        cursor.execute(f"drop table if exists pg_temp.{table}")
        cursor.execute(
            f"create temp table {table} (enterprise_id uuid not null, score smallint not null, level smallint not null,"
            " present smallint not null, points smallint[] not null) on commit drop"
        )
        with cursor.copy(f"copy {table} from stdin (format binary)") as copy:
            copy.write(_rows(computed, found))


def _rows(computed: Computed, found: Scores) -> bytes:
    count = found.points.shape[1]
    numbers: list[Any] = [
        entry for name in ("score", "level", "present") for entry in ((f"{name}_bytes", ">i4"), (name, ">i2"))
    ]
    rows = np.zeros(len(computed.ids), dtype=_layout([*numbers, *_array_of("points", ">i2", 2, count)]))
    rows["fields"], rows["id_bytes"], rows["id"] = 5, 16, computed.ids
    for name in ("score", "level", "present"):
        rows[f"{name}_bytes"] = 2
        rows[name] = getattr(found, name)
    rows["points_bytes"] = 20 + count * 6
    rows["points_dimensions"], rows["points_type"], rows["points_count"], rows["points_first"] = 1, _INT2, count, 1
    rows["points"]["bytes"] = 2
    rows["points"]["value"] = found.points
    stream = io.BytesIO()
    stream.write(_HEADER)
    stream.write(rows.tobytes())
    stream.write(_END)
    return stream.getvalue()
