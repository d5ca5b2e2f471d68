"""Which payouts a figure counts. A figure and the list of its rows are asked with the same filter."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from xinyidai.statistics.dimensions import UNKNOWN, Dimension
from xinyidai.statistics.periods import ALWAYS, Period, parse_month


def counted(alias: str) -> str:
    """The one condition that leaves test institutions out of every figure and every list of the office."""
    return f"{alias}.institution_id not in (select t.id from institutions t where t.is_test)"


NEWLY_GRANTED = "c.renews_id is null"
"""On credit lines ``c``: a renewal carries a loan on and is granted only once, with the line that it began with."""


@dataclass(frozen=True, slots=True)
class PayoutFilter:
    """Empty fields ask for nothing. ``region``, ``size`` and ``section`` may be ``unknown``."""

    period: Period = ALWAYS
    institution: UUID | None = None
    product: UUID | None = None
    region: str = ""
    guarantee: str = ""
    size: str = ""
    section: str = ""
    enterprise: UUID | None = None
    search: str = ""

    def parameters(self) -> dict[str, str]:
        """As the query of an address, in the names that ``PayoutQuery`` reads."""
        given: dict[str, object] = {
            "from": self.period.first,
            "to": self.period.last,
            "institution": self.institution,
            "product": self.product,
            "region": self.region,
            "guarantee": self.guarantee,
            "size": self.size,
            "section": self.section,
            "enterprise": self.enterprise,
            "search": self.search,
        }
        return {name: str(value) for name, value in given.items() if value}

    def conditions(self) -> tuple[str, dict[str, Any]]:
        """On payouts ``d``, test institutions left out."""
        conditions, values = self.period.days_sql("d.paid_on")
        conditions.append(counted("d"))
        columns = {
            "institution": ("d.institution_id", self.institution),
            "product": ("d.product_id", self.product),
            "guarantee": ("d.guarantee_mode", self.guarantee),
            "enterprise": ("d.enterprise_id", self.enterprise),
        }
        unknowable = {
            "region": ("d.region_code", self.region),
            "size": ("d.size_class", self.size),
            "section": ("d.industry_section", self.section),
        }
        for name, (column, value) in columns.items():
            if value:
                conditions.append(f"{column} = :{name}")
                values[name] = value
        for name, (column, value) in unknowable.items():
            if value:
                conditions.append(f"coalesce({column}, '{UNKNOWN}') = :{name}")
                values[name] = value
        if self.search:
            conditions.append(f"(d.external_reference = :exactly or d.enterprise_id = any(array({FIND_ENTERPRISES})))")
            values |= search_values(self.search)
        return " and ".join(conditions), values

    def narrowed(self, dimension: Dimension, key: str) -> "PayoutFilter":
        """The rows behind one line of a breakdown."""
        if dimension is Dimension.MONTH:
            return self._with(period=parse_month(key).period.within(self.period))
        if dimension in (Dimension.INSTITUTION, Dimension.PRODUCT):
            return self._with(**{dimension.value: UUID(key)})
        return self._with(**{dimension.value: key})

    def _with(self, **changes: Any) -> "PayoutFilter":
        kept = {name: getattr(self, name) for name in self.__slots__}
        return PayoutFilter(**{**kept, **changes})


FIND_ENTERPRISES = (
    "select e.id from enterprises e where e.name like :like or e.name_pinyin like :like_pinyin or e.usci = :usci"
)


def search_values(search: str) -> dict[str, str]:
    """What a person typed, as parameters; the marks of LIKE are taken as they are."""
    plain = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "exactly": search,
        "usci": search.upper(),
        "like": f"%{plain}%",
        "like_pinyin": f"{plain.lower()}%",
    }
