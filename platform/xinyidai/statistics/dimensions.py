"""By what a total is broken down, and what each line is called."""

from collections.abc import Mapping
from dataclasses import dataclass

from xinyidai.core.i18n import N_, _, current_locale
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.reference import divisions, industries
from xinyidai.enterprises.types import SizeClass
from xinyidai.products.types import GuaranteeMode

UNKNOWN = "unknown"
"""The key of the line for what is not known: its own line, never left out and never zero."""


class Dimension(LabelledEnum):
    INSTITUTION = "institution", N_("By institution")
    PRODUCT = "product", N_("By product")
    REGION = "region", N_("By district")
    MONTH = "month", N_("By month")
    GUARANTEE = "guarantee", N_("By guarantee")
    SIZE = "size", N_("By size of enterprise")
    SECTION = "section", N_("By industry")

    @property
    def column_label(self) -> str:
        return _(_COLUMNS[self])


_COLUMNS = {
    Dimension.INSTITUTION: N_("Institution"),
    Dimension.PRODUCT: N_("Product"),
    Dimension.REGION: N_("District"),
    Dimension.MONTH: N_("Month"),
    Dimension.GUARANTEE: N_("Guarantee"),
    Dimension.SIZE: N_("Size of enterprise"),
    Dimension.SECTION: N_("Industry"),
}


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How one dimension is summed: the expression on a payout row ``d``, on a sum ``s``, and which sums have it."""

    of_row: str
    of_sum: str
    kind: str


_BASE = "guarantee"
"""The kind with the fewest sums: for whatever asks neither for a product nor for a class of enterprise."""

BREAKDOWNS: Mapping[Dimension, Breakdown] = {
    Dimension.INSTITUTION: Breakdown("d.institution_id::text", "s.institution_id::text", _BASE),
    Dimension.REGION: Breakdown(
        f"coalesce(d.region_code, '{UNKNOWN}')", f"coalesce(s.region_code, '{UNKNOWN}')", _BASE
    ),
    Dimension.MONTH: Breakdown("to_char(d.paid_on, 'YYYY-MM')", "to_char(s.month, 'YYYY-MM')", _BASE),
    Dimension.GUARANTEE: Breakdown("d.guarantee_mode", "s.key", "guarantee"),
    Dimension.PRODUCT: Breakdown("d.product_id::text", "s.key", "product"),
    Dimension.SIZE: Breakdown(f"coalesce(d.size_class, '{UNKNOWN}')", "s.key", "size"),
    Dimension.SECTION: Breakdown(f"coalesce(d.industry_section, '{UNKNOWN}')", "s.key", "section"),
}


def region_label(code: str | None) -> str:
    return _("district not known") if not code or code == UNKNOWN else divisions.name_of(code)


def size_label(key: str | None) -> str:
    return SizeClass(key or UNKNOWN).label


def section_label(key: str | None) -> str:
    return _("industry not known") if not key or key == UNKNOWN else industries.name_of(key)


def guarantee_label(key: str) -> str:
    return GuaranteeMode(key).label


def month_label(key: str) -> str:
    """``2026-03`` as 2026年3月 or 2026-03."""
    year, number = key.split("-")
    return f"{year}年{int(number)}月" if current_locale() == "zh_CN" else key


def label(dimension: Dimension, key: str, names: Mapping[str, str]) -> str:
    """What a line is called; ``names`` has those of institutions and products by id."""
    if dimension is Dimension.REGION:
        return region_label(key)
    if dimension is Dimension.SIZE:
        return size_label(key)
    if dimension is Dimension.SECTION:
        return section_label(key)
    if dimension is Dimension.GUARANTEE:
        return guarantee_label(key)
    if dimension is Dimension.MONTH:
        return month_label(key)
    return names.get(key, key)
