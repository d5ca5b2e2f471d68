"""Totals of payouts, and their lines by bank, product, district, month and class.

Whole months come from ``payout_sums``, single days from the payouts themselves; ``from_rows`` reads nothing but
payouts, for the check that both say the same. All amounts are in yuan, net of reversals, by day of payout.
"""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.statistics.dimensions import BREAKDOWNS, Dimension, label
from xinyidai.statistics.filters import PayoutFilter, counted
from xinyidai.statistics.periods import Month, Period, parse_month, split


@dataclass(frozen=True, slots=True)
class Totals:
    """``weighted`` is the sum of amount times rate in percent."""

    payouts: int = 0
    reversals: int = 0
    amount: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)

    @property
    def rows(self) -> int:
        return self.payouts + self.reversals

    @property
    def standing(self) -> int:
        """Payouts that were not taken back; a reversal carries the day and the classes of its payout."""
        return self.payouts - self.reversals

    @property
    def average_rate(self) -> Decimal | None:
        """Percent a year, weighted by amount; nothing where no money is left."""
        return self.weighted / self.amount if self.amount > 0 else None

    def share_of(self, whole: Decimal) -> Decimal | None:
        """0 to 1; nothing where there is no whole."""
        return self.amount / whole if whole > 0 else None


@dataclass(frozen=True, slots=True)
class CountAndAmount:
    """Yuan."""

    count: int = 0
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a breakdown. ``filter`` finds exactly the rows behind it."""

    key: str
    label: str
    totals: Totals
    filter: PayoutFilter


_SUMS = "coalesce(sum(payouts), 0), coalesce(sum(reversals), 0), coalesce(sum(amount), 0), coalesce(sum(weighted), 0)"
Keyed = list[tuple[str, Totals]]
"""Key and totals of each line that has rows, in order of key."""


def totals(session: Session, filter_: PayoutFilter, *, from_rows: bool = False) -> Totals:
    return several(session, filter_, (), from_rows=from_rows)[0]


def lines(session: Session, filter_: PayoutFilter, dimension: Dimension, *, from_rows: bool = False) -> Keyed:
    return several(session, filter_, (dimension,), from_rows=from_rows)[1][dimension]


def several(
    session: Session, filter_: PayoutFilter, dimensions: Sequence[Dimension], *, from_rows: bool = False
) -> tuple[Totals, dict[Dimension, Keyed]]:
    """The whole and its lines by each of ``dimensions``, from one reading; they must be of one kind of sum."""
    facts, values = _facts(filter_, dimensions, from_rows=from_rows)
    keys = [f"key{at}" for at in range(len(dimensions))]
    sets = ", ".join(["()", *(f"({key})" for key in keys)])
    which = f"grouping({', '.join(keys)})" if keys else "0"
    chosen = ", ".join([which, f"coalesce({', '.join(keys)})" if keys else "null", _SUMS])
    found = session.execute(text(f"select {chosen} from ({facts}) f group by grouping sets ({sets})"), values)
    whole, by = Totals(), {dimension: Keyed() for dimension in dimensions}
    # A bit of the mask is set for each key that a row does not speak of.
    masks = {~(1 << (len(keys) - 1 - at)) & ((1 << len(keys)) - 1): one for at, one in enumerate(dimensions)}
    for mask, key, *sums in found:
        if key is None:
            whole = _totals(sums)
        else:
            by[masks[mask]].append((key, _totals(sums)))
    return whole, {dimension: sorted(keyed, key=lambda pair: pair[0]) for dimension, keyed in by.items()}


def breakdown(session: Session, filter_: PayoutFilter, dimension: Dimension) -> list[Line]:
    return named(session, filter_, dimension, lines(session, filter_, dimension))


def named(session: Session, filter_: PayoutFilter, dimension: Dimension, found: Keyed) -> list[Line]:
    """The lines for a page: months in order and without gaps, everything else by amount, largest first."""
    if dimension is Dimension.MONTH:
        found = _without_gaps(found)
    else:
        found = sorted(found, key=lambda pair: (-pair[1].amount, pair[0]))
    names = _names(session, dimension, [key for key, _ in found])
    return [Line(key, label(dimension, key, names), sums, filter_.narrowed(dimension, key)) for key, sums in found]


def enterprises_funded(session: Session, filter_: PayoutFilter) -> int:
    """Distinct enterprises that kept money: those whose net amount under the filter is above zero."""
    where, values = filter_.conditions()
    return int(
        session.execute(
            text(
                "select count(*) from (select 1 from disbursements d"
                f" where {where} group by d.enterprise_id having sum(d.amount) > 0) funded"
            ),
            values,
        ).scalar_one()
    )


def _facts(filter_: PayoutFilter, dimensions: Sequence[Dimension], *, from_rows: bool) -> tuple[str, dict[str, Any]]:
    """A relation (key0, key1, …, payouts, reversals, amount, weighted) whose sums are the totals."""
    kind = _kind_of_sum(filter_, dimensions)
    if from_rows or kind is None:
        where, values = filter_.conditions()
        return f"{_select_rows(dimensions)} where {where}", values
    parts = split(filter_.period)
    where, values = filter_.conditions()  # the filter's own values serve every part
    relations = []
    if parts.months is not None:
        relations.append(_select_sums(filter_, dimensions, parts.months, values, kind))
    for number, edge in enumerate(parts.edges):
        relations.append(f"{_select_rows(dimensions)} where {_edge(where, edge, number, values)}")
    return " union all ".join(relations), values


def _kind_of_sum(filter_: PayoutFilter, dimensions: Sequence[Dimension]) -> str | None:
    """Which sums can answer; None where only the rows can, as for one enterprise or two classes at once."""
    if filter_.enterprise or filter_.search:
        return None
    kinds = {name for name in ("guarantee", "product", "size", "section") if getattr(filter_, name)}
    kinds |= {BREAKDOWNS[one].kind for one in dimensions if BREAKDOWNS[one].kind != "guarantee"}
    if Dimension.GUARANTEE in dimensions:
        kinds.add("guarantee")
    if len(kinds) > 1:
        return None
    return kinds.pop() if kinds else "guarantee"


def _select_rows(dimensions: Sequence[Dimension]) -> str:
    keys = "".join(f"{BREAKDOWNS[one].of_row} as key{at}, " for at, one in enumerate(dimensions))
    return (
        f"select {keys}(d.reverses_id is null)::int as payouts, (d.reverses_id is not null)::int as reversals,"
        " d.amount, d.amount * d.annual_rate as weighted from disbursements d"
    )


def _select_sums(
    filter_: PayoutFilter, dimensions: Sequence[Dimension], months: Period, values: dict[str, Any], kind: str
) -> str:
    conditions = ["s.kind = :kind", counted("s")]
    values["kind"] = kind
    if months.first:
        conditions.append("s.month >= :first_month")
        values["first_month"] = months.first
    if months.last:
        conditions.append("s.month < :end_month")
        values["end_month"] = months.last
    if filter_.institution:
        conditions.append("s.institution_id = :institution")
    if filter_.region:
        conditions.append("coalesce(s.region_code, 'unknown') = :region")
    if key := getattr(filter_, kind):
        conditions.append("s.key = :key")
        values["key"] = str(key)
    keys = "".join(f"{BREAKDOWNS[one].of_sum} as key{at}, " for at, one in enumerate(dimensions))
    return (
        f"select {keys}s.payouts, s.reversals, s.amount, s.weighted from payout_sums s where {' and '.join(conditions)}"
    )


def _edge(where: str, edge: Period, number: int, values: dict[str, Any]) -> str:
    """The rows of single days at an end of the period; the names of its days must not meet the other end's."""
    days, found = edge.days_sql("d.paid_on")
    for name, value in found.items():
        values[f"{name}_{number}"] = value
    own = [day.replace("_day", f"_day_{number}") for day in days]
    return " and ".join([where, *own])


def _totals(row: Sequence[Any]) -> Totals:
    payouts, reversals, amount, weighted = row
    return Totals(int(payouts), int(reversals), Decimal(amount), Decimal(weighted))


def _without_gaps(found: list[tuple[str, Totals]]) -> list[tuple[str, Totals]]:
    """Months between the first and the last in which nothing was paid stand as zero."""
    by_key = dict(found)
    if not by_key:
        return []
    month, last = parse_month(min(by_key)), parse_month(max(by_key))
    filled: list[tuple[str, Totals]] = []
    while (month.year, month.number) <= (last.year, last.number):
        filled.append((month.key, by_key.get(month.key, Totals())))
        month = Month.next(month)
    return filled


_INSTITUTION_NAMES = text("select id::text, name from institutions where id::text = any(:ids)")
_PRODUCT_NAMES = text("""
    select p.id::text, i.name || ' · ' || (select v.name from product_versions v
                                            where v.product_id = p.id and v.state <> 'draft'
                                            order by v.version desc limit 1)
      from products p join institutions i on i.id = p.institution_id
     where p.id::text = any(:ids)
""")


def _names(session: Session, dimension: Dimension, keys: list[str]) -> dict[str, str]:
    queries = {Dimension.INSTITUTION: _INSTITUTION_NAMES, Dimension.PRODUCT: _PRODUCT_NAMES}
    if dimension not in queries or not keys:
        return {}
    return {row[0]: row[1] for row in session.execute(queries[dimension], {"ids": keys})}
