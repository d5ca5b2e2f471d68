"""Brings the files through the platform's own intake, in the order in which they came."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.db import unit_of_work
from xinyidai.core.tabular import FileProblem
from xinyidai.core.usci import synthetic
from xinyidai.credit.intake.service import empty_staging, refuse_delivery, take_in
from xinyidai.credit.intake.withdrawal import withdraw
from xinyidai.demo.credit.timetable import Consignment

_NEVER_REGISTERED = 880_000
"""Serials of codes that are well formed and in no register."""


class Courier:
    """Each file in a transaction of its own; in the name of its department's clerk where there is an account."""

    def __init__(self, bind: Engine | Connection, clerks: Mapping[str, Actor], area: str) -> None:
        self._bind, self._clerks, self._area = bind, clerks, area
        self._helper = bind if isinstance(bind, Engine) else None

    def bring(self, consignments: Iterable[Consignment], tell: Callable[[int, int], None]) -> None:
        ordered = sorted(consignments, key=lambda one: (one.when, one.dataset, one.file_name))
        with tempfile.TemporaryDirectory(prefix="xyd-demo-") as folder:
            for done, one in enumerate(ordered, start=1):
                path = Path(folder) / "delivery.csv"
                lines = self._write(path, one)
                self._deliver(path, one, lines)
                tell(done, len(ordered))
        with unit_of_work(self._bind, SYSTEM) as session:
            empty_staging(session)

    def _write(self, path: Path, one: Consignment) -> int:
        """The file; answers how many lines it has below its header."""
        lines = 0
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(one.header)
            for row in self._with_mistakes(one):
                writer.writerow(row)
                lines += 1
        return lines

    def _with_mistakes(self, one: Consignment) -> Iterator[tuple[object, ...]]:
        """The lines; some that follow the first ones are spoiled copies of them, in the ways that departments know."""
        for place, row in enumerate(one.rows()):
            yield row
            if place < one.spoiled:
                yield self._spoiled(place, row)

    def _spoiled(self, place: int, row: tuple[object, ...]) -> tuple[object, ...]:
        code, period, *rest = row
        wrong = str(code)[:-1] + ("0" if str(code)[-1] != "0" else "1")
        ways: tuple[tuple[object, ...], ...] = (
            (synthetic(self._area, _NEVER_REGISTERED + place), period, *rest),
            (wrong, period, *rest),
            (code, "209901", *rest),
            ("", period, *rest),
            (synthetic(self._area, _NEVER_REGISTERED + place), "本月", *rest),
        )
        return ways[place % len(ways)]

    def _deliver(self, path: Path, one: Consignment, lines: int) -> None:
        actor = self._clerks.get(one.unit, SYSTEM)
        stated = None if one.more_stated is None else lines + one.more_stated
        try:
            with unit_of_work(self._bind, actor) as session:
                result = take_in(
                    session,
                    actor,
                    one.dataset,
                    path,
                    one.when,
                    source_unit=one.unit,
                    file_name=one.file_name,
                    lines_stated=stated,
                    units_confirmed=not one.is_refused,
                    helper=self._helper,
                )
                batch = result.batch.id
        except FileProblem as problem:
            if not one.is_refused:
                raise
            with unit_of_work(self._bind, actor) as session:
                refuse_delivery(
                    session, actor, one.dataset, path, problem, one.when, source_unit=one.unit, file_name=one.file_name
                )
            return
        if one.because:
            with unit_of_work(self._bind, actor) as session:
                withdraw(session, actor, batch, one.because, one.when + timedelta(days=1))
