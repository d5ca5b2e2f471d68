"""Monthly figures, brought together per enterprise: one conditional aggregation per family of data sets.

Each family lies in one partition of the observations, so each is one pass over that partition. Windows end with the
newest month of the enterprise's own data set (``newest``), as long as that is not stale: a window never mixes months
that came with months that did not come yet.

Names of columns say what they hold: ``rev_12`` the sum of the newest twelve months, ``rev_12n`` over how many months,
``rev_24`` the sum of months 13 to 24.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from xinyidai.credit.catalogue import catalogue

OLDEST_MONTHS = 40
"""How far back any window reaches, with the months that may still be missing at its end."""
_POSITION = "(((n.newest - o.month) * 1000 + 15218) / 30437)"
"""Whole months between two first days of months, without asking a calendar: right for more than a century."""
_EDGES = (3, 6, 12, 18, 24)


def number(code: str) -> int:
    """The catalogue's number of a metric, such as ``tax_monthly_summary.tax_total``."""
    return catalogue().metric_codes[code].number


@dataclass(frozen=True, slots=True)
class Family:
    """``columns``: name → SQL aggregate over ``o`` (figures) and ``n`` (newest month and the edges of windows)."""

    name: str
    metrics: tuple[int, ...]
    columns: Mapping[str, str]

    def sql(self) -> str:
        """Two subqueries in one: the newest month per enterprise and data set, and the aggregates."""
        listed = ", ".join(map(str, self.metrics))
        columns = ",\n    ".join(f"{aggregate} as {name}" for name, aggregate in self.columns.items())
        return f"""{self.name} as materialized (
  select o.enterprise_id,
    {columns}
  from credit_observations o join (
    select enterprise_id, source, newest, {_edges()} from (
      select o.enterprise_id, o.metric / 100 as source, max(o.month) as newest from credit_observations o
      where o.metric in ({listed}) and o.month > :oldest and o.month <= :as_of and {{subject}}
      group by o.enterprise_id, o.metric / 100
    ) newest_months offset 0
  ) n on n.enterprise_id = o.enterprise_id and n.source = o.metric / 100
  where o.metric in ({listed}) and o.month > :oldest and o.month <= :as_of and {{subject}}
  group by o.enterprise_id
)"""  # noqa: S608 - constants of this file


def _edges() -> str:
    return ", ".join(f"(newest - interval '{months} months')::date as e{months}" for months in _EDGES)


def _window(first: int, end: int) -> str:
    """Months ``first`` to before ``end``, counted back from the newest."""
    return f"o.month > n.e{end}" if first == 0 else f"o.month <= n.e{first} and o.month > n.e{end}"


def _total(metric: int, first: int, end: int) -> str:
    return f"sum(o.value) filter (where o.metric = {metric} and {_window(first, end)})"


def _months(metric: int, first: int, end: int) -> str:
    """In how many rows; of data sets without parts, in how many months."""
    return f"count(*) filter (where o.metric = {metric} and {_window(first, end)})"


def _mask(metric: int, condition: str = "") -> str:
    """Bit k stands for the k-th month before the newest, whatever the number of meters."""
    where = f"o.metric = {metric}{' and ' if condition else ''}{condition}"
    return f"bit_or(1::bigint << {_POSITION}) filter (where {where})"


def _latest(metric: int, aggregate: str = "max") -> str:
    """Of the newest month; over several meters the sum, the highest or the lowest."""
    return f"{aggregate}(o.value) filter (where o.metric = {metric} and o.month = n.newest)"


def _newest(source: int) -> str:
    return f"max(n.newest) filter (where n.source = {source})"


def _windows(name: str, metric: int, *ends: tuple[str, int, int]) -> dict[str, str]:
    columns = {}
    for suffix, first, end in ends:
        columns[f"{name}_{suffix}"] = _total(metric, first, end)
        columns[f"{name}_{suffix}n"] = _months(metric, first, end)
    return columns


def _tax() -> Family:
    sales, exempt, tax = (
        number(f"tax_monthly_summary.{one}") for one in ("sales_revenue", "exempt_sales_revenue", "tax_total")
    )
    years = (("12", 0, 12), ("24", 12, 24))
    return Family(
        "tax",
        (sales, exempt, tax),
        {
            "newest": _newest(22),
            **_windows("rev", sales, *years),
            "exempt_12": _total(exempt, 0, 12),
            "exempt_24": _total(exempt, 12, 24),
            "rev_squares": f"sum(o.value * o.value) filter (where o.metric = {sales} and {_window(0, 24)})",
            **_windows("tax", tax, *years),
            "unpaid_12": f"count(*) filter (where o.metric = {tax} and {_window(0, 12)} and o.value <= 0)",
        },
    )


def _staff() -> Family:
    insured = {
        name: number(f"social_insurance.{field}")
        for name, field in (
            ("persons", "insured_persons"), ("amount", "employer_amount"), ("normal", "consecutive_normal_months"),
            ("in_arrears", "in_arrears"), ("arrears", "arrears_amount"), ("deferred", "deferred_amount"),
        )
    }  # fmt: skip
    fund = {
        name: number(f"provident_fund.{field}")
        for name, field in (
            ("depositors", "depositors"), ("deposit", "deposit_amount"), ("fund_months", "consecutive_months"),
            ("fund_in_arrears", "in_arrears"), ("fund_arrears", "arrears_amount"),
        )
    }  # fmt: skip
    persons, amount, deferred = insured["persons"], insured["amount"], insured["deferred"]
    return Family(
        "staff",
        (*insured.values(), *fund.values()),
        {
            "newest": _newest(30),
            "fund_newest": _newest(32),
            "persons": _latest(persons),
            "persons_ago": f"max(o.value) filter (where o.metric = {persons} and o.month = n.e12)",
            **_windows("persons", persons, ("3", 0, 3), ("6", 3, 6)),
            "persons_12": _total(persons, 0, 12),
            "amount_12": _total(amount, 0, 12),
            "amount_mask": _mask(amount, "o.value > 0"),
            "normal": _latest(insured["normal"]),
            "in_arrears": _latest(insured["in_arrears"]),
            "arrears": _latest(insured["arrears"]),
            "deferred_known": _months(deferred, 0, 12),
            "deferred": f"count(*) filter (where o.metric = {deferred} and {_window(0, 12)} and o.value > 0)",
            "depositors": _latest(fund["depositors"]),
            "deposit_mask": _mask(fund["deposit"], "o.value > 0"),
            "fund_months": _latest(fund["fund_months"]),
            "fund_in_arrears": _latest(fund["fund_in_arrears"]),
            "fund_arrears": _latest(fund["fund_arrears"]),
        },
    )


def _utilities() -> Family:
    electricity = {
        name: number(f"electricity_supply.{field}")
        for name, field in (
            ("operating", "operating_capacity"), ("contract", "contract_capacity"), ("status", "account_status"),
            ("arrears", "arrears_amount"), ("in_arrears", "in_arrears"), ("defaults", "defaults_24m"),
            ("energy", "monthly_energy"), ("bill", "monthly_amount"),
        )
    }  # fmt: skip
    water = {
        name: number(f"water_supply.{field}")
        for name, field in (("arrears", "arrears_amount"), ("periods", "arrears_periods"), ("use", "monthly_use"))
    }
    gas = {
        name: number(f"gas_supply.{field}")
        for name, field in (("arrears", "arrears_amount"), ("in_arrears", "in_arrears"), ("use", "monthly_use"))
    }
    bill = electricity["bill"]
    # Code list: normal, arrears, prepaid, suspended, closed. Of several accounts the worst counts; prepaid is no fault.
    status = (
        f"max((array[1, 3, 2, 4, 5])[o.value::int]) filter (where o.metric = {electricity['status']}"
        " and o.month = n.newest)"
    )
    return Family(
        "power",
        (*electricity.values(), *water.values(), *gas.values()),
        {
            "newest": _newest(41),
            "water_newest": _newest(40),
            "gas_newest": _newest(42),
            "bill_mask": _mask(bill),
            "bill_6": _total(bill, 0, 6),
            "bill_18": _total(bill, 12, 18),
            "bill_12": _total(bill, 0, 12),
            "bill_24": _total(bill, 12, 24),
            "status": status,
            "operating": _latest(electricity["operating"], "sum"),
            "contract": _latest(electricity["contract"], "sum"),
            "arrears": _latest(electricity["arrears"], "sum"),
            "in_arrears": _latest(electricity["in_arrears"]),
            "defaults": _latest(electricity["defaults"], "sum"),
            "water_arrears": _latest(water["arrears"], "sum"),
            "water_periods": _latest(water["periods"]),
            "water_mask": _mask(water["use"]),
            "water_6": _total(water["use"], 0, 6),
            "water_18": _total(water["use"], 12, 18),
            "gas_arrears": _latest(gas["arrears"], "sum"),
            "gas_in_arrears": _latest(gas["in_arrears"]),
            "gas_mask": _mask(gas["use"]),
            "gas_6": _total(gas["use"], 0, 6),
            "gas_18": _total(gas["use"], 12, 18),
        },
    )


def _trade() -> Family:
    grade, imports, exports = (
        number(f"customs.{one}") for one in ("credit_grade", "import_value", "export_value")
    )
    waybills = number("waybill_summary.waybill_count")
    traded = f"o.metric in ({imports}, {exports}) and {_window(0, 12)}"
    return Family(
        "trade",
        (grade, imports, exports, waybills),
        {
            "newest": _newest(51),
            "waybill_newest": _newest(54),
            # Several registrations: dishonest if any is, else advanced if any is.
            "dishonest": f"bool_or(o.value = 3) filter (where o.metric = {grade} and o.month = n.newest)",
            "advanced": f"bool_or(o.value = 1) filter (where o.metric = {grade} and o.month = n.newest)",
            "yuan_12": f"sum(o.value) filter (where {traded} and o.part not like '%USD%')",
            "usd_12": f"sum(o.value) filter (where {traded} and o.part like '%USD%')",
            **_windows("waybills", waybills, ("6", 0, 6), ("18", 12, 18)),
        },
    )


def _reports() -> Family:
    equity, filed = number("annual_report.owners_equity"), number("annual_report.filed_on")
    # Filing dates are figures YYYYMMDD; the report of a year is due by 30 June of the next.
    on_time = f"o.metric = {filed} and o.month > :reports_after and o.month <= :reports_until"
    deadline = "(extract(year from o.month) + 1) * 10000 + 630"
    return Family(
        "reports",
        (equity, filed),
        {
            "newest": _newest(14),
            "equity": _latest(equity),
            "on_time": f"count(*) filter (where {on_time} and o.value <= {deadline})",
        },
    )


def _research() -> Family:
    spent = number("rd_spend.rd_amount")
    return Family("research", (spent,), {"newest": _newest(94), "spent": _latest(spent)})


def families() -> tuple[Family, ...]:
    return (_tax(), _staff(), _utilities(), _trade(), _reports(), _research())


def electricity_by_month() -> str:
    """Electricity of the last twelve months that are over, brought together per month first: meters are one use.

    ``energy`` in kWh where the supplier gives it, else the bill in yuan.
    """
    energy, bill = number("electricity_supply.monthly_energy"), number("electricity_supply.monthly_amount")
    return f"""swings as materialized (
  select enterprise_id,
    count(*) filter (where metric = {energy}) as energy_months,
    sum(value) filter (where metric = {energy}) as energy,
    sum(value * value) filter (where metric = {energy}) as energy_squares,
    count(*) filter (where metric = {bill}) as bill_months,
    sum(value) filter (where metric = {bill}) as bill,
    sum(value * value) filter (where metric = {bill}) as bill_squares
  from (
    select o.enterprise_id, o.metric, o.month, sum(o.value) as value from credit_observations o
    where o.metric in ({energy}, {bill}) and o.month > :year_ago and o.month <= :as_of and {{subject}}
    group by o.enterprise_id, o.metric, o.month
  ) by_month
  group by enterprise_id
)"""  # noqa: S608 - constants of this file
