"""Vocabularies of indicators."""

from enum import IntEnum

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum


class State(IntEnum):
    """What is known of an indicator's value. Everything but ``PRESENT`` is a bin of its own with neutral points."""

    PRESENT = 0
    MISSING = 1
    STALE = 2
    NOT_CONSENTED = 3
    """Never stored: it depends on who looks."""


class ValueUnit(LabelledEnum):
    """What a value counts. ``CATEGORY`` values are numbers of the bins that bear their names."""

    CATEGORY = "category", N_("category")
    YEARS = "years", N_("years")
    MONTHS = "months", N_("months")
    PERIODS = "periods", N_("periods")
    TIMES = "times", N_("times")
    CASES = "cases", N_("cases")
    ITEMS = "items", N_("items")
    PERSONS = "persons", N_("persons")
    PERCENT = "percent", N_("percent")
    YUAN = "yuan", N_("yuan")


class Direction(LabelledEnum):
    HIGHER = "higher", N_("higher is better")
    LOWER = "lower", N_("lower is better")
    CATEGORY = "category", N_("by category")
    VETO = "veto", N_("rules a score out")
