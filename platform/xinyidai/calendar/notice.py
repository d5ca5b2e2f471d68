"""The days of a notice as people type them: one day or one span in each line."""

import re
from datetime import date, timedelta

from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_, _

_DAY = re.compile(r"(?:(\d{4})\s*[-/.年])?\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
LONGEST = 20


def days_of(text: str, year: int, field: str) -> list[date]:
    """Days of ``year``, in order, each once: ``2027-01-01``, ``2月5日至2月11日``, ``02-05 ~ 02-11``.

    Raises InvalidInput at ``field``, with the line that cannot be read, names no day, or lies in another year.
    """
    found: set[date] = set()
    for line in filter(None, map(str.strip, text.splitlines())):
        found.update(_line(line, year, field))
    return sorted(found)


def _line(line: str, year: int, field: str) -> list[date]:
    parts = _DAY.findall(line)
    # “1月1日至3日”: a number that was not read must not be lost in silence.
    if len(parts) not in (1, 2) or any(map(str.isdigit, _DAY.sub("", line))):
        raise InvalidInput({field: _("“%(line)s” is no day and no span of days.", line=line[:40])})
    try:
        ends = [date(int(of_year or year), int(month), int(day)) for of_year, month, day in parts]
    except ValueError:
        raise InvalidInput({field: _("“%(line)s” names a day that does not exist.", line=line[:40])}) from None
    if {one.year for one in ends} != {year}:
        raise InvalidInput({field: _("“%(line)s” lies in another year.", line=line[:40])})
    first, last = ends[0], ends[-1]
    if last < first or (last - first).days >= LONGEST:
        raise InvalidInput({field: _("“%(line)s” is no span of at most %(days)s days.", line=line[:40], days=LONGEST)})
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def days_to_fill(year: int) -> str:
    """What the form proposes: a line for each holiday that every year has."""
    return "\n".join(f"{year}-{span}" for span in ("01-01", "05-01", f"10-01 ~ {year}-10-03"))


MISSING = N_("These days are holidays in every year and are missing: %(days)s.")
