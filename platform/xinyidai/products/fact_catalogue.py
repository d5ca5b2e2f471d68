"""The facts that a product's conditions may ask for, as data.

The names are the keys of ``facts`` in the matching contract. A condition on anything else is refused, so that no
product can ask for what the platform never learns. Add a fact here first, then let its source deliver it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from matching import Kind
from xinyidai.core.i18n import N_
from xinyidai.core.reference import divisions, industries
from xinyidai.enterprises.types import EnterpriseLabel, RegistrationStatus, SizeClass, SubjectKind
from xinyidai.products.facts import Change, Fact, Source, Unit
from xinyidai.products.types import GuaranteeMode

TAX_GRADES = ("A", "B", "M", "C", "D")
# How old facts may be, in days; all assumed. A month's figures are due 15 working days after it, so that three months
# cover one late delivery; a grade of a year is replaced in April of the year after next.
MONTHLY, QUARTERLY, YEARLY, LISTED = 92, 184, 550, 45


def _region_choices() -> list[tuple[str, str]]:
    return [(division.stem, region_name(division.stem)) for division in divisions.table().values()]


def region_name(stem: str) -> str:
    """A division with the city above it, the province left out where a city is named: 枣庄市市中区."""
    path = divisions.path(stem)
    return "".join(division.name for division in (path[1:] or path)) or stem


def _industry_choices() -> list[tuple[str, str]]:
    return [(code, industries.name_of(code)) for code in industries.table()]


def _size_choices() -> list[tuple[str, str]]:
    return [choice for choice in SizeClass.choices() if choice[0] != SizeClass.UNKNOWN]


def _tax_grade_choices() -> list[tuple[str, str]]:
    return [(grade, grade) for grade in TAX_GRADES]


_FACTS = (
    Fact(
        "region",
        N_("registered region"),
        "string",
        Source.MARKET_REGULATION,
        choices=_region_choices,
        name_of=region_name,
        ops=("prefix_in",),
        phrases={"prefix_in": N_("registered in %(values)s")},
    ),
    Fact(
        "industry",
        N_("industry"),
        "string",
        Source.MARKET_REGULATION,
        choices=_industry_choices,
        name_of=industries.name_of,
        ops=("prefix_in",),
        phrases={
            "prefix_in": N_("in the industry %(values)s"),
            "all_but": N_("in any industry except %(values)s"),
        },
    ),
    Fact("size", N_("size class"), "string", Source.ANNUAL_REPORT, choices=_size_choices),
    Fact("subject_kind", N_("kind of borrower"), "string", Source.MARKET_REGULATION, choices=SubjectKind.choices),
    Fact(
        "registration_status",
        N_("registration status"),
        "string",
        Source.MARKET_REGULATION,
        change=Change.EFFORT,
        choices=RegistrationStatus.choices,
    ),
    Fact(
        "months_in_business",
        N_("time in business"),
        "number",
        Source.MARKET_REGULATION,
        change=Change.TIME,
        unit=Unit.MONTHS,
        maximum=1200,
        phrases={
            ">=": N_("in business for at least %(value)s"),
            "<=": N_("in business for at most %(value)s"),
            "between": N_("in business for %(low)s to %(high)s"),
        },
    ),
    Fact(
        "registered_capital",
        N_("registered capital"),
        "number",
        Source.MARKET_REGULATION,
        change=Change.EFFORT,
        unit=Unit.YUAN,
    ),
    Fact("employees", N_("employees"), "number", Source.ANNUAL_REPORT, change=Change.EFFORT, unit=Unit.PERSONS),
    Fact("annual_revenue", N_("annual revenue"), "number", Source.ANNUAL_REPORT, change=Change.EFFORT, unit=Unit.YUAN),
    Fact(
        "labels",
        N_("official titles"),
        "list",
        Source.TITLE_AUTHORITY,
        change=Change.EFFORT,
        choices=EnterpriseLabel.choices,
        phrases={
            "any_of": N_("holds one of these titles: %(values)s"),
            "none_of": N_("holds none of these titles: %(values)s"),
        },
    ),
    Fact(
        "tax_grade",
        N_("tax credit grade"),
        "string",
        Source.TAX,
        datasets=("tax_credit_grade",),
        fresh_days=YEARLY,
        change=Change.EFFORT,
        choices=_tax_grade_choices,
    ),
    Fact(
        "tax_paid_12m",
        N_("tax paid in the last 12 months"),
        "number",
        Source.TAX,
        datasets=("tax_monthly_summary",),
        fresh_days=MONTHLY,
        change=Change.EFFORT,
        unit=Unit.YUAN,
    ),
    Fact(
        "declared_revenue_12m",
        N_("revenue declared for tax in the last 12 months"),
        "number",
        Source.TAX,
        datasets=("tax_monthly_summary",),
        fresh_days=MONTHLY,
        change=Change.EFFORT,
        unit=Unit.YUAN,
    ),
    Fact(
        "social_insurance_headcount",
        N_("insured employees"),
        "number",
        Source.SOCIAL_INSURANCE,
        datasets=("social_insurance",),
        fresh_days=MONTHLY,
        change=Change.EFFORT,
        unit=Unit.PERSONS,
    ),
    Fact(
        "social_insurance_months",
        N_("social insurance paid without a gap"),
        "number",
        Source.SOCIAL_INSURANCE,
        datasets=("social_insurance",),
        fresh_days=MONTHLY,
        change=Change.TIME,
        unit=Unit.MONTHS,
        maximum=1200,
        phrases={
            ">=": N_("social insurance paid without a gap for at least %(value)s"),
            "<=": N_("social insurance paid without a gap for at most %(value)s"),
            "between": N_("social insurance paid without a gap for %(low)s to %(high)s"),
        },
    ),
    Fact(
        "insured_persons_change_12m",
        N_("change of insured employees over 12 months"),
        "number",
        Source.SOCIAL_INSURANCE,
        datasets=("social_insurance",),
        fresh_days=MONTHLY,
        change=Change.EFFORT,
        unit=Unit.SHARE,
        minimum=-100,
    ),
    Fact(
        "housing_fund_depositors",
        N_("employees with a housing fund"),
        "number",
        Source.HOUSING_FUND,
        datasets=("provident_fund",),
        fresh_days=MONTHLY,
        change=Change.EFFORT,
        unit=Unit.PERSONS,
    ),
    Fact(
        "electricity_kwh_12m",
        N_("electricity used in the last 12 months"),
        "number",
        Source.POWER_SUPPLY,
        datasets=("electricity_supply",),
        fresh_days=MONTHLY,
        change=Change.EFFORT,
        unit=Unit.KWH,
    ),
    Fact(
        "water_m3_12m",
        N_("water used in the last 12 months"),
        "number",
        Source.WATER_SUPPLY,
        datasets=("water_supply",),
        fresh_days=MONTHLY,
        change=Change.EFFORT,
        unit=Unit.CUBIC_METRES,
    ),
    Fact(
        "gas_m3_12m",
        N_("gas used in the last 12 months"),
        "number",
        Source.GAS_SUPPLY,
        datasets=("gas_supply",),
        fresh_days=MONTHLY,
        change=Change.EFFORT,
        unit=Unit.CUBIC_METRES,
    ),
    Fact(
        "credit_score",
        N_("credit score"),
        "number",
        Source.CREDIT_PLATFORM,
        datasets=("tax_monthly_summary", "social_insurance"),
        fresh_days=MONTHLY,
        change=Change.EFFORT,
        unit=Unit.POINTS,
        maximum=1000,
    ),
    Fact(
        "dishonest_debtor",
        N_("dishonest judgment debtor"),
        "boolean",
        Source.COURTS,
        datasets=("dishonest_debtor",),
        fresh_days=LISTED,
        change=Change.EFFORT,
        phrases={
            "is true": N_("on the courts' list of dishonest judgment debtors"),
            "is false": N_("not on the courts' list of dishonest judgment debtors"),
        },
    ),
    Fact(
        "judgment_debtor",
        N_("person subject to enforcement"),
        "boolean",
        Source.COURTS,
        datasets=("judgment_debtor",),
        fresh_days=LISTED,
        change=Change.EFFORT,
        phrases={
            "is true": N_("under enforcement by a court"),
            "is false": N_("not under enforcement by a court"),
        },
    ),
    Fact(
        "penalties_36m",
        N_("administrative penalties in the last 36 months"),
        "number",
        Source.CREDIT_PLATFORM,
        datasets=("admin_penalty",),
        fresh_days=LISTED,
        change=Change.TIME,
        unit=Unit.TIMES,
        phrases={"none": N_("no administrative penalty in the last 36 months")},
    ),
    Fact(
        "abnormal_list",
        N_("list of abnormal operations"),
        "boolean",
        Source.MARKET_REGULATION,
        datasets=("abnormal_list",),
        fresh_days=LISTED,
        change=Change.EFFORT,
        phrases={
            "is true": N_("on the list of abnormal operations"),
            "is false": N_("not on the list of abnormal operations"),
        },
    ),
    Fact(
        "tax_arrears",
        N_("public notice of tax arrears"),
        "boolean",
        Source.TAX,
        datasets=("tax_arrears",),
        fresh_days=QUARTERLY,
        change=Change.EFFORT,
        phrases={
            "is true": N_("named in the latest public notice of tax arrears"),
            "is false": N_("not named in the latest public notice of tax arrears"),
        },
    ),
    Fact(
        "existing_loans",
        N_("existing loans"),
        "boolean",
        Source.STATEMENT,
        change=Change.EFFORT,
        phrases={"is true": N_("has loans at present"), "is false": N_("has no loans at present")},
    ),
    Fact(
        "existing_loan_balance",
        N_("balance of existing loans"),
        "number",
        Source.STATEMENT,
        change=Change.EFFORT,
        unit=Unit.YUAN,
    ),
)

CATALOGUE: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in _FACTS})
"""Name → fact, in the order in which the editor of conditions offers them."""

KINDS: Mapping[str, Kind] = MappingProxyType({fact.name: fact.kind for fact in _FACTS})

# What the need itself answers. Every product asks for these four; nobody states them as conditions.
_BUILT_IN = (
    Fact(
        "amount",
        N_("amount wanted"),
        "number",
        Source.STATEMENT,
        change=Change.EFFORT,
        unit=Unit.YUAN,
        phrases={"between": N_("amount of %(low)s to %(high)s")},
    ),
    Fact(
        "term",
        N_("term wanted"),
        "number",
        Source.STATEMENT,
        change=Change.EFFORT,
        unit=Unit.MONTHS,
        phrases={"between": N_("term of %(low)s to %(high)s")},
    ),
    Fact(
        "max_rate",
        N_("highest rate accepted"),
        "number",
        Source.STATEMENT,
        change=Change.EFFORT,
        unit=Unit.PERCENT,
        phrases={">=": N_("a rate of %(value)s or more is accepted")},
    ),
    Fact(
        "guarantees",
        N_("guarantees offered"),
        "list",
        Source.STATEMENT,
        change=Change.EFFORT,
        choices=GuaranteeMode.choices,
        phrases={"any_of": N_("secured by %(values)s")},
    ),
)

BUILT_IN: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in _BUILT_IN})
"""The four criteria of the contract that every product has, in the words of the need."""


def find_fact(name: str) -> Fact | None:
    return CATALOGUE.get(name) or BUILT_IN.get(name)


def fact_label(name: str) -> str:
    """The name of a fact as a person reads it; one that the catalogue no longer has, as it was written."""
    fact = find_fact(name)
    return fact.label if fact else name


def known_code(fact: Fact) -> Callable[[str], bool]:
    """Whether a text is a code of a coded fact, or the beginning of one that names a whole branch."""
    if fact.name == "region":
        return lambda code: len(code) in (2, 4, 6) and not code.endswith("00") and divisions.is_known(code)
    return industries.is_known


def facts_from(dataset: str) -> list[Fact]:
    """The facts that rest on a data set of the data catalogue."""
    return [fact for fact in CATALOGUE.values() if dataset in fact.datasets]
