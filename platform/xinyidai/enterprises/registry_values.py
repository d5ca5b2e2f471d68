"""Single values of registry extracts: dates with their sentinels, whole numbers, names, placeholders."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from xinyidai.enterprises.types import RegistrationStatus

PLACEHOLDERS = frozenset(
    {
        "",
        "无",
        "/",
        "\\",
        "-",
        "--",
        "—",
        "——",
        "*",
        "n/a",
        "na",
        "null",
        "none",
        "nan",
        "\\n",
        "暂无",
        "不详",
        "未知",
        "空",
    }
)
LONG_TERM_DATES = frozenset({date(9999, 9, 9), date(9999, 12, 31), date(2099, 12, 31)})
MOST_EMPLOYEES = 10_000_000
_LONG_TERM_WORDS = frozenset({"长期", "永久", "永续", "无固定期限", "长期有效"})

_DATE = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<separator>[-/.])(?P<month>[0-9]{1,2})(?P=separator)(?P<day>[0-9]{1,2})"
    r"|年(?P<month_zh>[0-9]{1,2})月(?P<day_zh>[0-9]{1,2})日?|(?P<month_plain>[0-9]{2})(?P<day_plain>[0-9]{2}))"
    r"(?:[T ]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?Z?)?"
)
_COUNT = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.0+)?人?")
_FULL_WIDTH_ALPHANUMERIC = re.compile(r"[０-９Ａ-Ｚａ-ｚ]")
_BLANKS_BY_CHINESE = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_PARENTHESES = str.maketrans({"(": "（", ")": "）", "﹙": "（", "﹚": "）"})

_STATUS_WORDS = {
    "存续": RegistrationStatus.EXISTING,
    "在业": RegistrationStatus.OPERATING,
    "在营": RegistrationStatus.OPERATING,
    "开业": RegistrationStatus.OPERATING,
    "吊销": RegistrationStatus.REVOKED,
    "迁出": RegistrationStatus.MOVED_OUT,
    "停业": RegistrationStatus.SUSPENDED,
    "清算": RegistrationStatus.LIQUIDATING,
    "歇业": RegistrationStatus.DORMANT,
    "责令关闭": RegistrationStatus.ORDERED_CLOSED,
    "撤销": RegistrationStatus.ANNULLED,
}


@dataclass(frozen=True, slots=True)
class LongTerm:
    """No end date, written as a date: 9999-09-09 in the registry, 2099-12-31 in licences."""


LONG_TERM = LongTerm()


def given(text: str) -> str | None:
    """The text, or None for the placeholders that registries write instead of nothing."""
    return None if unicodedata.normalize("NFKC", text).strip().lower() in PLACEHOLDERS else text


def clean_name(text: str) -> str:
    """A name in the one form it is stored in.

    Composed characters, full-width parentheses as in licences, half-width letters and digits, no blanks beside
    Chinese. Not NFKC as a whole: that would rewrite marks that belong to names.
    """
    composed = unicodedata.normalize("NFC", text)
    narrow = _FULL_WIDTH_ALPHANUMERIC.sub(lambda found: unicodedata.normalize("NFKC", found[0]), composed)
    single = " ".join(narrow.split())
    return _BLANKS_BY_CHINESE.sub("", single).translate(_PARENTHESES)


def parse_date(text: str) -> date | LongTerm | None:
    """A date in the notations of registries; None where it is none, or where day and month could be confused."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    if plain in _LONG_TERM_WORDS:
        return LONG_TERM
    found = _DATE.fullmatch(plain)
    if found is None:
        return None
    month = found["month"] or found["month_zh"] or found["month_plain"]
    day = found["day"] or found["day_zh"] or found["day_plain"]
    try:
        parsed = date(int(found["year"]), int(month), int(day))
    except ValueError:
        return None
    return LONG_TERM if parsed in LONG_TERM_DATES else parsed


def parse_count(text: str) -> int | None:
    """A number of persons; None where it is not a whole number of them, or more than any body has."""
    found = _COUNT.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
    digits = found[1].replace(",", "") if found else ""
    return int(digits) if digits and len(digits) < 12 and int(digits) <= MOST_EMPLOYEES else None


def parse_status(text: str) -> RegistrationStatus | None:
    """The status from the registry's words and their additions (存续（在营、开业、在册）, 吊销，未注销)."""
    plain = text.strip().lower()
    if plain in set(RegistrationStatus):
        return RegistrationStatus(plain)
    if "注销" in plain and "未注销" not in plain:
        return RegistrationStatus.CANCELLED
    plain = plain.removeprefix("已")
    return next((status for word, status in _STATUS_WORDS.items() if plain.startswith(word)), None)


_IDENTITY_NUMBER = re.compile(
    r"[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
)
_IDENTITY_WEIGHTS = tuple(pow(2, 17 - position, 11) for position in range(17))


def is_identity_number(text: str) -> bool:
    """Whether a text is a citizen's identity number, GB 11643: it must never stand in the code field."""
    if not _IDENTITY_NUMBER.fullmatch(text):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _IDENTITY_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def masked(identity_number: str) -> str:
    return identity_number[:3] + "*" * 12 + identity_number[-3:]
