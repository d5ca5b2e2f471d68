"""How figures, times and names are said to a person, in Chinese and in English.

Pure functions: language and present moment are arguments. ``None`` is always the dash, because a
value that is not known must never look like zero. Words stand here and not in the catalogues:
the two languages differ in units (万, 亿 against m, bn) and order, not only in words.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

UNKNOWN = "—"
BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")

Number = Decimal | int | float

# Smallest amount that takes the unit, the unit's size, how it is written; largest first.
_ZH_MONEY = [
    (Decimal("1e8"), Decimal("1e8"), "{} 亿元"),
    (Decimal("1e4"), Decimal("1e4"), "{} 万元"),
    (Decimal(0), Decimal(1), "{} 元"),
]
_EN_MONEY = [
    (Decimal("1e9"), Decimal("1e9"), "CNY {}bn"),
    (Decimal("1e6"), Decimal("1e6"), "CNY {}m"),
    (Decimal(0), Decimal(1), "CNY {}"),
]

_EN_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_ZH_DAYS = {-1: "昨天", 0: "今天", 1: "明天"}
_EN_DAYS = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def date_said(value: date | None, locale: str, today: date) -> str:
    """A day as a person says it: by distance within a week, in full beyond."""
    if value is None:
        return UNKNOWN
    days = (business_date(value) - business_date(today)).days
    if days in _ZH_DAYS:
        return _ZH_DAYS[days] if locale == "zh_CN" else _EN_DAYS[days]
    if abs(days) > 7:
        return date_full(value, locale)
    if locale == "zh_CN":
        return f"{days}天后" if days > 0 else f"{-days}天前"
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def datetime_said(value: datetime | None, locale: str, now: datetime) -> str:
    """A moment as a person says it: minutes within the hour, the clock today and yesterday, in full beyond."""
    if value is None:
        return UNKNOWN
    moment, present = _local(value), _local(now)
    zh = locale == "zh_CN"
    age = present - moment
    if timedelta(0) <= age < timedelta(hours=1):
        minutes = int(age.total_seconds() // 60)
        if minutes == 0:
            return "刚刚" if zh else "just now"
        if zh:
            return f"{minutes}分钟前"
        return "1 minute ago" if minutes == 1 else f"{minutes} minutes ago"
    days = (moment.date() - present.date()).days
    clock = f"{moment:%H:%M}"
    if days in _ZH_DAYS:
        return f"{_ZH_DAYS[days]} {clock}" if zh else f"{_EN_DAYS[days]} {clock}"
    return f"{date_full(moment, locale)} {clock}" if zh else f"{date_full(moment, locale)}, {clock}"


def moment_full(value: datetime, locale: str) -> str:
    """Day and clock, however long ago: for what is printed and read much later."""
    return f"{date_full(value, locale)} {_local(value):%H:%M}"


def version_said(version: str) -> str:
    """The day of a version; the hash of its content behind it is for machines."""
    return version.split("/")[0]


def mask_name(name: str | None) -> str:
    """A person's name with its middle hidden: 张*, 王*明, J*** S***."""
    if not name:
        return UNKNOWN
    if name.isascii():
        return " ".join(f"{word[0]}***" for word in name.split())
    if len(name) <= 2:
        return name[0] + "*" * (len(name) - 1 or 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_code(code: str | None) -> str:
    """A code or number with its middle hidden: 9137**********0X5T, 138****5678; a short one wholly."""
    if not code:
        return UNKNOWN
    head, tail = (4, 4) if len(code) >= 15 else (3, 4)
    if len(code) <= head + tail:
        return "*" * len(code)
    return code[:head] + "*" * (len(code) - head - tail) + code[-tail:]


def _plain(value: Number, places: int) -> str:
    """Thousands separated, rounded half up, without zeros that say nothing."""
    quantum = Decimal(1).scaleb(-places)
    text = f"{_exact(value).quantize(quantum, rounding=ROUND_HALF_UP):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _exact(value: Number) -> Decimal:
    return Decimal(str(value)) if isinstance(value, float) else Decimal(value)


def wan(value: Number | None, locale: str) -> str:
    """An amount of yuan as it is said: 80 万元, 1.25 亿元; CNY 800,000, CNY 125m. Rounded to two places."""
    if value is None:
        return UNKNOWN
    amount = _exact(value)
    for threshold, size, pattern in _ZH_MONEY if locale == "zh_CN" else _EN_MONEY:
        # Compared after rounding, so that 9,999.999 yuan is one 万 and not 10,000 元.
        if abs(amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)) >= threshold:
            return pattern.format(_plain(amount / size, 2))
    raise AssertionError("the last threshold is zero")


def wan_number(value: Number | None) -> str:
    """Yuan counted in 万元, the bare number: for columns and fields that carry the unit themselves."""
    return UNKNOWN if value is None else _plain(_exact(value) / 10000, 2)


def yuan(value: Number | None, locale: str) -> str:
    """An exact amount, to the fen: 800,000.00 元, CNY 800,000.00."""
    if value is None:
        return UNKNOWN
    text = f"{_exact(value).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,f}"
    return f"{text} 元" if locale == "zh_CN" else f"CNY {text}"


def number(value: Number | None, places: int = 2) -> str:
    """A count or a measure: 61,357."""
    return UNKNOWN if value is None else _plain(value, places)


def percent(value: Number | None) -> str:
    """A rate that is held in percent, as all rates are: 3.45 is 3.45%, 4 is 4.00%."""
    if value is None:
        return UNKNOWN
    return f"{_exact(value).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,f}%"


def share(value: Number | None) -> str:
    """A part of a whole, held as 0 to 1: 0.345 is 34.5%, 1 is 100.0%, so that a column stands in line."""
    if value is None:
        return UNKNOWN
    return f"{(_exact(value) * 100).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP):,f}%"


def stretches(values: Iterable[Number], maximum: Number, width: int) -> list[tuple[float, float]]:
    """Start and length of each value, end to end on a bar of ``width`` for ``maximum``; a negative one has none."""
    found, start = [], 0.0
    for value in values:
        length = max(float(value) * width / float(maximum), 0.0)
        found.append((round(start, 2), round(length, 2)))
        start += length
    return found


def months(value: int | None, locale: str) -> str:
    """A term: 12 个月, 12 months."""
    if value is None:
        return UNKNOWN
    if locale == "zh_CN":
        return f"{value:,} 个月"
    return f"{value:,} month" if value == 1 else f"{value:,} months"


def business_date(value: date) -> date:
    """The Shanghai calendar day of a moment; a day is itself. A moment without a zone is refused."""
    return _local(value).date() if isinstance(value, datetime) else value


def _local(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown: which clock was it read from?")
    return value.astimezone(BUSINESS_ZONE)


def date_full(value: date | None, locale: str) -> str:
    """2026年11月22日, 22 November 2026."""
    if value is None:
        return UNKNOWN
    day = business_date(value)
    if locale == "zh_CN":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_EN_MONTHS[day.month - 1]} {day.year}"


def month_said(value: date | None, locale: str) -> str:
    """2025年12月, Dec 2025."""
    if value is None:
        return UNKNOWN
    if locale == "zh_CN":
        return f"{value.year}年{value.month}月"
    return f"{_EN_MONTHS[value.month - 1][:3]} {value.year}"


def template_filters(locale: Callable[[], str], now: Callable[[], datetime]) -> Mapping[str, Callable[..., object]]:
    """The filters of the templates, bound to the language and the moment of the request being answered."""
    return {
        "wan": lambda value: wan(value, locale()),
        "wan_number": wan_number,
        "yuan": lambda value: yuan(value, locale()),
        "number": number,
        "percent": percent,
        "share": share,
        "stretches": stretches,
        "months": lambda value: months(value, locale()),
        "date_full": lambda value: date_full(value, locale()),
        "month_said": lambda value: month_said(value, locale()),
        "date_said": lambda value: date_said(value, locale(), now()),
        "datetime_said": lambda value: datetime_said(value, locale(), now()),
        "moment_full": lambda value: moment_full(value, locale()),
        "version_said": version_said,
        "mask_name": mask_name,
        "mask_code": mask_code,
    }
