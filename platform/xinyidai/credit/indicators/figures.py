"""Monthly figures, brought together per enterprise: one conditional aggregation per family of data sets.

Each family lies in one partition of the observations. Of staff and utilities, histories and newest figures are two
passes: the newest of many metrics are asked of four months only. Windows are calendar months that are over, the same
for everybody: ``:m0`` is the first day of the month that runs, ``:m12`` of the month twelve before. Months that were
not delivered are left out and never taken for zero; the formulas ask how many there are.

Names of columns say what they hold: ``rev_12`` the sum of the last twelve months, ``rev_12n`` over how many months,
``rev_24`` the sum of months 13 to 24.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from xinyidai.credit.catalogue import catalogue

REACH = 28
"""Months back that monthly figures are read; yearly ones reach ``YEARLY_REACH``."""
YEARLY_REACH = 52
LATELY = 4
"""Months that may hold a newest figure: three are late, none older is fresh."""
EDGES = (0, 1, 2, 3, 4, 6, 12, 13, 14, 15, 16, 18, 24, REACH, YEARLY_REACH)
_STEP = "100000000000000000000"
"""Above every figure: 15 digits before the point are the most that is taken in."""
_POSITION = "((((:m0 - o.month) * 1000 + 15218) / 30437) - 1)"
"""0 for the last month that is over, 1 for the one before: right for more than a century, without a calendar."""


def number(code: str) -> int:
    """The catalogue's number of a metric, such as ``tax_monthly_summary.tax_total``."""
    return catalogue().metric_codes[code].number


@dataclass(frozen=True, slots=True)
class Family:
    """``columns``: name → SQL aggregate over the figures ``o``."""

    name: str
    metrics: tuple[int, ...]
    columns: Mapping[str, str]
    reach: int = REACH

    def sql(self) -> str:
        listed = ", ".join(map(str, self.metrics))
        columns = ",\n    ".join(f"{aggregate} as {name}" for name, aggregate in self.columns.items())
        return f"""{self.name} as materialized (
  select o.enterprise_id,
    {columns}
  from credit_observations o
  where o.metric in ({listed}) and o.month >= :m{self.reach} and o.month < :m0 and {{subject}}
  group by o.enterprise_id
)"""  # noqa: S608 - constants of this file


def _window(first: int, end: int) -> str:
    """Months ``first`` to before ``end``, counted back from the last that is over."""
    return f"o.month >= :m{end}" if first == 0 else f"o.month < :m{first} and o.month >= :m{end}"


def _total(metric: int, first: int, end: int) -> str:
    return f"sum(o.value) filter (where o.metric = {metric} and {_window(first, end)})"


def _months(metric: int, first: int, end: int) -> str:
    """In how many rows; of data sets without parts, in how many months."""
    return f"count(*) filter (where o.metric = {metric} and {_window(first, end)})"


def _mask(metric: int, condition: str = "") -> str:
    """Bit k stands for the k-th month before the last that is over, whatever the number of meters."""
    where = f"o.metric = {metric}{' and ' if condition else ''}{condition}"
    return f"bit_or(1::bigint << {_POSITION}) filter (where {where})"


def latest_of(packed: str) -> str:
    """The figure inside what ``_latest`` found: it found days times ``_STEP`` plus the figure."""
    return f"({packed} - round({packed} / {_STEP}) * {_STEP})"


def _latest(metric: int, first: int = 0, end: int = 4, value: str = "o.value") -> str:
    """The figure of the newest month in a window, of several meters the highest: the month leads the comparison."""
    return (
        f"max((o.month - date '2000-01-01') * {_STEP}::numeric + {value})"
        f" filter (where o.metric = {metric} and {_window(first, end)})"
    )


def _latest_sum(metric: int) -> str:
    """The sum over all meters in the newest of the last four months."""
    sums = (f"sum(o.value) filter (where o.metric = {metric} and {_month(back)})" for back in range(1, 5))
    return f"coalesce({', '.join(sums)})"


def _month(back: int) -> str:
    return f"o.month = :m{back}"


def _newest(source: int) -> str:
    return f"max(o.month) filter (where o.metric >= {source * 100} and o.metric < {source * 100 + 100})"


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


def _staff() -> tuple[Family, ...]:
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
    history = Family(
        "staff",
        (persons, amount, deferred, fund["deposit"]),
        {
            # A year before the newest month, whichever of the last four that is.
            **{
                f"persons_ago_{late}": f"max(o.value) filter (where o.metric = {persons} and {_month(late + 12)})"
                for late in range(1, LATELY + 1)
            },
            **_windows("persons", persons, ("3", 0, 3), ("6", 3, 6)),
            "persons_12": _total(persons, 0, 12),
            "amount_12": _total(amount, 0, 12),
            "amount_mask": _mask(amount, "o.value > 0"),
            "deferred_known": _months(deferred, 0, 12),
            "deferred": f"count(*) filter (where o.metric = {deferred} and {_window(0, 12)} and o.value > 0)",
            "deposit_mask": _mask(fund["deposit"], "o.value > 0"),
        },
    )
    now = Family(
        "staff_now",
        (*insured.values(), *fund.values()),
        {
            "newest": _newest(30),
            "fund_newest": _newest(32),
            "persons": _latest(persons),
            "normal": _latest(insured["normal"]),
            "in_arrears": _latest(insured["in_arrears"]),
            "arrears": _latest(insured["arrears"]),
            "depositors": _latest(fund["depositors"]),
            "fund_months": _latest(fund["fund_months"]),
            "fund_in_arrears": _latest(fund["fund_in_arrears"]),
            "fund_arrears": _latest(fund["fund_arrears"]),
        },
        LATELY,
    )
    return history, now


def _utilities() -> tuple[Family, ...]:
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
    status = _latest(electricity["status"], value="(array[1, 3, 2, 4, 5])[o.value::int]")
    history = Family(
        "power",
        (bill, water["use"], gas["use"]),
        {
            "bill_mask": _mask(bill),
            "bill_6": _total(bill, 0, 6),
            "bill_18": _total(bill, 12, 18),
            "bill_12": _total(bill, 0, 12),
            "bill_24": _total(bill, 12, 24),
            "water_mask": _mask(water["use"]),
            "water_6": _total(water["use"], 0, 6),
            "water_18": _total(water["use"], 12, 18),
            "gas_mask": _mask(gas["use"]),
            "gas_6": _total(gas["use"], 0, 6),
            "gas_18": _total(gas["use"], 12, 18),
        },
    )
    now = Family(
        "power_now",
        (*electricity.values(), *water.values(), *gas.values()),
        {
            "newest": _newest(41),
            "water_newest": _newest(40),
            "gas_newest": _newest(42),
            "status": status,
            "operating": _latest_sum(electricity["operating"]),
            "contract": _latest_sum(electricity["contract"]),
            "arrears": _latest_sum(electricity["arrears"]),
            "in_arrears": _latest(electricity["in_arrears"]),
            "defaults": _latest_sum(electricity["defaults"]),
            "water_arrears": _latest_sum(water["arrears"]),
            "water_periods": _latest(water["periods"]),
            "gas_arrears": _latest_sum(gas["arrears"]),
            "gas_in_arrears": _latest(gas["in_arrears"]),
        },
        LATELY,
    )
    return history, now


def _trade() -> Family:
    grade, imports, exports = (number(f"customs.{one}") for one in ("credit_grade", "import_value", "export_value"))
    waybills = number("waybill_summary.waybill_count")
    traded = f"o.metric in ({imports}, {exports}) and {_window(0, 12)}"
    return Family(
        "trade",
        (grade, imports, exports, waybills),
        {
            "newest": _newest(51),
            "waybill_newest": _newest(54),
            # Several registrations: dishonest if any is, else advanced if any is.
            "dishonest": f"bool_or(o.value = 3) filter (where o.metric = {grade} and {_window(0, 4)})",
            "advanced": f"bool_or(o.value = 1) filter (where o.metric = {grade} and {_window(0, 4)})",
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
            "equity": _latest(equity, 0, YEARLY_REACH),
            "on_time": f"count(*) filter (where {on_time} and o.value <= {deadline})",
        },
        YEARLY_REACH,
    )


def _research() -> Family:
    spent = number("rd_spend.rd_amount")
    return Family("research", (spent,), {"newest": _newest(94), "spent": _latest(spent, 0, YEARLY_REACH)}, YEARLY_REACH)


def families() -> tuple[Family, ...]:
    return (_tax(), *_staff(), *_utilities(), _trade(), _reports(), _research())


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
    where o.metric in ({energy}, {bill}) and o.month >= :m12 and o.month < :m0 and {{subject}}
    group by o.enterprise_id, o.metric, o.month
  ) by_month
  group by enterprise_id
)"""  # noqa: S608 - constants of this file
