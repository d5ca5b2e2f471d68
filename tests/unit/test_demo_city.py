"""The synthetic city as data: the same every time, valid in every code, and as varied as a real one."""

import csv
import gzip
import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from matching import check_product
from tests.real_data import real_file
from xinyidai.core.reference import divisions, industries
from xinyidai.core.usci import is_synthetic, is_valid
from xinyidai.demo.city import City, make_city
from xinyidai.demo.lenders import LENDERS
from xinyidai.demo.stories import Ending, Step
from xinyidai.enterprises.types import SizeClass, SubjectKind
from xinyidai.products.criteria import criteria_errors
from xinyidai.products.types import GuaranteeMode

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
FIRMS = 2_000


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(FIRMS, NOW, region="3704")


def shares(values: list[str]) -> dict[str, float]:
    return {value: count / len(values) for value, count in Counter(values).items()}


def test_the_same_seed_and_moment_make_the_same_city(city: City) -> None:
    assert make_city(FIRMS, NOW, region="3704") == city


def test_another_seed_makes_another_city(city: City) -> None:
    assert make_city(FIRMS, NOW, region="3704", seed=7).firms[1:20] != city.firms[1:20]


def test_codes_are_valid_synthetic_and_unique(city: City) -> None:
    codes = [firm.usci for firm in city.firms if firm.usci]
    assert len(set(codes)) == len(codes)
    assert all(is_valid(code) and is_synthetic(code) for code in codes)


def test_farm_households_have_no_credit_code_and_everybody_else_has_one(city: City) -> None:
    households = [firm for firm in city.firms if firm.kind is SubjectKind.FARM_HOUSEHOLD]
    assert households
    assert all(firm.usci is None and firm.internal_code for firm in households)
    assert len({firm.internal_code for firm in households}) == len(households)
    assert all(firm.usci and not firm.internal_code for firm in city.firms if firm not in households)


def test_the_first_two_characters_say_what_the_borrower_is(city: City) -> None:
    prefixes = {SubjectKind.ENTERPRISE: "91", SubjectKind.SELF_EMPLOYED: "92", SubjectKind.FARMER_COOP: "93"}
    assert all(firm.usci[:2] == prefixes[firm.kind] for firm in city.firms if firm.usci)


def test_firms_are_spread_as_in_a_prefecture(city: City) -> None:
    kinds = shares([firm.kind.value for firm in city.firms])
    assert 0.55 < kinds["enterprise"] < 0.75
    assert 0.15 < kinds["self_employed"] < 0.35
    sizes = shares([firm.size.value for firm in city.firms])
    assert sizes["micro"] > sizes["small"] > sizes["medium"] > sizes.get("large", 0)
    assert 0.01 < sizes["unknown"] + sizes["not_classifiable"] < 0.15
    areas = shares([firm.area for firm in city.firms])
    assert set(areas) == {area.code for area in divisions.children("3704")}
    assert min(areas.values()) > 0.05
    assert len({firm.industry[0] for firm in city.firms}) >= 12
    ages = sorted((city.today - firm.registered_on).days for firm in city.firms)
    assert 365 * 3 < ages[FIRMS // 2] < 365 * 8
    assert ages[0] < 365 < 365 * 15 < ages[-1]


def test_firms_are_what_the_registry_could_hold(city: City) -> None:
    assert all(industries.is_known(firm.industry) for firm in city.firms)
    assert all(firm.registered_on < city.today for firm in city.firms)
    assert len({firm.name for firm in city.firms if firm.usci}) == len([firm for firm in city.firms if firm.usci])


def test_a_firm_without_an_annual_report_has_no_known_size(city: City) -> None:
    silent = [firm for firm in city.firms if firm.revenue is None]
    assert silent
    assert {firm.size for firm in silent} <= {
        SizeClass.UNKNOWN,
        SizeClass.NOT_CLASSIFIABLE,
        SizeClass.MICRO,
        SizeClass.SMALL,
    }


def test_no_firm_or_lender_bears_the_name_of_a_real_firm(city: City) -> None:
    path = real_file("cn_enterprise/enterprises_4cities.csv.gz")
    with gzip.open(path, "rb") as stream:
        rows = csv.reader(io.TextIOWrapper(stream, "utf-8-sig"))
        real = {cell for row in rows for cell in row}
    assert not real & {firm.name for firm in city.firms if firm.usci}
    assert not real & {lender.name for lender in LENDERS}


def test_twenty_lenders_have_one_hundred_and_forty_three_products(city: City) -> None:
    assert len(LENDERS) == 20
    assert sum(lender.kind.is_bank for lender in LENDERS) == 16
    assert len(city.products) == 143
    assert len({product.name for product in city.products}) == 143
    assert {product.lender for product in city.products} == {lender.code for lender in LENDERS}


def test_every_product_has_the_form_of_the_contract_and_asks_for_known_facts_only(city: City) -> None:
    for product in city.products:
        assert check_product(product.record()) == [], product.name
        assert criteria_errors(product.criteria) == {}, product.name


def test_products_ask_for_what_the_registry_knows_and_for_what_it_does_not(city: City) -> None:
    asked = Counter(fact for product in city.products for fact in {str(one["fact"]) for one in product.criteria})
    for fact in ("region", "registration_status", "months_in_business", "industry", "size", "labels"):
        assert asked[fact] >= 5, fact
    unknown_today = {"tax_grade", "tax_paid_12m", "dishonest_debtor", "social_insurance_headcount", "credit_score"}
    waiting = [one for one in city.products if unknown_today & {str(criterion["fact"]) for criterion in one.criteria}]
    assert 20 <= len(waiting) <= 100


def test_every_ending_occurs_and_every_step_lies_in_the_past_and_in_order(city: City) -> None:
    assert {story.ending for story in city.stories} == set(Ending)
    for story in city.stories:
        moments = [moment for _step, moment in story.steps]
        assert moments == sorted(moments), story
        assert NOW - timedelta(days=400) < moments[0]
        assert moments[-1] < NOW


def test_paid_amounts_come_to_the_citys_share_with_seven_percent_unsecured(city: City) -> None:
    paid = [story for story in city.stories if story.steps[-1][0] is Step.PAY_REST]
    total = sum((story.amount for story in paid), Decimal(0))
    unsecured = sum((story.amount for story in paid if story.security is GuaranteeMode.CREDIT), Decimal(0))
    expected = Decimal(49_248_000_000) * FIRMS / 61_357
    assert abs(total / expected - 1) < Decimal("0.15")
    assert Decimal("0.05") < unsecured / total < Decimal("0.09")


def test_a_large_city_has_closed_deals_beside_its_stories_and_the_same_total() -> None:
    city = make_city(FIRMS, NOW, region="3704", most_stories=40)
    total = sum((deal.amount for deal in city.history), Decimal(0))
    unsecured = sum((deal.amount for deal in city.history if deal.is_unsecured), Decimal(0))
    expected = Decimal(49_248_000_000) * FIRMS / 61_357 * (320 - 40) / 320
    assert abs(total / expected - 1) < Decimal("0.1")
    assert Decimal("0.05") < unsecured / total < Decimal("0.09")
    for deal in city.history:
        assert list(deal.moments) == sorted(deal.moments)
        assert deal.moments[-1] < NOW
    assert not {deal.firm for deal in city.history} & {story.firm for story in city.stories}


def test_a_city_of_another_prefecture_lies_there() -> None:
    other = make_city(60, NOW, region="6302")
    assert {firm.area[:4] for firm in other.firms} == {"6302"}
