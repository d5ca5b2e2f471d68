"""Single values of deliveries, read with care: what is meant is found, what could mean two things is refused.

Every reader answers the value in one canonical spelling, or None where nothing was delivered. This is the one place
that knows the rules; the fast way in (``intake.observations``) takes only values that are canonical already.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Context, Decimal
from functools import lru_cache

from xinyidai.core import usci
from xinyidai.core.bilingual import Said, say
from xinyidai.core.i18n import N_
from xinyidai.credit.catalogue import Field
from xinyidai.credit.types import FieldType, Unit
from xinyidai.enterprises.registry_values import LongTerm, given, is_identity_number, masked, parse_date
from xinyidai.enterprises.service import HOUSEHOLD_CODE

EARLIEST = date(1990, 1, 1)
LONG_TERM = "long-term"
"""How a date without an end (9999-09-09, 2099-12-31, 长期) is spelt from here on."""
LONGEST_STRING = 500
LONGEST_TEXT = 20_000
YUAN_PER_WAN = Decimal(10_000)
_EXACT = Context(prec=60)

_NUMBER = re.compile(r"[+-]?(?P<whole>[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.(?P<part>[0-9]{1,18}))?")
_SCIENTIFIC = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+")
_MOST_WHOLE_DIGITS = 15
_SUFFIX = re.compile(
    r"(?P<number>.*[0-9])\s*(?P<unit>万元|元|万|亿元|人|户|度|千瓦时|kwh|立方米|方|吨|个月|月|次|张|份|%)"
)
_SUFFIX_UNITS = {
    "元": {Unit.YUAN}, "万元": {Unit.WAN_YUAN}, "人": {Unit.PERSONS}, "度": {Unit.KILOWATT_HOURS},
    "千瓦时": {Unit.KILOWATT_HOURS}, "kwh": {Unit.KILOWATT_HOURS}, "立方米": {Unit.CUBIC_METRES},
    "方": {Unit.CUBIC_METRES}, "吨": {Unit.TONNES, Unit.CUBIC_METRES}, "个月": {Unit.MONTHS}, "月": {Unit.MONTHS},
    "次": {Unit.TIMES, Unit.PERIODS}, "张": {Unit.SHEETS}, "份": {Unit.SHEETS}, "%": {Unit.PERCENT},
}  # fmt: skip
_MONTH = re.compile(r"(?P<year>[0-9]{4})(?:[-/.](?P<month>[0-9]{1,2})|年(?P<zh>[0-9]{1,2})月份?|(?P<plain>[0-9]{2}))")
_YEAR = re.compile(r"(?P<year>[0-9]{4})(?:年度?)?")
_TRUE = frozenset({"1", "true", "yes", "y", "是"})
_FALSE = frozenset({"0", "false", "no", "n", "否"})
_BETWEEN_CODES = re.compile(r"[、;；,，|]")
_SERIES_ENTRY = re.compile(r"(?P<month>[0-9]{6})[,，:：](?P<value>[^,，;；]*)")
_BETWEEN_ENTRIES = re.compile(r"[;；]")


class Refused(Exception):
    """A value that cannot be taken, and why. ``value`` is what may be shown of it."""

    def __init__(self, value: str, reason: Said) -> None:
        self.value, self.reason = value, reason


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def read_subject(text: str) -> str:
    """The enterprise's code: 18 characters, or 9 of an organisation code. Farm households: their internal code."""
    code = _plain(text).replace(" ", "").upper()
    if given(code) is None:
        raise Refused(text, say(N_("the enterprise's code is missing")))
    if is_identity_number(code):
        reason = N_("a citizen's identity number stands where the enterprise's code belongs")
        raise Refused(masked(code), say(reason))
    if code.startswith(HOUSEHOLD_CODE):
        return code
    if len(code) in (usci.LENGTH, usci.OLD_REGISTRATION_NUMBER_LENGTH):
        problem = _problem_of(code)
        if problem is not None:
            raise Refused(text, problem.reason)
        return code
    organisation = code.replace("-", "")
    return organisation if len(organisation) == 9 else code


@lru_cache(1 << 16)
def _problem_of(code: str) -> usci.UsciProblem | None:
    """The same enterprises stand in file after file."""
    return usci.check(code, registry_confirmed=True)


def read_value(field: Field, text: str, today: date, *, unit: Unit | None = None) -> str | None:
    """The canonical spelling of one value; numbers in ``unit``, the catalogue's where none is given.

    Dates are YYYY-MM-DD or ``long-term``, months YYYYMM, years YYYY, booleans 1 and 0, codes the list's codes.
    Raises Refused. A series is read by ``read_series``.
    """
    if (given(text) is None and not _is_listed(field, text)) or (field.sentinel and _plain(text) == field.sentinel):
        return None
    if text.startswith("=") and len(text) > 1:
        raise Refused(text, say(N_("a formula; please deliver its value")))
    return _READERS[field.type](field, text, today, unit or field.unit)


def _is_listed(field: Field, text: str) -> bool:
    """Whether a word that elsewhere means "nothing" is a code of this very list, as ``none`` is of fulfilment."""
    plain = _plain(text).lower()
    return any(plain == code.code.lower() for code in field.codes)


def _read_number(field: Field, text: str, _today: date, unit: Unit) -> str:
    plain = _plain(text).replace(" ", "").lower().removeprefix("¥").removesuffix("整")
    factor = Decimal(1)
    if suffixed := _SUFFIX.fullmatch(plain):
        plain = suffixed["number"]
        factor = _suffix_factor(suffixed["unit"], unit, text)
    found = _NUMBER.fullmatch(plain)
    if found is None or len(text.strip().splitlines()) > 1:
        # Two lines in one cell are two numbers, however well they read as one.
        raise Refused(text, _why_no_number(plain))
    if len(found["whole"].replace(",", "").lstrip("0")) > _MOST_WHOLE_DIGITS:
        raise Refused(text, say(N_("the number has more than 15 digits before its point")))
    value = _EXACT.multiply(Decimal(plain.replace(",", "")), factor)
    if field.type is FieldType.INTEGER and value != value.to_integral_value():
        raise Refused(text, say(N_("not a whole number")))
    if field.minimum is not None and value < field.minimum:
        raise Refused(text, say(N_("less than %(minimum)s, which cannot be"), minimum=field.minimum))
    if field.type is FieldType.INTEGER:
        return f"{value:.0f}"
    return _trimmed(value)


def in_yuan(wan: str) -> str:
    """A canonical amount in 万元 as one in yuan, exactly."""
    return _trimmed(_EXACT.multiply(Decimal(wan), YUAN_PER_WAN))


def _trimmed(value: Decimal) -> str:
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _suffix_factor(suffix: str, unit: Unit, text: str) -> Decimal:
    """What a unit behind a number does to it, in a column of ``unit``."""
    if unit in (Unit.YUAN, Unit.WAN_YUAN):
        if suffix == "元":
            return Decimal(1) if unit is Unit.YUAN else 1 / YUAN_PER_WAN
        if suffix == "万元":
            return Decimal(1) if unit is Unit.WAN_YUAN else YUAN_PER_WAN
    if unit in _SUFFIX_UNITS.get(suffix, ()):
        return Decimal(1)
    reason = N_("the unit “%(suffix)s” is not the one of this column (%(unit)s)")
    raise Refused(text, say(reason, suffix=suffix, unit=unit.value or "-"))


def _why_no_number(plain: str) -> Said:
    if _SCIENTIFIC.fullmatch(plain):
        return say(N_("a power of ten, in which digits may have been lost; please deliver the full number"))
    if "," in plain:
        return say(N_("a comma that does not separate thousands: it could mean two numbers"))
    return say(N_("not a number"))


def _read_boolean(_field: Field, text: str, _today: date, _unit: Unit) -> str:
    plain = _plain(text).lower()
    if plain in _TRUE or plain in _FALSE:
        return "1" if plain in _TRUE else "0"
    raise Refused(text, say(N_("neither yes nor no; please deliver 1 or 0")))


def _read_date(field: Field, text: str, today: date, _unit: Unit) -> str:
    found = parse_date(text)
    if found is None:
        raise Refused(text, say(N_("not a date such as 2026-03-18")))
    if isinstance(found, LongTerm):
        if field.future:
            return LONG_TERM
        raise Refused(text, say(N_("a date that means “long term”, where the date of a fact belongs")))
    return _checked(found, field, today, text).isoformat()


def _checked(found: date, field: Field, today: date, text: str) -> date:
    if found > today and not field.future:
        raise Refused(text, say(N_("lies in the future")))
    if found < EARLIEST:
        raise Refused(text, say(N_("lies before 1990")))
    return found


def _read_moment(field: Field, text: str, today: date, unit: Unit) -> str:
    plain = _plain(text).replace("/", "-")
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        return _read_date(field, text, today, unit)
    _checked(moment.date(), field, today, text)
    return moment.isoformat(sep=" ")


def read_month(text: str, today: date) -> str:
    """YYYYMM; the month that runs may be delivered, later ones not."""
    plain = _plain(text).replace(" ", "")
    found = _MONTH.fullmatch(plain)
    day = parse_date(plain) if found is None else None
    if found is not None:
        year, month = int(found["year"]), int(found["month"] or found["zh"] or found["plain"])
    elif isinstance(day, date):
        year, month = day.year, day.month
    else:
        raise Refused(text, say(N_("not a month such as 2026-03")))
    if not 1 <= month <= 12:
        raise Refused(text, say(N_("not a month such as 2026-03")))
    if (year, month) > (today.year, today.month):
        raise Refused(text, say(N_("lies in the future")))
    if year < EARLIEST.year:
        raise Refused(text, say(N_("lies before 1990")))
    return f"{year:04}{month:02}"


def read_year(text: str, today: date, *, over: bool = False) -> str:
    """YYYY; ``over`` asks for a year that is, as figures of a whole year can only be then."""
    found = _YEAR.fullmatch(_plain(text).replace(" ", ""))
    if found is None:
        raise Refused(text, say(N_("not a year such as 2025")))
    year = int(found["year"])
    if over and year == today.year:
        raise Refused(text, say(N_("the year is not over yet")))
    if year > today.year:
        raise Refused(text, say(N_("lies in the future")))
    if year < EARLIEST.year:
        raise Refused(text, say(N_("lies before 1990")))
    return f"{year:04}"


def read_period(field: Field, text: str, today: date) -> str:
    """YYYYMM; figures of a year are those of its December."""
    if given(text) is None:
        raise Refused(text, say(N_("the month is missing")))
    if field.type is FieldType.YEAR:
        return read_year(text, today, over=True) + "12"
    return read_month(text, today)


def _read_code(field: Field, text: str, _today: date, _unit: Unit) -> str:
    return _code_of(field, text)


def _read_codes(field: Field, text: str, _today: date, _unit: Unit) -> str:
    return ";".join(dict.fromkeys(_code_of(field, one) for one in _BETWEEN_CODES.split(text) if one.strip()))


def _code_of(field: Field, text: str) -> str:
    plain = _plain(text).lower()
    for code in field.codes:
        if plain in (code.code.lower(), _plain(code.name_zh).lower(), code.name_en.lower()):
            return code.code
    listed = "、".join(code.name_zh for code in field.codes[:8])
    raise Refused(text, say(N_("not in the list of the catalogue: %(listed)s"), listed=listed))


def _read_text(field: Field, text: str, _today: date, _unit: Unit) -> str:
    limit = LONGEST_TEXT if field.type is FieldType.TEXT else LONGEST_STRING
    if len(text) > limit:
        raise Refused(text, say(N_("longer than %(limit)s characters"), limit=limit))
    return text


def read_series(field: Field, text: str, today: date, unit: Unit) -> dict[str, str]:
    """Month → value of a series ``YYYYMM，value；YYYYMM，value；``. Months that are not in it stay unknown."""
    values: dict[str, str] = {}
    for entry in filter(None, map(str.strip, _BETWEEN_ENTRIES.split(text))):
        found = _SERIES_ENTRY.fullmatch(unicodedata.normalize("NFKC", entry).replace(" ", ""))
        if found is None:
            raise Refused(entry, say(N_("not an entry of a series such as 202603，12；")))
        month = read_month(found["month"], today)
        if month in values:
            raise Refused(entry, say(N_("the month stands twice in the series")))
        if given(found["value"]) is not None:
            values[month] = _read_number(field, found["value"], today, unit)
    return values


def is_series(field: Field, text: str) -> bool:
    return field.type is FieldType.SERIES and bool(_BETWEEN_ENTRIES.search(text) or _SERIES_ENTRY.fullmatch(text))


_READERS: dict[FieldType, Callable[[Field, str, date, Unit], str]] = {
    FieldType.DECIMAL: _read_number,
    FieldType.INTEGER: _read_number,
    FieldType.SERIES: _read_number,
    FieldType.BOOLEAN: _read_boolean,
    FieldType.DATE: _read_date,
    FieldType.DATETIME: _read_moment,
    FieldType.MONTH: lambda _field, text, today, _unit: read_month(text, today),
    FieldType.YEAR: lambda _field, text, today, _unit: read_year(text, today),
    FieldType.CODE: _read_code,
    FieldType.CODES: _read_codes,
    FieldType.STRING: _read_text,
    FieldType.TEXT: _read_text,
}
