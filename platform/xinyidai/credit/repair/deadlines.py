"""By when a case is taken up and decided, in Chinese working days."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from xinyidai.core.working_days import WorkCalendar, add_working_days, working_days_between
from xinyidai.credit.repair.types import CaseKind

_FILE = files("xinyidai.credit.repair") / "data" / "deadlines.toml"
_Version = tuple[date, dict[str, dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Deadlines:
    step_due_on: date
    due_on: date


@cache
def _versions() -> tuple[_Version, ...]:
    """The newest first."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    found = [(one["from"], {kind.value: one[kind.value] for kind in CaseKind}) for one in data["versions"]]
    return tuple(sorted(found, key=lambda one: one[0], reverse=True))


def working_days(kind: CaseKind, opened_on: date) -> tuple[int, int]:
    """Working days until the case is taken up, and until it is decided."""
    days = next(entry for first_day, entry in _versions() if first_day <= opened_on)[kind.value]
    return days["step"], days["decision"]


def deadlines(kind: CaseKind, opened_on: date, calendar: WorkCalendar) -> Deadlines:
    """Counting begins on the day after the case is opened."""
    step, decision = working_days(kind, opened_on)
    return Deadlines(add_working_days(opened_on, step, calendar), add_working_days(opened_on, decision, calendar))


def moved_on(due: date, paused_on: date, resumed_on: date, calendar: WorkCalendar) -> date:
    """The deadline after a wait for papers: later by the working days waited."""
    return add_working_days(due, max(working_days_between(paused_on, resumed_on, calendar), 0), calendar)
