"""Values of indicators as a person reads them, with their unit, in the current language.

Units stand here, not in the catalogues of translations: languages differ in counting (万, 亿) and not in words only.
"""

from decimal import ROUND_HALF_UP, Decimal

from xinyidai.core.i18n import current_locale
from xinyidai.credit.indicators.model import Bin, Indicator
from xinyidai.credit.indicators.types import ValueUnit

_ZH = {
    ValueUnit.YEARS: "{} 年", ValueUnit.MONTHS: "{} 个月", ValueUnit.PERIODS: "{} 期", ValueUnit.TIMES: "{} 次",
    ValueUnit.CASES: "{} 件", ValueUnit.ITEMS: "{} 项", ValueUnit.PERSONS: "{} 人", ValueUnit.PERCENT: "{}%",
}  # fmt: skip
_EN = {
    ValueUnit.YEARS: ("year", "years"), ValueUnit.MONTHS: ("month", "months"), ValueUnit.PERIODS: ("period", "periods"),
    ValueUnit.TIMES: ("time", "times"), ValueUnit.CASES: ("case", "cases"), ValueUnit.ITEMS: ("record", "records"),
    ValueUnit.PERSONS: ("person", "persons"),
}  # fmt: skip
_SMALLEST = Decimal("0.01")
"""Where anything at all begins."""
_WAN, _YI, _MILLION = Decimal(10_000), Decimal(100_000_000), Decimal(1_000_000)


def value_said(indicator: Indicator, value: Decimal) -> str:
    """``3 次``, ``12.5%``, ``80 万元``; of a category the name of its bin."""
    if indicator.unit is ValueUnit.CATEGORY:
        return indicator.bin_of(value).name
    return _measure(indicator.unit, value)


def reason_said(indicator: Indicator, value: Decimal) -> str:
    return indicator.reason.replace("{value}", value_said(indicator, value))


def bin_said(indicator: Indicator, one: Bin) -> str:
    """The range of a bin: ``5 年至不足 10 年``; of a category its name."""
    if indicator.unit is ValueUnit.CATEGORY:
        return one.name
    place = indicator.bins.index(one)
    upper = indicator.bins[place + 1].lower if place + 1 < len(indicator.bins) else None
    is_zh = current_locale() == "zh_CN"
    if one.lower is None and upper == _SMALLEST:
        return "无" if is_zh else "none"
    if one.lower == _SMALLEST and upper is not None:
        return (
            f"有，不足 {_measure(indicator.unit, upper)}" if is_zh else f"some, under {_measure(indicator.unit, upper)}"
        )
    low = None if one.lower is None else _measure(indicator.unit, one.lower)
    high = None if upper is None else _measure(indicator.unit, upper)
    if low is None and high is not None:
        return f"不足 {high}" if is_zh else f"under {high}"
    if high is None:
        return f"{low}及以上" if is_zh else f"{low} or more"
    return f"{low}至不足 {high}" if is_zh else f"{low} to under {high}"


def _measure(unit: ValueUnit, value: Decimal) -> str:
    is_zh = current_locale() == "zh_CN"
    if unit is ValueUnit.YUAN:
        return _amount(value, is_zh=is_zh)
    figure = _figure(value)
    if unit is ValueUnit.PERCENT:
        return f"{figure}%"
    if is_zh:
        return _ZH[unit].format(figure)
    one, many = _EN[unit]
    return f"{figure} {one if value == 1 else many}"


def _amount(value: Decimal, *, is_zh: bool) -> str:
    if is_zh:
        for size, name in ((_YI, "亿元"), (_WAN, "万元")):
            if abs(value) >= size:
                return f"{_figure(value / size)} {name}"
        return f"{_figure(value)} 元"
    return f"CNY {_figure(value / _MILLION)}m" if abs(value) >= _MILLION else f"CNY {_figure(value)}"


def _figure(value: Decimal) -> str:
    text = f"{value.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):,f}"
    return text.rstrip("0").rstrip(".")
