"""The value of each indicator as an SQL expression over the figures and records of one enterprise, and its date.

Null is "not known", whatever the reason; a list without a record is zero once its source has delivered it (``_known``).
Values are rounded to what their unit bears, so that they have at most 15 digits and compare the same as numeric and as
double precision.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from xinyidai.credit.indicators.figures import LATELY, latest_of
from xinyidai.credit.indicators.model import Scorecard

_NO_DATE = "null::date"
_MOST = 99999
"""Percentages beyond it say nothing more."""


@dataclass(frozen=True, slots=True)
class Formula:
    value: str
    date: str = _NO_DATE
    """Day or month of the newest data that entered; null for lists, whose date is that of their last delivery."""


def _known(*kinds: str) -> str:
    """Whether a list was ever delivered; of several, whether any was."""
    return "(" + " or ".join(f"'{kind}' = any(:known)" for kind in kinds) + ")"


def _of_list(column: str, *kinds: str) -> Formula:
    return Formula(f"case when {_known(*kinds)} then coalesce(r.{column}, 0) end")


def _flag(column: str, *kinds: str) -> Formula:
    return Formula(f"case when {_known(*kinds)} then (coalesce(r.{column}, 0) > 0)::int end")


def _yuan_of_list(column: str, kind: str) -> Formula:
    return Formula(f"case when {_known(kind)} then round(coalesce(r.{column}, 0), 2) end")


def _year(total: str, months: str) -> str:
    """A sum of twelve months; where up to three are missing, the known ones stand for them."""
    return f"case when {months} >= 9 then {total} * 12 / {months} end"


def _bounded(expression: str) -> str:
    """Within what says something. GREATEST and LEAST pass over nulls, so the operand must be known: guard it."""
    return f"round(least(greatest({expression}, -{_MOST}), {_MOST}), 2)"


def _percent(part: str, whole: str) -> str:
    return f"case when {whole} > 0 and ({part}) is not null then {_bounded(f'({part}) * 100.0 / {whole}')} end"


def _growth(now: str, before: str) -> str:
    ratio = _bounded(f"({now}) * 100 / ({before}) - 100")
    return f"case when ({before}) > 0 and ({now}) is not null then {ratio} end"


def _variation(months: str, total: str, squares: str, least: int) -> str:
    """Coefficient of variation in percent: standard deviation over mean of the months known."""
    return (
        f"case when {months} >= {least} and {total} > 0 and {squares} is not null then"
        f" round(least(sqrt(greatest({squares} / {months} - ({total} / {months}) ^ 2, 0)) * 100"
        f" / ({total} / {months}), {_MOST}), 2) end"
    )


def _bits(mask: str, first: int, count: int) -> str:
    return f"bit_count((({mask} >> {first}) & {(1 << count) - 1})::bit(64))"


def _half_year_growth(table: str, name: str) -> str:
    """Average month of the newest half year against the same months a year before; four of six must be known."""
    mask = f"{table}.{name}_mask"
    now, before = _bits(mask, 0, 6), _bits(mask, 12, 6)
    growth = _growth(f"{table}.{name}_6 / nullif({now}, 0)", f"{table}.{name}_18 / nullif({before}, 0)")
    return f"case when {now} >= 4 and {before} >= 4 then {growth} end"


def _streak(stated: str, mask: str, in_arrears: str) -> str:
    """Months in a row as the source states them, else counted back from the newest paid one; 0 to 24."""
    late = f"(position('1' in reverse(({mask})::bit(28)::text)) - 1)"
    run = f"reverse(({mask} >> {late})::bit(24)::text)"
    counted = f"coalesce(nullif(position('0' in {run}), 0), 25) - 1"
    return (
        f"case when {stated} is not null then least(greatest({latest_of(stated)}, 0), 24)"
        f" when {mask} is null then null when {latest_of(in_arrears)} = 1 or {late} not between 0 and 3 then 0"
        f" else {counted} end"
    )


def _arrears(amount: str, flag: str) -> str:
    return f"coalesce({amount}, case when {latest_of(flag)} = 0 then 0 end)"


def _grade(column: str, letters: str) -> Formula:
    return Formula(f"nullif(strpos('{letters}', substr(r.{column}, 11, 1)), 0)", f"left(r.{column}, 10)::date")


_REVENUE = _year("(tax.rev_12 + coalesce(tax.exempt_12, 0))", "tax.rev_12n")
_REVENUE_BEFORE = _year("(tax.rev_24 + coalesce(tax.exempt_24, 0))", "tax.rev_24n")
_TAX = _year("tax.tax_12", "tax.tax_12n")
_TAX_BEFORE = _year("tax.tax_24", "tax.tax_24n")
_REGISTERED = "(b.updated_at at time zone 'Asia/Shanghai')::date"
_STATUS = (
    "case when b.registration_status in ('existing', 'operating') then 1"
    " when b.registration_status in ('suspended', 'dormant', 'moved_out') then 2"
    " when b.registration_status = 'ordered_closed' then 3"
    " when b.registration_status in ('revoked', 'cancelled', 'liquidating', 'annulled') then 9 end"
)
_AGE = "extract(year from age(:as_of, b.registered_on)) * 12 + extract(month from age(:as_of, b.registered_on))"
_ENVIRONMENT = (
    "case when r.environment_grade ~ '绿|诚信' then 1 when r.environment_grade ~ '蓝|良好' then 2"
    " when r.environment_grade ~ '黄|警示' then 3 when r.environment_grade ~ '黑|严重' then 5"
    " when r.environment_grade ~ '红|不良' then 4 end"
)
_PUBLIC = "nullif(strpos('ABCD', translate(substr(r.public_grade, 11, 1), '优良中差', 'ABCD')), 0)"


def _prefixes(codes: str) -> str:
    return "^(" + "|".join(codes.split(";")) + ")"


def _basics(card: Scorecard) -> dict[str, Formula]:
    encouraged, restricted = (
        _prefixes(card.benchmarks["industry_class", name]) for name in ("encouraged", "restricted")
    )
    expected = "least(3, :due_year - extract(year from coalesce(b.registered_on, '1990-01-01')) + 1)"
    return {
        "years_in_business": Formula(
            f"case when b.registered_on <= :as_of then round(({_AGE}) / 12, 1) end", _REGISTERED
        ),
        "registration_status": Formula(_STATUS, _REGISTERED),
        "paid_in_capital_ratio": Formula(_percent("r.paid_in", "r.subscribed"), "r.contributed_on"),
        "industry_outlook_class": Formula(
            f"case when b.industry_code ~ '{restricted}' then 3 when b.industry_code ~ '{encouraged}' then 1"
            " when b.industry_code is not null then 2 end",
            _REGISTERED,
        ),
        "size_class": Formula("array_position(array['micro', 'small', 'medium', 'large'], b.size_class)", _REGISTERED),
        "address_changes_24m": _of_list("address_changes", "enterprise_change"),
        "legal_rep_changes_24m": _of_list("representative_changes", "enterprise_change"),
        "equity_changes_24m": _of_list("equity_changes", "equity_change", "equity_pledge"),
        "annual_report_on_time_3y": Formula(
            f"case when {expected} > 0 and reports.newest is not null"
            f" then round(least(reports.on_time * 100 / {expected}, 100), 2) end",
            "reports.newest",
        ),
        "premises_stability": Formula("case when r.premises > 0 then 1 end"),
        "online_channel": Formula(
            f"case when {_known('annual_report_web_shop')} then case when r.web_shops > 0 then 1"
            " when reports.newest is not null then 0 end end",
        ),
    }


def _taxes(card: Scorecard) -> dict[str, Formula]:
    burdens = {key: value for (kind, key), value in card.benchmarks.items() if kind == "tax_burden_percent"}
    others = burdens.pop("*")
    sections = " ".join(f"when '{section}' then {value}" for section, value in burdens.items())
    usual = f"(case left(b.industry_code, 1) {sections} else {others} end)"
    newest = "tax.newest"
    return {
        "tax_grade": _grade("tax_grade", "ABMCD"),
        "declared_revenue_12m": Formula(f"round({_REVENUE}, 2)", newest),
        "revenue_growth_yoy": Formula(_growth(_REVENUE, _REVENUE_BEFORE), newest),
        "revenue_cv_24m": Formula(
            _variation("(tax.rev_12n + tax.rev_24n)", "(tax.rev_12 + coalesce(tax.rev_24, 0))", "tax.rev_squares", 12),
            newest,
        ),
        "tax_paid_12m": Formula(f"round({_TAX}, 2)", newest),
        "tax_growth_yoy": Formula(_growth(_TAX, _TAX_BEFORE), newest),
        "zero_filing_months_12m": Formula(
            "bit_count((r.filed_months & ~coalesce(r.earning_months, 0))::bit(64))", "r.filed_until"
        ),
        "tax_gap_months": Formula("case when tax.tax_12n >= 9 then tax.unpaid_12 end", newest),
        "late_filings_24m": Formula("case when r.filed_until is not null then r.late_filings end", "r.filed_until"),
        "tax_arrears_ratio": Formula(
            f"case when {_known('tax_arrears')} then case when coalesce(arrears.tax_arrears, 0) = 0 then 0"
            f" else {_percent('arrears.tax_arrears', f'({_TAX})')} end end",
            f"case when arrears.tax_arrears > 0 then {newest} end",
        ),
        "tax_burden_deviation": Formula(
            f"case when ({_REVENUE}) > 0 and ({_TAX}) is not null then"
            f" {_bounded(f'abs(({_TAX}) * 100 / ({_REVENUE}) / {usual} - 1) * 100')} end",
            newest,
        ),
        "tax_abnormal": _flag("tax_abnormal", "tax_abnormal"),
        "tax_serious_case": _flag("tax_serious", "tax_serious_case"),
        "tax_penalties_36m": _of_list("tax_penalties", "tax_penalty"),
        "tax_inspection_recovered_36m": _yuan_of_list("tax_recovered", "tax_inspection"),
    }


def _staff(card: Scorecard) -> dict[str, Formula]:
    usual = card.benchmarks["employer_contribution", "*"]
    newest, fund = "staff_now.newest", "staff_now.fund_newest"
    ago = (
        f"case {newest} "
        + " ".join(f"when :m{late} then staff.persons_ago_{late}" for late in range(1, LATELY + 1))
        + " end"
    )
    persons, arrears = latest_of("staff_now.persons"), latest_of("staff_now.arrears")
    quarter = ("staff.persons_3 / nullif(staff.persons_3n, 0)", "staff.persons_6 / nullif(staff.persons_6n, 0)")
    return {
        "insured_persons": Formula(f"round({persons})", newest),
        "insured_persons_change_12m": Formula(_growth(persons, ago), newest),
        "social_insurance_normal_months": Formula(
            f"round({_streak('staff_now.normal', 'staff.amount_mask', 'staff_now.in_arrears')})", newest
        ),
        "social_insurance_arrears_ratio": Formula(
            f"case when {_arrears(arrears, 'staff_now.in_arrears')} = 0 then 0"
            f" else {_percent(arrears, 'staff.amount_12')} end",
            newest,
        ),
        "social_insurance_deferred_months": Formula(
            "case when staff.deferred_known > 0 then staff.deferred end", newest
        ),
        "insured_persons_qoq": Formula(
            f"case when staff.persons_3n >= 2 and staff.persons_6n >= 2 then {_growth(*quarter)} end", newest
        ),
        "contribution_base_vs_region": Formula(
            _percent("(staff.amount_12 / nullif(staff.persons_12, 0))", usual), newest
        ),
        "provident_fund_coverage": Formula(
            _percent(latest_of("staff_now.depositors"), persons), f"least({newest}, {fund})"
        ),
        "provident_fund_normal_months": Formula(
            f"round({_streak('staff_now.fund_months', 'staff.deposit_mask', 'staff_now.fund_in_arrears')})", fund
        ),
        "provident_fund_arrears": Formula(
            f"round({_arrears(latest_of('staff_now.fund_arrears'), 'staff_now.fund_in_arrears')}, 2)", fund
        ),
        "labour_grade": _grade("labour_grade", "ABC"),
        "wage_arrears_records_36m": _of_list("wage_arrears", "wage_arrears"),
    }


def _operation(_card: Scorecard) -> dict[str, Formula]:
    newest, water, gas = "power_now.newest", "power_now.water_newest", "power_now.gas_newest"
    bills = _growth("power.bill_12", "power.bill_24")
    apart = f"abs(({bills}) - ({_growth(_REVENUE, _REVENUE_BEFORE)}))"
    energy = _variation("swings.energy_months", "swings.energy", "swings.energy_squares", 9)
    in_yuan = _variation("swings.bill_months", "swings.bill", "swings.bill_squares", 9)
    waybills = ("trade.waybills_6 / nullif(trade.waybills_6n, 0)", "trade.waybills_18 / nullif(trade.waybills_18n, 0)")
    whole_years = f"{_bits('power.bill_mask', 0, 12)} >= 9 and {_bits('power.bill_mask', 12, 12)} >= 9"
    return {
        "electricity_6m_yoy": Formula(_half_year_growth("power", "bill"), newest),
        "electricity_cv_12m": Formula(f"coalesce({energy}, {in_yuan})", newest),
        "electricity_account_status": Formula(latest_of("power_now.status"), newest),
        "electricity_defaults_24m": Formula(
            "case when power_now.defaults is not null then round(least(power_now.defaults, 24)) end", newest
        ),
        "electricity_arrears": Formula(f"round({_arrears('power_now.arrears', 'power_now.in_arrears')}, 2)", newest),
        "contract_capacity_utilisation": Formula(_percent("power_now.operating", "power_now.contract"), newest),
        "water_use_change_6m": Formula(_half_year_growth("power", "water"), water),
        "water_arrears_periods": Formula(f"round({latest_of('power_now.water_periods')})", water),
        "gas_use_change_6m": Formula(_half_year_growth("power", "gas"), gas),
        "gas_arrears": Formula(f"round({_arrears('power_now.gas_arrears', 'power_now.gas_in_arrears')}, 2)", gas),
        "electricity_revenue_consistency": Formula(
            f"case when {whole_years} then case when {apart} < 100 then 100 - {apart}"
            f" when {apart} >= 100 then 0 end end",
            f"least({newest}, tax.newest)",
        ),
        "warehouse_turnover": Formula(
            "case when r.receipts_until is not null then round(coalesce(r.in_store, 0), 2) end", "r.receipts_until"
        ),
        "waybill_growth": Formula(
            f"case when trade.waybills_6n >= 4 and trade.waybills_18n >= 4 then {_growth(*waybills)} end",
            "trade.waybill_newest",
        ),
    }


def _courts(_card: Scorecard) -> dict[str, Formula]:
    return {
        "dishonest_debtor": _flag("dishonest", "dishonest_debtor"),
        "enforcement_to_revenue": _against_revenue("enforced", "judgment_debtor"),
        "unperformed_judgment_amount": _yuan_of_list("unperformed", "unperformed_judgment"),
        "consumption_limit": _flag("restricted", "consumption_limit"),
        "defendant_loan_cases_36m": _of_list("loan_cases", "judgment"),
        "defendant_contract_cases_36m": _of_list("contract_cases", "judgment"),
        "asset_freeze": _of_list("frozen", "asset_freeze"),
        "owner_dishonest_debtor": _flag("owner_dishonest", "black_list"),
        "false_litigation": _flag("false_litigation", "false_litigation"),
    }


def _against_revenue(column: str, kind: str) -> Formula:
    """No amount is none whatever the revenue; an amount is measured by it."""
    return Formula(
        f"case when {_known(kind)} then case when coalesce(r.{column}, 0) = 0 then 0"
        f" else {_percent(f'r.{column}', f'({_REVENUE})')} end end",
        f"case when r.{column} > 0 then tax.newest end",
    )


def _compliance(_card: Scorecard) -> dict[str, Formula]:
    return {
        "black_list": _flag("listed", "black_list", "serious_violation_list"),
        "abnormal_list_current": _flag("abnormal", "abnormal_list"),
        "abnormal_list_count_36m": _of_list("abnormal_before", "abnormal_list"),
        "serious_penalties": _of_list("serious_penalties", "admin_penalty"),
        "general_penalties": _of_list("general_penalties", "admin_penalty"),
        "fines_to_revenue": _against_revenue("fines", "admin_penalty"),
        "licences_in_force": _of_list("licences", "admin_licence"),
        "failed_inspections": _of_list("failed_checks", "random_inspection"),
        "environmental_grade": Formula(_ENVIRONMENT, "left(r.environment_grade, 10)::date"),
        "safety_bad_records": _of_list("safety_records", "safety_record"),
        "public_grade": Formula(_PUBLIC, "left(r.public_grade, 10)::date"),
    }


def _commitments(_card: Scorecard) -> dict[str, Formula]:
    owed = "coalesce(power_now.water_arrears, 0) + coalesce(power_now.arrears, 0) + coalesce(power_now.gas_arrears, 0)"
    any_known = "num_nonnulls(power_now.water_arrears, power_now.arrears, power_now.gas_arrears) > 0"
    return {
        "commitments_made": _of_list("commitments", "credit_commitment"),
        "commitment_fulfilment_rate": Formula(_percent("r.commitments_kept", "r.commitments")),
        "commitment_breaches": _of_list("commitments_broken", "credit_commitment"),
        "contract_performance_rate": Formula(_percent("r.performed_well", "r.appraised")),
        "bid_wins_12m": _yuan_of_list("bids_won", "public_trading"),
        "utility_arrears_total": Formula(
            f"case when {any_known} then round({owed}, 2) end",
            "least(power_now.newest, power_now.water_newest, power_now.gas_newest)",
        ),
    }


def _innovation(card: Scorecard) -> dict[str, Formula]:
    traded = f"coalesce(trade.yuan_12, 0) + coalesce(trade.usd_12, 0) * {card.benchmarks['usd_rate', 'USD']}"
    return {
        "high_tech": _flag("high_tech", "high_tech_certificate"),
        "specialised_or_tech_sme": Formula(
            f"case when {_known('tech_sme', 'innovation_label', 'qualification_honour')}"
            " then case when r.special > 0 then 2 when r.innovative > 0 then 1 else 0 end end"
        ),
        "invention_patents": _of_list("patents", "patent"),
        "rd_intensity": Formula(
            _percent(latest_of("research.spent"), f"({_REVENUE})"), "least(research.newest, tax.newest)"
        ),
        "red_list_honours": _of_list("honours", "red_list", "qualification_honour"),
        "aeo_or_trade_volume": Formula(
            f"case when trade.dishonest then 0 when trade.advanced then 4 when {traded} >= 10000000 then 3"
            f" when {traded} > 0 then 2 when trade.newest is not null then 1 end",
            "trade.newest",
        ),
    }


def _financing(card: Scorecard) -> dict[str, Formula]:
    loans, overdue = (card.by_code[code].number for code in ("loan_balance_to_revenue", "platform_repayment_12m"))
    equity = latest_of("reports.equity")
    return {
        "loan_balance_to_revenue": Formula(
            _percent(f"given.g{loans}", f"({_REVENUE})"), f"case when given.g{loans} is not null then tax.newest end"
        ),
        "platform_repayment_12m": Formula(f"round(given.g{overdue})", f"given.d{overdue}"),
        "guarantees_to_net_assets": Formula(
            f"case when {_known('annual_report_guarantee')} then case"
            " when coalesce(guarantees.guaranteed, 0) = 0 and reports.newest is not null then 0"
            f" when guarantees.guaranteed > 0 and {equity} <= 0 then {_MOST}"
            f" else {_percent('guarantees.guaranteed', equity)} end end",
            "reports.newest",
        ),
    }


def formulas(card: Scorecard) -> Mapping[str, Formula]:
    """By code of the indicator; a test holds that every indicator has one."""
    groups = (_basics, _taxes, _staff, _operation, _courts, _compliance, _commitments, _innovation, _financing)
    return {code: formula for group in groups for code, formula in group(card).items()}


def veto_conditions(card: Scorecard) -> Mapping[int, str]:
    """Number of the indicator → SQL over its value (``v23``) and the records; only known and fresh data veto."""
    extra = {"wage_arrears_records_36m": "wage_listed", "commitment_breaches": "commitments_broken_badly"}
    found = {card.by_code[code].number: f"{column} > 0" for code, column in extra.items()}
    for one in card.indicators:
        worst = next((str(bin_.lower) for bin_ in one.bins if bin_.points == 0), None)
        if one.number in card.vetoes and one.number not in found:
            found[one.number] = f"v{one.number} = {worst}"
    return dict(sorted(found.items()))
