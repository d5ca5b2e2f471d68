"""Industries, GB/T 4754-2017, always written with the section letter in front: ``C``, ``C26``, ``C261``, ``C2614``."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from xinyidai.core.i18n import current_locale
from xinyidai.core.reference.tables import read_table


@dataclass(frozen=True, slots=True)
class Industry:
    code: str
    name: str
    name_en: str
    """English title; sections and divisions have one, groups and classes do not."""

    @property
    def section(self) -> str:
        return self.code[0]


@cache
def table() -> Mapping[str, Industry]:
    rows = read_table("gbt4754_2017.csv")
    return MappingProxyType({row["code"]: Industry(row["code"], row["name"], row["name_en"]) for row in rows})


@cache
def _by_digits() -> Mapping[str, str]:
    """``2614`` → ``C2614``: the digits alone name the industry, the letter is a convenience."""
    return MappingProxyType({code[1:]: code for code in table() if len(code) > 1})


@cache
def _by_name() -> Mapping[str, str]:
    """The code of each title; where parent and only child share a title (教育 P, P83), the child."""
    found: dict[str, str] = {}
    for code, industry in table().items():
        known = found.get(industry.name)
        if known is None or [child.code for child in children(known)] == [code]:
            found[industry.name] = code
    return MappingProxyType(found)


@cache
def _children() -> Mapping[str, tuple[Industry, ...]]:
    below: dict[str, list[Industry]] = {}
    for code, industry in table().items():
        if len(code) > 1:
            below.setdefault(code[0] if len(code) == 3 else code[:-1], []).append(industry)
    return MappingProxyType({parent: tuple(found) for parent, found in below.items()})


def is_known(code: str) -> bool:
    return code in table()


def name_of(code: str) -> str:
    """Title in the current language, Chinese where there is no English one; an unknown code as it is."""
    industry = table().get(code)
    if industry is None:
        return code
    return (current_locale() == "en" and industry.name_en) or industry.name


def sections() -> tuple[Industry, ...]:
    return tuple(industry for code, industry in table().items() if len(code) == 1)


def children(code: str) -> tuple[Industry, ...]:
    return _children().get(code, ())


def path(code: str) -> tuple[Industry, ...]:
    """Section, division, group and class down to ``code``; empty for an unknown one."""
    if code not in table():
        return ()
    return tuple(table()[code[:length]] for length in (1, 3, 4, 5) if length <= len(code))


def normalise(text: str) -> str | None:
    """The code in canonical form, from ``2614``, ``c2614``, ``C2614 化学试剂…`` or an exact title; None if unknown.

    A letter that contradicts the digits (``A2614``) is unknown: nothing says which of the two is right.
    """
    cleaned = "".join(unicodedata.normalize("NFKC", text).split())
    if cleaned in _by_name_nfkc():
        return _by_name_nfkc()[cleaned]
    code, title = _split_code(cleaned.upper())
    code = _by_digits().get(code, code)
    if code not in table():
        return None
    return code if not title or title in unicodedata.normalize("NFKC", table()[code].name).upper() else None


@cache
def _by_name_nfkc() -> Mapping[str, str]:
    return MappingProxyType({unicodedata.normalize("NFKC", name): code for name, code in _by_name().items()})


def _split_code(text: str) -> tuple[str, str]:
    """Leading letter and ASCII digits, and the title that follows them, if any."""
    end = 1 if text[:1].isascii() and text[:1].isalpha() else 0
    while end < len(text) and text[end] in "0123456789":
        end += 1
    return text[:end], text[end:].lstrip("-:.,")
