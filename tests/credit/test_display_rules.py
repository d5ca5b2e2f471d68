"""How long a record is displayed, at the days where the answer changes."""

from datetime import date
from decimal import Decimal

import pytest

from xinyidai.credit.repair.rules import display_of, display_rules
from xinyidai.credit.repair.rules.apply import months_after, severity_of
from xinyidai.credit.repair.types import Severity

OLD, NEW = "ndrc-58-2023", "repair-2026"
LAST_DAY_OF_THE_OLD_RULE, FIRST_DAY_OF_THE_NEW_RULE = date(2026, 3, 31), date(2026, 4, 1)


def fine(amount: str | None, **more: object) -> dict[str, object]:
    return {"penalty_category": ["fine"], "fine_amount": amount, **more}


def test_the_day_of_the_decision_says_which_version_governs() -> None:
    before = display_of("admin_penalty", LAST_DAY_OF_THE_OLD_RULE, None, fine("20000"))
    after = display_of("admin_penalty", FIRST_DAY_OF_THE_NEW_RULE, None, fine("20000"))
    assert (before.rule_version, after.rule_version) == (OLD, NEW)
    assert (before.repairable_from, before.display_until) == (date(2026, 6, 30), date(2029, 3, 31))
    assert (after.repairable_from, after.display_until) == (date(2026, 7, 1), date(2027, 4, 1))


def test_what_is_older_than_the_first_version_falls_under_it() -> None:
    assert display_rules().version_of(date(2019, 1, 1)).code == OLD


@pytest.mark.parametrize("word", ["食品", "药品", "特种设备", "安全生产", "消防"])
def test_the_old_rule_keeps_five_fields_for_a_year_at_least(word: str) -> None:
    found = display_of("admin_penalty", date(2025, 5, 20), None, fine("500", penalty_basis=f"{word}法第一条"))
    assert (found.repairable_from, found.display_until) == (date(2026, 5, 20), date(2028, 5, 20))
    under_the_new = display_of("admin_penalty", date(2026, 5, 20), None, fine("50000", penalty_basis=f"{word}法"))
    assert under_the_new.repairable_from == date(2026, 8, 20)


def test_the_new_rule_has_three_classes() -> None:
    day = date(2026, 5, 20)
    minor = display_of("admin_penalty", day, None, fine("3000"))
    general = display_of("admin_penalty", day, None, fine("3000.01"))
    serious = display_of("admin_penalty", day, None, {"penalty_category": ["fine", "revoke_licence"]})
    assert (minor.severity, minor.repairable_from, minor.display_until) == (Severity.MINOR, day, date(2026, 8, 20))
    assert (general.severity, general.display_until) == (Severity.GENERAL, date(2027, 5, 20))
    assert serious.severity is Severity.SERIOUS
    assert (serious.repairable_from, serious.display_until) == (date(2027, 5, 20), date(2029, 5, 20))


def test_a_warning_alone_is_not_displayed_under_the_new_rule() -> None:
    day = date(2026, 5, 20)
    assert display_of("admin_penalty", day, None, {"penalty_category": ["warning"]}).display_until == day
    both = display_of("admin_penalty", day, None, {"penalty_category": ["warning", "fine"], "fine_amount": "900"})
    assert both.display_until == date(2026, 8, 20)


def test_a_fine_of_unknown_amount_is_general_and_a_million_is_serious() -> None:
    one = frozenset({"fine"})
    assert severity_of(one, None) is Severity.GENERAL
    assert severity_of(one, Decimal("999999.99")) is Severity.GENERAL
    assert severity_of(one, Decimal(1_000_000)) is Severity.SERIOUS


def test_fine_and_confiscation_are_taken_together() -> None:
    payload = {"penalty_category": ["fine", "confiscation"], "fine_amount": "600000", "confiscated_amount": "400000"}
    assert display_of("admin_penalty", date(2026, 5, 20), None, payload).severity is Severity.SERIOUS


def test_the_authority_may_end_the_display_earlier_but_never_later() -> None:
    day = date(2026, 5, 20)
    assert display_of("admin_penalty", day, date(2026, 9, 1), fine("20000")).display_until == date(2026, 9, 1)
    assert display_of("admin_penalty", day, date(2031, 1, 1), fine("20000")).display_until == date(2027, 5, 20)


def test_a_tax_penalty_is_a_fine() -> None:
    found = display_of("tax_penalty", date(2026, 5, 20), None, {"penalty_amount": "2000"})
    assert (found.severity, found.display_until) == (Severity.MINOR, date(2026, 8, 20))


def test_a_list_is_displayed_until_the_authority_takes_the_record_off() -> None:
    day = date(2026, 5, 20)
    on_it = display_of("abnormal_list", day, None, {})
    off_it = display_of("abnormal_list", day, date(2026, 7, 1), {})
    assert (on_it.repairable_from, on_it.display_until) == (day, None)
    assert off_it.display_until == date(2026, 7, 1)
    assert display_of("serious_violation_list", day, None, {}).repairable_from == date(2027, 5, 20)


def test_a_record_that_no_rule_knows_has_no_end() -> None:
    assert display_of("patent", date(2026, 5, 20), None, {}).rule_version is None
    assert display_of("admin_penalty", None, None, fine("20000")).display_until is None


def test_months_end_where_a_month_is_shorter() -> None:
    assert months_after(date(2025, 11, 30), 3) == date(2026, 2, 28)
    assert months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)
