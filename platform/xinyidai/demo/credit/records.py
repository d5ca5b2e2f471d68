"""All dated records of the city, and the files in which departments send them."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import partial
from random import Random

from xinyidai.credit.catalogue import catalogue
from xinyidai.demo.credit import conduct, courts, grades, registers
from xinyidai.demo.credit.economy import Economy
from xinyidai.demo.credit.subjects import Desk, Maker, Record, subjects
from xinyidai.demo.credit.timetable import Consignment, moment

_MAKERS: tuple[Maker, ...] = (*conduct.MAKERS, *courts.MAKERS, *registers.MAKERS, *grades.MAKERS)
_MISTAKES = "admin_penalty"
"""The data set whose last file has wrong lines."""
_WRONG_LINES = 2
Values = Mapping[str, object]
Rounds = dict[tuple[str, str, date], list[Values]]


def all_records(economy: Economy, desk: Desk) -> Iterator[Record]:
    for subject in subjects(economy):
        rng = Random(f"records {economy.seed} {subject.place}")  # noqa: S311 - repeatable, not secret
        for make in _MAKERS:
            yield from make(subject, rng, desk)


def record_files(records: Iterator[Record], desk: Desk, opened: datetime, now: datetime) -> Iterator[Consignment]:
    """One file for each data set, department and round."""
    for (dataset, unit, day), found in _sorted_into_rounds(records, desk).items():
        known = catalogue().datasets[dataset]
        header = tuple(dict.fromkeys(name for values in found for name in values))
        when = opened if day == desk.opened else min(moment(day, f"{dataset} {unit}"), now)
        # The subject comes first, as in the files of figures.
        header = (known.subject, *(name for name in header if name != known.subject))
        yield Consignment(
            when,
            dataset,
            unit,
            f"{known.name_zh}_{day:%Y%m%d}.csv",
            header,
            partial(_lines, found, header),
            spoiled=_WRONG_LINES if dataset == _MISTAKES and day == desk.rounds(dataset)[-1] else 0,
        )


def _sorted_into_rounds(records: Iterator[Record], desk: Desk) -> Rounds:
    rounds: Rounds = {}
    for record in records:
        unit = record.unit or catalogue().datasets[record.dataset].source_unit
        first = desk.round_of(record.dataset, record.day)
        if first is None:
            continue
        last = desk.round_of(record.dataset, record.later[0]) if record.later else None
        if record.later and last is not None:
            whole = {**record.values, **record.later[1]}
            if last != first:
                rounds.setdefault((record.dataset, unit, first), []).append(record.values)
            rounds.setdefault((record.dataset, unit, last), []).append(whole)
        else:
            rounds.setdefault((record.dataset, unit, first), []).append(record.values)
    return rounds


def _lines(found: list[Values], header: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    for values in found:
        yield tuple(values.get(name, "") for name in header)
