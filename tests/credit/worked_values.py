"""What is delivered of one enterprise, and the value of one indicator that a person works out from it by hand.

The day is 18 March 2026: February is the last month that is over. A window of 24 months begins after 18 March 2024,
one of 36 after 18 March 2023; monthly windows are calendar months. Every list has come for the city (of others).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.credit.scene import months

Fields = Mapping[str, object]
Delivered = Mapping[str, list[Fields]]


@dataclass(frozen=True)
class Case:
    """``value`` as text; None is not known. ``registered`` are fields of the register that matter."""

    code: str
    said: str
    value: str | None
    delivered: Delivered = field(default_factory=dict)
    registered: Mapping[str, Any] = field(default_factory=dict)


def one(dataset: str, **fields: object) -> Delivered:
    return {dataset: [fields]}


def several(dataset: str, *rows: Fields) -> Delivered:
    return {dataset: list(rows)}


def monthly(dataset: str, period: str, name: str, values: list[object], **fields: object) -> Delivered:
    """The newest month first; None leaves a month out."""
    named = zip(months(len(values)), values, strict=True)
    return {dataset: [{period: month, name: value, **fields} for month, value in named if value is not None]}


def revenue(yuan: int = 100_000, count: int = 12) -> Delivered:
    return monthly("tax_monthly_summary", "stat_period", "sales_revenue", [yuan] * count)


def power(name: str, values: list[object], **fields: object) -> Delivered:
    return monthly("electricity_supply", "billing_period", name, values, account_no="a", **fields)


def water(name: str, values: list[object], **fields: object) -> Delivered:
    return monthly("water_supply", "billing_period", name, values, account_no="a", **fields)


def gas(name: str, values: list[object], **fields: object) -> Delivered:
    return monthly("gas_supply", "billing_period", name, values, account_no="a", **fields)


def staff(name: str, values: list[object], **fields: object) -> Delivered:
    row = {"insured_persons": 10, "employer_amount": 10_000, **fields}
    return monthly("social_insurance", "fee_period", name, values, **_without(row, name))


def fund(name: str, values: list[object], **fields: object) -> Delivered:
    row = {"depositors": 10, "deposit_amount": 5_000, **fields}
    return monthly("provident_fund", "fee_period", name, values, **_without(row, name))


def _without(row: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in row.items() if key != name}


def both(*parts: Delivered) -> Delivered:
    return {dataset: [row for part in parts for row in part.get(dataset, ())] for part in parts for dataset in part}


def penalty(**fields: object) -> Fields:
    return {"penalty_category": "罚款", "fine_amount": 2, "decided_on": "2026-01-10", **fields}


def judged(**fields: object) -> Fields:
    return {"position": "被告", "cause": "买卖合同纠纷", "judged_on": "2025-06-01", **fields}


def promise(status: str, made_on: str = "2025-06-01") -> Fields:
    return {"fulfilment_status": status, "made_on": made_on, "status_determined_on": "2026-01-01"}


def award(**fields: object) -> Fields:
    return {"awarded_on": "2025-06-01", "award_amount": 30, **fields}


def filing(month: str, filed_on: str, amount: object) -> Fields:
    """A return for ``month`` (YYYY-MM-15), due on that day."""
    return {"due_on": month, "filed_on": filed_on, "declared_amount": amount, "period_from": month, "period_to": month}


EDGE_24, INSIDE_24 = "2024-03-18", "2024-03-19"
EDGE_36, INSIDE_36 = "2023-03-18", "2023-03-19"
EDGE_12, INSIDE_12 = "2025-03-18", "2025-03-19"

BASICS = [
    Case("years_in_business", "six years and two months", "6.2", registered={"registered_on": date(2020, 1, 15)}),
    Case("years_in_business", "registered today", "0.0", registered={"registered_on": date(2026, 3, 18)}),
    Case("years_in_business", "registered tomorrow", None, registered={"registered_on": date(2026, 3, 19)}),
    Case("years_in_business", "day of registration unknown", None, registered={"registered_on": None}),
    Case("registration_status", "suspended", "2", registered={"registration_status": "suspended"}),
    Case("registration_status", "revoked", "9", registered={"registration_status": "revoked"}),
    Case("industry_outlook_class", "C2740 is encouraged", "1", registered={"industry_code": "C2740"}),
    Case("industry_outlook_class", "C3110 is restricted", "3", registered={"industry_code": "C3110"}),
    Case("industry_outlook_class", "no industry", None, registered={"industry_code": None}),
    Case("size_class", "medium", "3", registered={"size_class": "medium"}),
    Case("size_class", "not classed", None, registered={"size_class": None}),
    Case("paid_in_capital_ratio", "30 of 40 paid in", "75.00", several(
        "shareholder_contribution",
        {"shareholder_name": "甲", "subscribed_amount": 30, "paid_amount": 30},
        {"shareholder_name": "乙", "subscribed_amount": 10},
    )),
    Case("paid_in_capital_ratio", "nothing subscribed", None, one(
        "shareholder_contribution", subscribed_amount=0, paid_amount=0)),
    Case("address_changes_24m", "one inside, one on the edge, one of something else", "1", several(
        "enterprise_change",
        {"change_item": "住所变更", "changed_on": INSIDE_24},
        {"change_item": "住所变更", "changed_on": EDGE_24},
        {"change_item": "经营范围", "changed_on": "2025-06-01"},
    )),
    Case("address_changes_24m", "nothing on the list", "0"),
    Case("legal_rep_changes_24m", "two", "2", several(
        "enterprise_change",
        {"change_item": "法定代表人", "changed_on": "2025-06-01"},
        {"change_item": "负责人变更", "changed_on": "2025-07-01"},
    )),
    Case("equity_changes_24m", "a change and a pledge", "2", both(
        one("equity_change", changed_on="2025-06-01"), one("equity_pledge", registered_on=INSIDE_24))),
    Case("annual_report_on_time_3y", "two of three in time, the last day included", "66.67", several(
        "annual_report",
        {"report_year": 2024, "owners_equity": 10, "filed_on": "2025-06-30"},
        {"report_year": 2023, "owners_equity": 10, "filed_on": "2024-03-01"},
        {"report_year": 2022, "owners_equity": 10, "filed_on": "2023-07-01"},
    ), {"registered_on": date(2015, 1, 1)}),
    Case("annual_report_on_time_3y", "only one was due since it was registered", "100.00", one(
        "annual_report", report_year=2024, owners_equity=10, filed_on="2025-06-01"),
        {"registered_on": date(2024, 5, 1)}),
    Case("annual_report_on_time_3y", "no report is due yet", None, registered={"registered_on": date(2025, 5, 1)}),
    Case("premises_stability", "owns its premises", "1", one("real_estate", registered_on="2019-01-01")),
    Case("premises_stability", "nothing known of its premises", None),
    Case("online_channel", "a web shop in the last report", "1", one("annual_report_web_shop", report_year=2024)),
    Case("online_channel", "a report without a web shop", "0", one(
        "annual_report", report_year=2024, owners_equity=10, filed_on="2025-06-01")),
    Case("online_channel", "no report", None),
]  # fmt: skip

TAXES = [
    Case("declared_revenue_12m", "nine of twelve months stand for a year", "1200000.00", revenue(count=9)),
    Case("declared_revenue_12m", "eight say too little", None, revenue(count=8)),
    Case("declared_revenue_12m", "a delivered zero is a month without revenue", "1100000.00", monthly(
        "tax_monthly_summary", "stat_period", "sales_revenue", [0] + [100_000] * 11)),
    Case("declared_revenue_12m", "the thirteenth month is another year", "0.00", monthly(
        "tax_monthly_summary", "stat_period", "sales_revenue", [0] * 12 + [900_000])),
    Case("revenue_growth_yoy", "no revenue the year before", None, monthly(
        "tax_monthly_summary", "stat_period", "sales_revenue", [100] * 12 + [0] * 12)),
    Case("revenue_cv_24m", "no revenue at all", None, revenue(0, 24)),
    Case("revenue_cv_24m", "eleven months say too little", None, revenue(count=11)),
    Case("zero_filing_months_12m", "of three months one earned in one return of two, one nothing", "1", several(
        "tax_filing",
        filing("2026-02-15", "2026-02-10", 0), {**filing("2026-02-15", "2026-02-10", 500), "tax_kind": "印花税"},
        filing("2026-01-15", "2026-01-10", 0),
        filing("2025-12-15", "2025-12-10", 100),
    )),
    Case("zero_filing_months_12m", "a zero on the edge of the window does not count", "0", several(
        "tax_filing", filing("2025-03-18", "2025-03-10", 0), filing("2026-01-15", "2026-01-10", 9))),
    Case("zero_filing_months_12m", "nothing filed", None),
    Case("late_filings_24m", "a day late, never filed, in time", "2", several(
        "tax_filing",
        filing("2025-10-15", "2025-10-16", 1), filing("2025-11-15", "", 1), filing("2025-12-15", "2025-12-15", 1),
    )),
    Case("late_filings_24m", "late, but on the edge of the window", "0", several(
        "tax_filing", filing("2024-03-18", "2024-04-20", 1), filing("2025-12-15", "2025-12-15", 1))),
    Case("tax_arrears_ratio", "6000 of 12000", "50.00", both(
        one("tax_arrears", tax_kind="增值税", arrears_balance=6_000, published_on="2026-01-10"),
        monthly("tax_monthly_summary", "stat_period", "tax_total", [1_000] * 12))),
    Case("tax_arrears_ratio", "paid by the next notice", "0", both(
        several("tax_arrears", {"tax_kind": "增值税", "arrears_balance": 6_000, "published_on": "2025-10-10"},
                {"tax_kind": "增值税", "arrears_balance": 0, "published_on": "2026-01-10"}),
        monthly("tax_monthly_summary", "stat_period", "tax_total", [1_000] * 12))),
    Case("tax_arrears_ratio", "arrears, but no tax paid to measure them by", None, one(
        "tax_arrears", tax_kind="增值税", arrears_balance=6_000, published_on="2026-01-10")),
    Case("tax_arrears_ratio", "nobody named it", "0"),
    Case("tax_abnormal", "still abnormal", "1", one("tax_abnormal", determined_on="2025-06-01")),
    Case("tax_abnormal", "released today", "0", one(
        "tax_abnormal", determined_on="2025-06-01", released_on="2026-03-18")),
    Case("tax_abnormal", "released tomorrow", "1", one("tax_abnormal", determined_on="2025-06-01", released_on="")),
    Case("tax_serious_case", "on the list", "1", one("tax_serious_case")),
    Case("tax_serious_case", "not on the list", "0"),
    Case("tax_penalties_36m", "one inside, one on the edge", "1", several(
        "tax_penalty", {"decided_on": INSIDE_36, "document_no": "a"}, {"decided_on": EDGE_36, "document_no": "b"})),
    Case("tax_inspection_recovered_36m", "two sums, one too old", "350.50", several(
        "tax_inspection", {"recovered_amount": "100.50", "concluded_on": INSIDE_36},
        {"recovered_amount": 250, "concluded_on": "2025-01-01"}, {"recovered_amount": 999, "concluded_on": EDGE_36})),
]  # fmt: skip

STAFF = [
    Case("insured_persons_change_12m", "nobody a year ago", None, staff(
        "insured_persons", [10] * 12 + [0] * 4)),
    Case("insured_persons_change_12m", "the same month a year ago is missing", None, staff(
        "insured_persons", [10] * 12 + [None, 8, 8])),
    Case("social_insurance_normal_months", "as the source states it", "17", staff(
        "consecutive_normal_months", [17])),
    Case("social_insurance_normal_months", "24 at most", "24", staff("consecutive_normal_months", [31])),
    Case("social_insurance_normal_months", "counted back to the first gap", "5", staff(
        "employer_amount", [9, 9, 9, 9, 9, 0, 9, 9])),
    Case("social_insurance_normal_months", "none while in arrears", "0", staff(
        "employer_amount", [9, 9, 9], in_arrears="1")),
    Case("social_insurance_arrears_ratio", "6000 of 120000", "5.00", staff(
        "arrears_amount", [6_000] * 12, employer_amount=10_000)),
    Case("social_insurance_arrears_ratio", "arrears, but nothing paid to measure them by", None, staff(
        "arrears_amount", [6_000] * 12, employer_amount=0)),
    Case("social_insurance_deferred_months", "two of three months known", "2", staff("deferred_amount", [5, 0, 5])),
    Case("social_insurance_deferred_months", "the thirteenth month does not count", "0", staff(
        "deferred_amount", [0] * 12 + [5])),
    Case("social_insurance_deferred_months", "not told", None, staff("insured_persons", [10] * 12)),
    Case("insured_persons_qoq", "12 against 10", "20.00", staff("insured_persons", [12] * 3 + [10] * 3)),
    Case("insured_persons_qoq", "two of three months are enough", "20.00", staff(
        "insured_persons", [12, None, 12, 10, 10, None])),
    Case("insured_persons_qoq", "one is not", None, staff("insured_persons", [12, None, None, 10, 10, 10])),
    Case("contribution_base_vs_region", "900 a head of 1200", "75.00", staff(
        "employer_amount", [9_000] * 12, insured_persons=10)),
    Case("contribution_base_vs_region", "nobody insured", None, staff("employer_amount", [0] * 12, insured_persons=0)),
    Case("provident_fund_coverage", "nobody insured", None, both(
        staff("employer_amount", [0], insured_persons=0), fund("depositors", [5]))),
    Case("provident_fund_normal_months", "as the source states it", "3", fund("consecutive_months", [3])),
    Case("provident_fund_arrears", "an amount", "1200.50", fund("arrears_amount", ["1200.50"])),
    Case("provident_fund_arrears", "said to be none", "0", fund("in_arrears", ["0"])),
    Case("provident_fund_arrears", "said to be some, not how much", None, fund("in_arrears", ["1"])),
    Case("labour_grade", "the newest grade", "1", several(
        "labour_grade", {"evaluation_year": 2024, "grade": "A"}, {"evaluation_year": 2023, "grade": "C"})),
    Case("labour_grade", "no letter of the scheme", None, one("labour_grade", evaluation_year=2024, grade="优秀")),
    Case("wage_arrears_records_36m", "one inside, one on the edge", "1", several(
        "wage_arrears", {"decided_on": INSIDE_36, "on_list": "0"}, {"decided_on": EDGE_36, "on_list": "0"})),
]  # fmt: skip

OPERATION = [
    Case("electricity_6m_yoy", "600 against 500", "20.00", power(
        "monthly_amount", [600] * 6 + [None] * 6 + [500] * 6)),
    Case("electricity_6m_yoy", "four of six months are enough, and the mean is theirs", "20.00", power(
        "monthly_amount", [600] * 4 + [None] * 8 + [500] * 4)),
    Case("electricity_6m_yoy", "three are not", None, power("monthly_amount", [600] * 3 + [None] * 9 + [500] * 6)),
    Case("electricity_cv_12m", "energy goes before the bill", "0.00", power(
        "monthly_energy", [100] * 12, monthly_amount=1)),
    Case("electricity_cv_12m", "nothing used", None, power("monthly_amount", [0] * 12)),
    Case("electricity_account_status", "prepaid is the second", "2", power("account_status", ["预付费"])),
    Case("electricity_account_status", "closed", "5", power("account_status", ["销户异常"])),
    Case("electricity_defaults_24m", "24 at most", "24", power("defaults_24m", [30])),
    Case("electricity_arrears", "said to be none", "0", power("in_arrears", ["0"])),
    Case("contract_capacity_utilisation", "80 of 100 kVA", "80.00", power(
        "operating_capacity", [80], contract_capacity=100)),
    Case("contract_capacity_utilisation", "no contract capacity", None, power(
        "operating_capacity", [80], contract_capacity=0)),
    Case("water_use_change_6m", "90 against 100", "-10.00", water("monthly_use", [90] * 6 + [None] * 6 + [100] * 6)),
    Case("water_use_change_6m", "nothing used the year before", None, water(
        "monthly_use", [90] * 6 + [None] * 6 + [0] * 6)),
    Case("water_arrears_periods", "of the newest month", "2", water("arrears_periods", [2, 5])),
    Case("gas_use_change_6m", "as much as before", "0.00", gas("monthly_use", [7] * 18)),
    Case("gas_arrears", "an amount", "88.00", gas("arrears_amount", [88])),
    Case("gas_arrears", "said to be some, not how much", None, gas("in_arrears", ["1"])),
    Case("electricity_revenue_consistency", "both grew by a tenth", "100.00", both(
        power("monthly_amount", [110] * 12 + [100] * 12),
        monthly("tax_monthly_summary", "stat_period", "sales_revenue", [220] * 12 + [200] * 12))),
    Case("electricity_revenue_consistency", "half as much power for as much revenue", "50.00", both(
        power("monthly_amount", [50] * 12 + [100] * 12),
        monthly("tax_monthly_summary", "stat_period", "sales_revenue", [200] * 24))),
    Case("electricity_revenue_consistency", "eight months of power say too little", None, both(
        power("monthly_amount", [50] * 8 + [None] * 4 + [100] * 12),
        monthly("tax_monthly_summary", "stat_period", "sales_revenue", [200] * 24))),
    Case("warehouse_turnover", "one in store, one out since", "1000.00", several(
        "warehouse_receipt", {"in_on": "2026-01-10", "value": 1_000},
        {"in_on": "2025-12-10", "value": 500, "out_on": "2026-03-18"})),
    Case("warehouse_turnover", "no receipts", None),
    Case("waybill_growth", "12 against 8", "50.00", monthly(
        "waybill_summary", "month", "waybill_count", [12] * 6 + [None] * 6 + [8] * 6)),
    Case("waybill_growth", "three months say too little", None, monthly(
        "waybill_summary", "month", "waybill_count", [12] * 3 + [None] * 9 + [8] * 6)),
    Case("utility_arrears_total", "water and gas", "30.00", both(
        water("arrears_amount", [10]), gas("arrears_amount", [20]))),
    Case("utility_arrears_total", "no supplier told", None),
]  # fmt: skip

COURTS = [
    Case("dishonest_debtor", "listed", "1", one("dishonest_debtor", filed_on="2025-06-01", published_on="2025-07-01")),
    Case("dishonest_debtor", "not listed", "0"),
    Case("enforcement_to_revenue", "30000 of 1.2 million", "2.50", both(
        one("judgment_debtor", amount=30_000, filed_on="2025-06-01"), revenue())),
    Case("enforcement_to_revenue", "closed since", "0", both(
        one("judgment_debtor", amount=30_000, filed_on="2025-06-01", closed_on="2026-01-01"), revenue())),
    Case("enforcement_to_revenue", "an amount, but no revenue known", None, one(
        "judgment_debtor", amount=30_000, filed_on="2025-06-01")),
    Case("enforcement_to_revenue", "an amount, but no revenue made", None, both(
        one("judgment_debtor", amount=30_000, filed_on="2025-06-01"), revenue(0))),
    Case("unperformed_judgment_amount", "two", "150.00", several(
        "unperformed_judgment", {"unperformed_amount": 100, "exposed_on": "2025-06-01"},
        {"unperformed_amount": 50, "exposed_on": "2024-06-01"})),
    Case("consumption_limit", "in force", "1", one("consumption_limit", issued_on="2025-06-01")),
    Case("consumption_limit", "lifted", "0", one("consumption_limit", issued_on="2025-06-01", lifted_on="2026-03-18")),
    Case("defendant_loan_cases_36m", "a loan as defendant, one as plaintiff, one too old", "1", several(
        "judgment", judged(cause="金融借款合同纠纷"), judged(cause="金融借款合同纠纷", position="原告"),
        judged(cause="金融借款合同纠纷", judged_on=EDGE_36))),
    Case("defendant_contract_cases_36m", "a sale; loans are counted apart", "1", several(
        "judgment", judged(judged_on=INSIDE_36), judged(cause="金融借款合同纠纷"))),
    Case("asset_freeze", "one in force, one over", "1", several(
        "asset_freeze", {"from_on": "2025-06-01", "document_no": "a"},
        {"from_on": "2025-06-01", "to_on": "2026-03-18", "document_no": "b"})),
    Case("owner_dishonest_debtor", "its legal representative", "1", one(
        "black_list", list_kind="dishonest_debtor", listed_on="2025-06-01", linked_person_role="法定代表人")),
    Case("owner_dishonest_debtor", "the enterprise itself is another indicator", "0", one(
        "black_list", list_kind="dishonest_debtor", listed_on="2025-06-01")),
    Case("false_litigation", "established", "1", one("false_litigation", determined_on="2020-06-01")),
]  # fmt: skip

COMPLIANCE = [
    Case("black_list", "on a list", "1", one("black_list", list_kind="work_safety", listed_on="2025-06-01")),
    Case("black_list", "left it", "0", one(
        "black_list", list_kind="work_safety", listed_on="2025-06-01", exited_on="2026-01-01")),
    Case("black_list", "on the other list", "1", one("serious_violation_list", listed_on="2025-06-01")),
    Case("abnormal_list_current", "on the list", "1", one("abnormal_list", listed_on="2025-06-01")),
    Case("abnormal_list_current", "removed", "0", one(
        "abnormal_list", listed_on="2025-06-01", removed_on="2026-01-01")),
    Case("abnormal_list_count_36m", "what is over is displayed no more", "0", one(
        "abnormal_list", listed_on="2025-06-01", removed_on="2026-01-01")),
    Case("serious_penalties", "a revoked licence", "1", one("admin_penalty", **penalty(penalty_category="吊销"))),
    Case("general_penalties", "a large fine; a small one is minor", "1", several(
        "admin_penalty", penalty(), penalty(fine_amount="0.2"))),
    Case("fines_to_revenue", "20000 of 1.2 million; the minor fine is left out", "1.67", both(
        several("admin_penalty", penalty(), penalty(fine_amount="0.2")), revenue())),
    Case("fines_to_revenue", "no fine, whatever the revenue", "0"),
    Case("licences_in_force", "one in force, one run out", "1", several(
        "admin_licence", {"decided_on": "2025-01-01", "valid_to": "2099-12-31"},
        {"decided_on": "2020-01-01", "valid_to": "2025-01-01"})),
    Case("failed_inspections", "one of two failed, one too old", "1", several(
        "random_inspection", {"inspected_on": INSIDE_36, "result": "不合格"},
        {"inspected_on": "2025-06-01", "result": "未发现问题"}, {"inspected_on": EDGE_36, "result": "不合格"})),
    Case("environmental_grade", "yellow", "3", one("environment", grade="黄牌", graded_on="2025-06-01")),
    Case("environmental_grade", "run out", None, one(
        "environment", grade="绿牌", graded_on="2024-06-01", valid_to="2025-06-01")),
    Case("safety_bad_records", "one inside, one on the edge", "1", several(
        "safety_record", {"decided_on": INSIDE_36}, {"decided_on": EDGE_36})),
    Case("public_grade", "the newest", "2", several(
        "public_evaluation", {"grade": "A", "evaluated_on": "2024-06-01"},
        {"grade": "B", "evaluated_on": "2025-06-01"})),
    Case("public_grade", "in words", "1", one("public_evaluation", grade="优", evaluated_on="2025-06-01")),
]  # fmt: skip

COMMITMENTS = [
    Case("commitments_made", "one inside, one on the edge", "1", several(
        "credit_commitment", promise("full", INSIDE_36), promise("full", EDGE_36))),
    Case("commitment_fulfilment_rate", "two of three in full", "66.67", several(
        "credit_commitment", promise("full"), promise("full"), promise("partial"))),
    Case("commitment_fulfilment_rate", "none made", None),
    Case("commitment_breaches", "one not at all", "1", several(
        "credit_commitment", promise("none"), promise("partial"), promise("full"))),
    Case("contract_performance_rate", "one of two well done; one not judged", "50.00", several(
        "public_trading", award(performance_appraisal="按约履行"), award(performance_appraisal="未履约"), award())),
    Case("contract_performance_rate", "none judged", None, one("public_trading", **award())),
    Case("bid_wins_12m", "30 yuan inside, 20 on the edge", "30.00", several(
        "public_trading", award(awarded_on=INSIDE_12), award(awarded_on=EDGE_12, award_amount=20))),
]  # fmt: skip

INNOVATION = [
    Case("high_tech", "a certificate of three years", "1", one("high_tech_certificate", issued_on=INSIDE_36)),
    Case("high_tech", "one that ran out", "0", one("high_tech_certificate", issued_on=EDGE_36)),
    Case("specialised_or_tech_sme", "a little giant", "2", one("innovation_label", little_giant="1", stat_year=2025)),
    Case("specialised_or_tech_sme", "a technology enterprise in the register", "1", one("tech_sme", stat_year=2025)),
    Case("specialised_or_tech_sme", "long ago", "0", one("tech_sme", stat_year=2022)),
    Case("invention_patents", "one in force; one ended; a design", "1", several(
        "patent", {"patent_type": "发明专利", "granted_on": "2020-01-01"},
        {"patent_type": "发明专利", "granted_on": "2010-01-01", "status": "未缴年费终止失效"},
        {"patent_type": "外观设计", "granted_on": "2020-01-01"})),
    Case("rd_intensity", "60000 of 1.2 million", "5.00", both(one("rd_spend", year=2025, rd_amount=60_000), revenue())),
    Case("rd_intensity", "no revenue", None, both(one("rd_spend", year=2025, rd_amount=60_000), revenue(0))),
    Case("red_list_honours", "one in force, one run out", "1", several(
        "red_list", {"list_kind": "tax_a", "listed_on": "2025-06-01"},
        {"list_kind": "other", "listed_on": "2020-06-01", "valid_to": "2025-06-01"})),
    Case("aeo_or_trade_volume", "an advanced certified enterprise", "4", one(
        "customs", month="202602", credit_grade="高级认证", customs_code="1", currency="CNY", import_value=1)),
    Case("aeo_or_trade_volume", "1.5 million dollars are more than ten million yuan", "3", one(
        "customs", month="202602", customs_code="1", currency="USD", export_value=1_500_000)),
    Case("aeo_or_trade_volume", "some trade", "2", one(
        "customs", month="202602", customs_code="1", currency="CNY", import_value=5_000)),
    Case("aeo_or_trade_volume", "known to the customs, no trade", "1", one(
        "customs", month="202602", customs_code="1", currency="CNY", import_value=0)),
    Case("aeo_or_trade_volume", "not known to the customs", None),
]  # fmt: skip

FINANCING = [
    Case("loan_balance_to_revenue", "no loan on the platform", None, revenue()),
    Case("platform_repayment_12m", "no loan on the platform", None),
    Case("guarantees_to_net_assets", "50万元 of 200万元", "25.00", both(
        one("annual_report", report_year=2024, owners_equity=200, filed_on="2025-06-01"),
        one("annual_report_guarantee", report_year=2024, claim_amount=50))),
    Case("guarantees_to_net_assets", "guarantees, and nothing of its own", "99999", both(
        one("annual_report", report_year=2024, owners_equity=0, filed_on="2025-06-01"),
        one("annual_report_guarantee", report_year=2024, claim_amount=50))),
    Case("guarantees_to_net_assets", "those of an earlier report are over", "25.00", both(
        one("annual_report", report_year=2024, owners_equity=200, filed_on="2025-06-01"),
        several("annual_report_guarantee", {"report_year": 2024, "claim_amount": 50},
                {"report_year": 2023, "claim_amount": 500}))),
    Case("guarantees_to_net_assets", "a report without guarantees", "0", one(
        "annual_report", report_year=2024, owners_equity=200, filed_on="2025-06-01")),
    Case("guarantees_to_net_assets", "no report", None),
]  # fmt: skip

CASES = [
    *BASICS, *TAXES, *STAFF, *OPERATION, *COURTS, *COMPLIANCE, *COMMITMENTS, *INNOVATION, *FINANCING,
]  # fmt: skip
