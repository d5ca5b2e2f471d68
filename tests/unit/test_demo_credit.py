"""The demo city's credit data: the same every time, belonging together, and in the right units."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from xinyidai.core.clock import business_date
from xinyidai.credit.catalogue import catalogue
from xinyidai.demo.city import SEED
from xinyidai.demo.credit.economy import FACTORY, MONTHS, Economy, Fate, last_months, make_economy
from xinyidai.demo.credit.monthly import MonthlyTable, all_monthly, energy
from xinyidai.demo.credit.records import all_records
from xinyidai.demo.credit.subjects import Desk, Record
from xinyidai.demo.credit.timetable import SILENT, consignments
from xinyidai.demo.credit.yearly import all_yearly
from xinyidai.demo.firms import make_firms

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
TODAY = business_date(NOW)
OPENED = NOW - timedelta(days=400)
FIRMS = 1_200


def economy_of(seed: int = SEED) -> Economy:
    return make_economy(seed, list(make_firms(seed, FIRMS, TODAY, "3704")), TODAY)


@pytest.fixture(scope="module")
def economy() -> Economy:
    return economy_of()


@pytest.fixture(scope="module")
def tables(economy: Economy) -> dict[str, MonthlyTable]:
    return {table.dataset: table for table in all_monthly(economy)}


@pytest.fixture(scope="module")
def records(economy: Economy) -> list[Record]:
    return list(all_records(economy, Desk(business_date(OPENED), TODAY)))


def figures(table: MonthlyTable, name: str, firm: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    values = next(values for column, values, _ in table.columns if column == name)
    return np.asarray(values[firm][table.present[firm]], dtype=np.float64)


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    ranks = [np.argsort(np.argsort(np.asarray(values))) for values in (first, second)]
    return float(np.corrcoef(*ranks)[0, 1])


def test_the_same_seed_makes_the_same_data_and_another_seed_others(economy: Economy, records: list[Record]) -> None:
    again = economy_of()
    assert all(
        list(one.rows(economy, 0, MONTHS)) == list(other.rows(again, 0, MONTHS))
        for one, other in zip(all_monthly(economy), all_monthly(again), strict=True)
    )
    assert list(all_records(again, Desk(business_date(OPENED), TODAY))) == records
    assert not np.array_equal(economy_of(SEED + 1).revenue, economy.revenue)


def test_months_end_with_the_last_one_that_is_over() -> None:
    assert last_months(date(2026, 1, 1))[-1] == date(2025, 12, 1)
    assert len(last_months(TODAY)) == MONTHS
    assert last_months(TODAY)[0] == date(2024, 11, 1)


def test_electricity_follows_revenue_within_a_trade(economy: Economy) -> None:
    used = energy(economy).sum(axis=1)
    by_trade: dict[str, list[int]] = {}
    for place, firm in enumerate(economy.firms):
        if economy.active[place].all():
            by_trade.setdefault(firm.industry, []).append(place)
    large = [places for places in by_trade.values() if len(places) >= 15]
    assert len(large) >= 10
    found = [rank_correlation(economy.revenue[places].sum(axis=1).tolist(), used[places].tolist()) for places in large]
    assert float(np.median(found)) > 0.6
    assert float(np.mean([one > 0.5 for one in found])) > 0.8


def test_electricity_follows_revenue_over_the_months_of_a_maker(
    economy: Economy, tables: dict[str, MonthlyTable]
) -> None:
    used = energy(economy)
    makers = [
        place
        for place, firm in enumerate(economy.firms)
        if firm.industry.startswith("C") and economy.active[place].all() and economy.fate[place] == Fate.STEADY
    ]
    found = [rank_correlation(economy.revenue[place].tolist(), used[place].tolist()) for place in makers]
    assert float(np.median(found)) > 0.5


def test_the_factory_is_plausible_in_every_unit(economy: Economy, tables: dict[str, MonthlyTable]) -> None:
    firm = economy.firms[FACTORY]
    last_year = np.array([month.year == TODAY.year - 1 for month in economy.months])
    assert economy.revenue[FACTORY][last_year].sum() == pytest.approx(float(firm.revenue or 0) * 10_000, rel=0.15)
    persons = figures(tables["social_insurance"], "insured_persons", FACTORY)
    assert persons.min() >= 25
    assert persons.max() <= (firm.employees or 0) * 1.3
    paid = figures(tables["social_insurance"], "employer_amount", FACTORY)
    assert 900 < float(np.median(paid / persons)) < 2_500
    power = figures(tables["electricity_supply"], "monthly_energy", FACTORY)
    bill = figures(tables["electricity_supply"], "monthly_amount", FACTORY)
    assert 15_000 < float(np.median(power)) < 90_000
    assert float(np.median(bill / power)) == pytest.approx(0.72, abs=0.01)
    tax = figures(tables["tax_monthly_summary"], "tax_total", FACTORY).sum()
    assert 0.005 < tax / economy.revenue[FACTORY].sum() < 0.08


def test_the_factory_has_one_gap_and_pays_everything(economy: Economy, tables: dict[str, MonthlyTable]) -> None:
    missing = {name: int((~table.present[FACTORY]).sum()) for name, table in tables.items()}
    assert {name: months for name, months in missing.items() if months} == {"electricity_supply": 2}
    assert not economy.unpaid[FACTORY].any()


def test_who_stops_paying_owes_and_who_catches_up_owes_nothing(
    economy: Economy, tables: dict[str, MonthlyTable]
) -> None:
    table = tables["social_insurance"]
    arrears = next(values for name, values, _ in table.columns if name == "arrears_amount")
    seen = table.present & (economy.insured > 0)
    failing = (economy.fate == Fate.FAILING) & economy.unpaid[:, -1] & seen[:, -1]
    assert failing.any()
    assert (arrears[failing, -1] > 0).all()
    lagging = (economy.fate == Fate.LAGGING) & ~economy.unpaid[:, -1]
    assert (arrears[lagging, -1] == 0).all()
    assert 0.02 < float((arrears[:, -1] > 0).mean()) < 0.12


def test_months_are_delivered_once_but_for_what_never_came(economy: Economy, tables: dict[str, MonthlyTable]) -> None:
    files = list(consignments(list(tables.values()), all_yearly(economy, TODAY), economy, OPENED, NOW))
    assert all(OPENED <= one.when <= NOW for one in files)
    kept = [one for one in files if not one.because and not one.is_refused]
    for name, table in tables.items():
        months = Counter(row[1] for one in kept if one.dataset == name for row in one.rows())
        absent = [month for month in economy.months if f"{month:%Y%m}" not in months]
        wanted = [economy.months[place] for place in SILENT[1]] if name == SILENT[0] else []
        wanted += [economy.months[-1]] if name == "waybill_summary" else []
        assert absent == wanted, name
        assert max(months.values()) <= int(table.present.sum(axis=0).max())


def test_at_least_the_families_of_the_catalogue_have_data(
    tables: dict[str, MonthlyTable], records: list[Record]
) -> None:
    made = set(tables) | {one.dataset for one in records}
    made |= {"annual_report", "tax_payment_summary", "rd_spend", "tax_levy", "tax_filing"}
    known = {code for code, one in catalogue().datasets.items() if one.is_delivered}
    assert made <= known
    assert len(made) >= 50


def test_records_name_only_fields_of_the_catalogue_and_no_day_to_come(records: list[Record]) -> None:
    for one in records:
        known = catalogue().datasets[one.dataset]
        assert set(one.values) <= set(known.field_of), one.dataset
        assert one.day <= TODAY, one.dataset
        assert one.unit or not known.by_any_unit, one.dataset


def test_penalties_lie_on_both_sides_of_the_new_rule(records: list[Record]) -> None:
    days = [one.day for one in records if one.dataset == "admin_penalty"]
    assert sum(day < date(2026, 4, 1) for day in days) >= 10
    assert sum(day >= date(2026, 4, 1) for day in days) >= 5


def test_labels_of_the_register_come_back_as_honours_and_certificates(economy: Economy, records: list[Record]) -> None:
    high_tech = {firm.code for firm in economy.firms if "high_tech" in firm.labels}
    certified = {str(one.values["usci"]) for one in records if one.dataset == "high_tech_certificate"}
    assert certified
    assert certified <= high_tech
    factory = [
        one.dataset
        for one in records
        if economy.firms[FACTORY].code in (one.values.get("usci"), one.values.get("promisor_code"))
    ]
    assert factory.count("admin_penalty") == 2
    assert {"tax_credit_grade", "tech_sme", "patent", "abnormal_list", "labour_grade"} <= set(factory)
