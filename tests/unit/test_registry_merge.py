"""What stays and what goes when a later delivery is laid over an earlier one."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.registry_files import code
from xinyidai.enterprises import registered_capital
from xinyidai.enterprises.registry_merge import Facts, merge
from xinyidai.enterprises.registry_rows import RegistryRow
from xinyidai.enterprises.types import RegistrationStatus, SubjectKind


def delivered(**changes: object) -> RegistryRow:
    """A row that gives nothing but code and name."""
    bare = RegistryRow(
        line=2,
        usci=code(1),
        subject_kind=SubjectKind.ENTERPRISE,
        name="枣庄测试面条有限公司",
        established_on=None,
        registered_capital=registered_capital.parse(""),
        entity_type=None,
        business_scope=None,
        address=None,
        region_code=None,
        registration_division="370402",
        industry=None,
        status=None,
        employees=None,
        revenue_wan=None,
        total_assets_wan=None,
        legal_representative=None,
        approved_on=None,
        term_from=None,
        term_to=None,
        is_long_term=False,
        registration_authority=None,
        registry_confirmed=False,
    )
    return replace(bare, **changes)  # type: ignore[arg-type]


FULL = delivered(
    established_on=date(2015, 3, 2),
    registered_capital=registered_capital.parse("120万人民币"),
    address="枣庄市市中区光明路8号",
    region_code="370402",
    industry="C1431",
    status=RegistrationStatus.OPERATING,
    employees=30,
    revenue_wan=Decimal(800),
    is_long_term=True,
)


def known() -> Facts:
    return merge(None, FULL)


def test_a_first_delivery_is_complete_with_sort_key_size_and_hash() -> None:
    facts = known()
    assert (facts.name_pinyin.split()[0], facts.size_class, len(facts.content_hash)) == ("zao3", "small", 64)
    assert (facts.registered_capital, facts.operating_until) == (Decimal(120), date(9999, 12, 31))


def test_nothing_given_erases_nothing() -> None:
    assert merge(known(), delivered()) == known()


def test_the_same_delivery_gives_the_same_hash_whatever_scale_the_amounts_come_back_in() -> None:
    from_database = known()._replace(registered_capital=Decimal("120.000000"), revenue=Decimal("800.000000"))
    assert merge(from_database, FULL).content_hash == known().content_hash


def test_a_value_replaces_a_value_and_the_size_follows() -> None:
    facts = merge(known(), delivered(employees=5, status=RegistrationStatus.REVOKED))
    assert (facts.employees, facts.registration_status, facts.size_class) == (5, "revoked", "micro")
    assert facts.content_hash != known().content_hash


def test_what_is_missing_for_the_size_may_come_with_a_later_file() -> None:
    first = merge(None, delivered(industry="C1431", employees=30))
    assert first.size_class == "unknown"
    assert merge(first, delivered(revenue_wan=Decimal(800))).size_class == "small"


def test_a_capital_that_cannot_be_read_takes_the_old_amount_with_it() -> None:
    facts = merge(known(), delivered(registered_capital=registered_capital.parse("120.000")))
    assert (facts.capital_text, facts.registered_capital, facts.capital_currency) == ("120.000", None, None)


def test_a_new_address_that_names_no_place_takes_the_old_region_with_it() -> None:
    assert merge(known(), delivered(address="光明路9号")).region_code is None
    assert merge(known(), delivered(address=FULL.address)).region_code == "370402"
    assert merge(known(), delivered(region_code="370481")).region_code == "370481"


def test_a_section_says_less_than_the_class_that_is_known() -> None:
    assert merge(known(), delivered(industry="C")).industry_code == "C1431"
    assert merge(known(), delivered(industry="F")).industry_code == "F"


def test_the_registrys_word_for_a_code_is_kept() -> None:
    confirmed = merge(None, delivered(registry_confirmed=True))
    assert merge(confirmed, delivered()).registry_confirmed is True
