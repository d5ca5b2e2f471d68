"""Intake of one big file, in a process like that of ``./xyd import credit``: ``python -m … URL FILE``.

Prints one JSON object: rows, seconds, peak_mib, cpu_seconds (of this process alone).
"""

import json
import resource
import sys
import time
from pathlib import Path

import psycopg

from xinyidai.cli.bench.credit_data import DATASET
from xinyidai.cli.import_credit import Wishes, take_in_files
from xinyidai.core.db import make_engine
from xinyidai.tables import metadata

_READ_AT_ONCE = 1 << 18


def measure(url: str, path: Path) -> dict[str, float]:
    """Just what ``./xyd import credit`` does once the database is open, with its progress bar and all it imports."""
    engine = make_engine(url)
    start = time.perf_counter()
    (delivery,) = take_in_files(engine, [path], Wishes(DATASET))
    seconds = time.perf_counter() - start
    if delivery.result is None:
        raise RuntimeError(f"refused: {delivery.problem}")
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rows": delivery.result.batch.values_new,
        "seconds": seconds,
        "peak_mib": _peak_kib() / 1024,
        "cpu_seconds": used.ru_utime + used.ru_stime,
    }


def _peak_kib() -> int:
    """Of this program alone: what getrusage says may be the peak of the program that started it."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    said = next((line for line in lines if line.startswith("VmHWM:")), None)
    return int(said.split()[1]) if said else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def dump(owner: psycopg.Connection, path: Path) -> None:
    """The stored rows as COPY wants them, in the order in which they were inserted."""
    statement = "copy (select * from credit_observations order by tableoid, ctid) to stdout"
    with owner.cursor().copy(statement) as copy, path.open("wb") as stream:
        for piece in copy:
            stream.write(piece)


def bare_copy(owner: psycopg.Connection, path: Path) -> float:
    """Seconds of a bare COPY of those rows into the emptied table with its indexes, in one transaction."""
    owner.execute("truncate credit_observations")
    start = time.perf_counter()
    with (
        owner.transaction(),
        owner.cursor().copy("copy credit_observations from stdin") as copy,
        path.open("rb") as stream,
    ):
        while piece := stream.read(_READ_AT_ONCE):
            copy.write(piece)
    return time.perf_counter() - start


if __name__ == "__main__":
    assert metadata.tables  # noqa: S101 - all tables are known from here on
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
