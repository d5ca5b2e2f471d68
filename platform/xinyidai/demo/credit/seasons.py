"""How the months of a year differ by trade, and what a trade uses for each yuan or head. All assumed for the demo."""

from typing import NamedTuple

_SEASONS: tuple[tuple[tuple[str, ...], tuple[float, ...]], ...] = (
    (("A01", "A05"), (0.4, 0.4, 0.6, 0.8, 1.1, 1.5, 1.2, 1.1, 1.6, 1.8, 1.0, 0.5)),
    (("A03", "A04"), (1.4, 0.8, 0.9, 0.9, 0.95, 0.95, 0.9, 0.95, 1.15, 1.05, 1.0, 1.05)),
    (("C13", "C14", "C15"), (1.4, 0.75, 0.85, 0.9, 0.95, 0.95, 0.95, 1.05, 1.25, 1.0, 0.95, 1.15)),
    (("C17", "C18"), (0.9, 0.6, 1.0, 1.1, 1.0, 0.9, 0.85, 1.0, 1.15, 1.25, 1.2, 1.05)),
    (("B", "C30", "C33", "E"), (0.6, 0.45, 0.9, 1.1, 1.2, 1.2, 1.0, 1.0, 1.15, 1.2, 1.15, 1.05)),
    (("C",), (0.95, 0.7, 1.05, 1.05, 1.05, 1.0, 0.95, 0.97, 1.05, 1.03, 1.08, 1.12)),
    (("D44",), (0.65, 0.75, 1.0, 1.15, 1.3, 1.25, 1.15, 1.15, 1.05, 1.0, 0.8, 0.75)),
    (("F",), (1.3, 0.95, 0.9, 0.93, 0.98, 1.0, 0.93, 0.95, 1.06, 1.08, 0.98, 1.1)),
    (("H", "L7291", "R90"), (1.1, 1.05, 0.85, 0.95, 1.2, 0.95, 1.1, 1.15, 0.9, 1.25, 0.8, 0.85)),
)
_EVEN = (0.97, 0.9, 1.0, 1.0, 1.02, 1.03, 1.0, 0.99, 1.03, 1.0, 1.02, 1.04)
_COOLING = (1.12, 1.05, 0.95, 0.92, 0.95, 1.05, 1.2, 1.2, 1.02, 0.9, 0.94, 1.1)
"""Electricity that follows the weather: heating in January, cooling in July."""


class Usage(NamedTuple):
    """m³ of water a head and month; m³ of gas a head and month (0 where the trade burns none); VAT to revenue."""

    water: float
    gas: float
    burden: float


_USAGE: tuple[tuple[tuple[str, ...], Usage], ...] = (
    (("A",), Usage(9.0, 0.0, 0.0)),
    (("C13", "C14", "C15"), Usage(14.0, 60.0, 0.028)),
    (("C17", "C18"), Usage(9.0, 18.0, 0.026)),
    (("C26", "C27"), Usage(16.0, 90.0, 0.038)),
    (("C30", "C31"), Usage(10.0, 420.0, 0.034)),
    (("C33",), Usage(6.0, 110.0, 0.03)),
    (("C",), Usage(5.0, 0.0, 0.033)),
    (("B", "D"), Usage(7.0, 0.0, 0.042)),
    (("E",), Usage(3.0, 0.0, 0.026)),
    (("F",), Usage(1.8, 0.0, 0.011)),
    (("G",), Usage(2.0, 0.0, 0.02)),
    (("H",), Usage(13.0, 55.0, 0.017)),
    (("O",), Usage(6.5, 0.0, 0.016)),
)
_OTHER_USAGE = Usage(2.2, 0.0, 0.03)


def season_of(industry: str) -> tuple[float, ...]:
    """Twelve factors, January first, with the mean 1."""
    found = next((season for prefixes, season in _SEASONS if industry.startswith(prefixes)), _EVEN)
    mean = sum(found) / len(found)
    return tuple(one / mean for one in found)


def usage_of(industry: str) -> Usage:
    return next((usage for prefixes, usage in _USAGE if industry.startswith(prefixes)), _OTHER_USAGE)


def cooling(month: int) -> float:
    return _COOLING[month - 1]
