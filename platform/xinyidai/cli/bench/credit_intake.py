"""Intake of one big file, in a process of its own so that its memory can be told: ``python -m … URL FILE``.

Prints one JSON object: rows, seconds, peak_mib, cpu_seconds (of this process alone).
"""

import json
import resource
import sys
import time
from pathlib import Path

import psycopg

from xinyidai.cli.bench.credit_data import DATASET, NOW
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import make_engine, unit_of_work
from xinyidai.credit.intake import empty_staging, take_in
from xinyidai.tables import metadata

_READ_AT_ONCE = 1 << 18


def measure(url: str, path: Path) -> dict[str, float]:
    engine = make_engine(url)
    start = time.perf_counter()
    with unit_of_work(engine, SYSTEM) as session:
        batch = take_in(session, SYSTEM, DATASET, path, NOW, helper=engine).batch
    seconds = time.perf_counter() - start
    with unit_of_work(engine, SYSTEM) as session:
        empty_staging(session)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rows": batch.values_new,
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
