"""Registered capital 注册资本 as registries write it, read into an amount in 万 (ten thousands) of a currency.

``120万人民币``, ``12,000(万元人民币)``, ``90.5000(万美元)``, ``7,000(万)``, ``5000000元``: dozens of shapes.
What cannot be read for certain is unknown, with the reason, and the delivered text is always kept. Where
the text names no currency (``45(万)``) it is taken as yuan, and ``currency_stated`` says that it was not written.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from xinyidai.core.bilingual import Said, say
from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum

_PLACEHOLDERS = frozenset({"", "无", "/", "-", "--", "—", "——", "N/A", "NULL", "NONE", "暂无", "未公示", "不公示"})

_CURRENCY_WORDS = {
    "人民币": "CNY", "RMB": "CNY", "CNY": "CNY",
    "美元": "USD", "美金": "USD", "USD": "USD", "US$": "USD",
    "港元": "HKD", "港币": "HKD", "香港元": "HKD", "HKD": "HKD", "HK$": "HKD",
    "日元": "JPY", "日圆": "JPY", "日币": "JPY", "JPY": "JPY",
    "欧元": "EUR", "EUR": "EUR", "€": "EUR",
    "英镑": "GBP", "GBP": "GBP", "£": "GBP",
    "韩元": "KRW", "韩圆": "KRW", "KRW": "KRW",
    "新台币": "TWD", "台币": "TWD", "TWD": "TWD",
    "新加坡元": "SGD", "新元": "SGD", "SGD": "SGD",
    "澳元": "AUD", "澳大利亚元": "AUD", "AUD": "AUD",
    "加元": "CAD", "加拿大元": "CAD", "CAD": "CAD",
    "瑞士法郎": "CHF", "CHF": "CHF",
    "澳门元": "MOP", "MOP": "MOP",
    "德国马克": "DEM", "马克": "DEM", "DEM": "DEM",
}  # fmt: skip
# GB/T 12406 numbers, as registries write them in a column of their own.
_CURRENCY_NUMBERS = {"156": "CNY", "840": "USD", "344": "HKD", "392": "JPY", "978": "EUR", "826": "GBP", "901": "TWD"}

# How many 万 one of the unit is.
_SCALES = {
    "": Decimal("0.0001"),
    "千": Decimal("0.1"),
    "万": Decimal(1),
    "百万": Decimal(100),
    "千万": Decimal(1000),
    "亿": Decimal(10_000),
}

# Registries write these by hand, in every mixture; only the shape decides nothing.
_SPELLINGS = str.maketrans(
    {"萬": "万", "億": "亿", "圓": "元", "圆": "元", "幣": "币", "(": "", ")": "", "[": "", "]": ""}
)
_CURRENCIES = {word.translate(_SPELLINGS): code for word, code in _CURRENCY_WORDS.items()}
_CURRENCY = "|".join(re.escape(word) for word in sorted(_CURRENCIES, key=len, reverse=True))
_SHAPE = re.compile(
    rf"(?P<before>{_CURRENCY})?[:]?"
    r"(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)"
    r"(?P<scale>百万|千万|千|万|亿|)"
    rf"(?P<yuan>元?)(?P<after>{_CURRENCY})?(?P<yuan_again>元?)整?"
)
_MOST_WHOLE_DIGITS = 12
"""Whole digits of an amount in 万; beyond that it is not a firm's capital but a slip."""


class CapitalProblem(LabelledEnum):
    """Why a text says nothing certain about the capital."""

    NOT_GIVEN = "not_given", N_("no registered capital given")
    UNREADABLE = "unreadable", N_("the registered capital cannot be read")
    NO_UNIT = "no_unit", N_("the registered capital has no unit: yuan or ten thousand yuan")
    UNKNOWN_CURRENCY = "unknown_currency", N_("the currency of the registered capital is not known here")
    TWO_CURRENCIES = "two_currencies", N_("the registered capital names two currencies")
    TOO_LARGE = "too_large", N_("the registered capital is larger than any")

    @property
    def said(self) -> Said:
        return say(self._message)


@dataclass(frozen=True, slots=True)
class RegisteredCapital:
    """``amount`` in 万 of ``currency`` (ISO 4217); None where unknown, and then ``problem`` says why."""

    raw: str
    amount: Decimal | None = None
    currency: str | None = None
    currency_stated: bool = False
    problem: CapitalProblem | None = None

    @property
    def yuan(self) -> Decimal | None:
        """The exact amount in yuan where it is in yuan; other currencies are never converted."""
        return self.amount * 10_000 if self.amount is not None and self.currency == "CNY" else None


def parse(raw: str, *, unit: str = "", currency: str = "") -> RegisteredCapital:
    """Read ``raw``; ``unit`` (万元, 元, 万美元 …) and ``currency`` are what the column itself states, if it does.

    What the text states counts before what the column states, except that two currencies contradict each other.
    """
    text = _cleaned(raw)
    if text in _PLACEHOLDERS:
        return RegisteredCapital(raw, problem=CapitalProblem.NOT_GIVEN)
    found = _SHAPE.fullmatch(text)
    if found is not None and not _states_unit(found):
        found = _SHAPE.fullmatch(text + _cleaned(unit)) or found
    if found is None:
        return RegisteredCapital(raw, problem=CapitalProblem.UNREADABLE)
    of_column = _cleaned(currency)
    if of_column in _PLACEHOLDERS:
        return _read(raw, found, None)
    code = _CURRENCIES.get(of_column) or _CURRENCY_NUMBERS.get(of_column)
    return _read(raw, found, code) if code else RegisteredCapital(raw, problem=CapitalProblem.UNKNOWN_CURRENCY)


def _cleaned(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).translate(_SPELLINGS).upper()


def _states_unit(found: re.Match[str]) -> bool:
    """``50人民币`` names a currency but no unit: whether yuan or ten thousands is anybody's guess."""
    return bool(found["scale"] or found["yuan"] or found["yuan_again"] or (found["after"] or "").endswith("元"))


def _read(raw: str, found: re.Match[str], of_column: str | None) -> RegisteredCapital:
    named = {_CURRENCIES[word] for word in (found["before"], found["after"]) if word}
    if of_column:
        named.add(of_column)
    if len(named) > 1:
        return RegisteredCapital(raw, problem=CapitalProblem.TWO_CURRENCIES)
    if not _states_unit(found):
        return RegisteredCapital(raw, problem=CapitalProblem.NO_UNIT)
    amount = Decimal(found["number"].replace(",", "")) * _SCALES[found["scale"]]
    if amount >= 10**_MOST_WHOLE_DIGITS:
        return RegisteredCapital(raw, problem=CapitalProblem.TOO_LARGE)
    yuan = bool(found["yuan"] or found["yuan_again"])
    return RegisteredCapital(raw, amount, next(iter(named), "CNY"), currency_stated=bool(named) or yuan)
