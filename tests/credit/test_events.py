"""Dated records: what is kept of them, and what is refused."""

import json
from datetime import date
from typing import Any

from sqlalchemy import text

from tests.credit.conftest import Deliveries, reasons
from tests.factories import Factory
from xinyidai.core.working_days import PUBLISHED
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.intake.lateness import measure

PENALTY = {
    "CF_XDR_MC": "枣庄测试面条有限公司",
    "CF_XDR_LB": "法人及非法人组织",
    "CF_XDR_SHXYM": "",
    "CF_WSH": "枣市监处罚〔2026〕12号",
    "CF_WFXW": "标签违法",
    "CF_SY": "标签未标明生产日期",
    "CF_YJ": "食品安全法第一百二十五条",
    "CF_CFLB": "罚款;没收违法所得",
    "CF_NR": "罚款五千元",
    "CF_NR_FK": "0.5",
    "CF_JDRQ": "2026/03/02",
    "CF_YXQ": "2099/12/31",
    "CF_GSJZQ": "2027/03/02",
    "CF_CFJG": "枣庄市市场监督管理局",
    "CF_CFJGDM": "11370400004222222A",
    "CF_SJLY": "枣庄市市场监督管理局",
    "CF_SJLYDM": "11370400004222222A",
    "CF_FR_ZJHM": "11010519491231002X",
}


def events(deliveries: Deliveries) -> list[Any]:
    return list(
        deliveries.session.execute(
            text("select kind, key, decided_on, ends_on, document_no, payload, batch from credit_events order by key")
        )
    )


def penalty(usci: str | None, **changes: str) -> str:
    return json.dumps({**PENALTY, "CF_XDR_SHXYM": usci, **changes}, ensure_ascii=False)


def take(deliveries: Deliveries, *lines: str) -> Any:
    return deliveries.take(deliveries.raw("\n".join(lines).encode()), "admin_penalty", source_unit="市市场监督管理局")


def test_a_penalty_arrives_by_its_exchange_codes(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    result = take(deliveries, penalty(usci))
    assert reasons(result) == []
    [found] = events(deliveries)
    assert (found.kind, found.decided_on, found.ends_on) == ("admin_penalty", date(2026, 3, 2), date(2027, 3, 2))
    assert found.document_no == "枣市监处罚〔2026〕12号"
    payload = found.payload
    assert payload["fine_amount"] == "5000"
    assert payload["penalty_category"] == ["fine", "confiscation"]
    assert (payload["valid_to"], payload["long_term"]) == (None, ["valid_to"])


def test_identity_numbers_are_never_kept(deliveries: Deliveries, factory: Factory) -> None:
    take(deliveries, penalty(factory.enterprise().usci))
    assert "11010519491231002X" not in str(events(deliveries))


def test_wrong_values_of_a_record_are_named_all_at_once(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    result = take(deliveries, penalty(usci, CF_JDRQ="9999-09-09", CF_CFLB="警示", CF_NR_FK="-1", CF_WSH="无"))
    assert [(field, reason.split(":")[0]) for _line, field, reason in reasons(result)] == [
        ("CF_WSH", "this field is needed"),
        ("CF_CFLB", "not in the list of the catalogue"),
        ("CF_NR_FK", "less than 0, which cannot be"),
        ("CF_JDRQ", "a date that means “long term”, where the date of a fact belongs"),
    ]
    assert events(deliveries) == []


def test_a_correction_replaces_the_record_and_keeps_its_identity(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    ids = "select id from credit_events"
    first = take(deliveries, penalty(usci))
    before = deliveries.session.execute(text(ids)).scalars().all()
    second = take(deliveries, penalty(usci, CF_NR_FK="0.8"))
    [found] = events(deliveries)
    assert (found.payload["fine_amount"], found.batch) == ("8000", second.batch.number)
    assert deliveries.session.execute(text(ids)).scalars().all() == before
    assert (second.batch.values_changed, first.batch.values_new) == (1, 1)
    assert deliveries.count("credit_event_claims") == 1


def test_a_record_repeated_in_one_file_counts_once(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    result = take(deliveries, penalty(usci, CF_NR_FK="0.1"), penalty(usci, CF_NR_FK="0.2"))
    [found] = events(deliveries)
    assert found.payload["fine_amount"] == "2000"
    assert [(one.line, one.repeated) for one in result.rejects] == [(1, True)]


def test_a_court_names_debtors_by_their_organisation_code(deliveries: Deliveries, factory: Factory) -> None:
    usci = str(factory.enterprise().usci)
    code = f"{usci[8:16]}-{usci[16]}"
    titles = ("iname", "cardNum", "courtName", "regDate", "caseCode", "publishDate")
    rows = [("枣庄测试", code, "市中级人民法院", "2026年1月5日", "（2026）鲁04执1号", "2026-02-01")]
    result = deliveries.take(deliveries.file(rows, titles), "dishonest_debtor")
    assert reasons(result) == []
    [found] = events(deliveries)
    assert (found.key, found.decided_on) == ("（2026）鲁04执1号", date(2026, 2, 1))


def test_minus_one_is_an_unknown_amount_of_a_judgment(deliveries: Deliveries, factory: Factory) -> None:
    usci = factory.enterprise().usci
    titles = ("usci", "case_no", "court", "judged_on", "cause", "position", "amount")
    deliveries.take(deliveries.file([(usci, "1", "法院", "2026-01-01", "买卖合同", "被告", "-1")], titles), "judgment")
    [found] = events(deliveries)
    assert "amount" not in found.payload


def test_double_publicity_after_seven_working_days_is_late(deliveries: Deliveries, factory: Factory) -> None:
    """Received on Wednesday 18 March 2026: a decision of 9 March is in time, one of 6 March is a day late."""
    first, second = factory.enterprise().usci, factory.enterprise().usci
    assert take(deliveries, penalty(first, CF_JDRQ="2026-03-09")).batch.most_days_late == 0
    late = take(deliveries, penalty(second, CF_JDRQ="2026-03-06")).batch
    assert (late.late_lines, late.most_days_late) == (1, 1)


def test_any_department_may_deliver_and_must_say_which(deliveries: Deliveries, factory: Factory) -> None:
    result = take(deliveries, penalty(factory.enterprise().usci))
    assert result.batch.source_unit == "市市场监督管理局"


def test_a_farm_household_is_known_by_its_internal_code(deliveries: Deliveries, factory: Factory) -> None:
    """Fifteen characters, as many as an old registration number has."""
    household = factory.enterprise(usci=None, internal_code="NH370402-000005", subject_kind="farm_household")
    line = {"subject_code": household.internal_code, "operator_class": "large_grower", "stat_year": 2025}
    result = deliveries.take(deliveries.raw(json.dumps(line).encode()), "new_agri_operator")
    assert reasons(result) == []
    assert len(events(deliveries)) == 1


def test_a_code_that_looks_like_a_placeholder_is_a_code(deliveries: Deliveries, factory: Factory) -> None:
    commitment = {
        name: "甲" for name, one in catalogue().datasets["credit_commitment"].field_of.items() if one.required
    }
    commitment |= {
        "promisor_code": factory.enterprise().usci or "",
        "promisor_category": "legal_person",
        "commitment_type": "voluntary",
        "fulfilment_status": "none",
        "disclosure_scope": "public",
        "made_on": "2026-01-05",
        "valid_to": "2027-01-05",
        "status_determined_on": "2026-01-05",
    }
    path = deliveries.raw(json.dumps(commitment, ensure_ascii=False).encode())
    assert reasons(deliveries.take(path, "credit_commitment", source_unit="市行政审批服务局")) == []
    assert events(deliveries)[0].payload["fulfilment_status"] == "none"


def test_lateness_of_a_file_of_many_days_is_that_of_each_day(deliveries: Deliveries) -> None:
    licences, today = catalogue().datasets["admin_licence"], date(2026, 3, 18)
    days = [
        date(2025, 9, 1),
        date(2026, 2, 13),
        date(2026, 2, 14),
        date(2026, 3, 6),
        date(2026, 3, 9),
        date(2026, 3, 18),
    ]
    alone = [measure(licences, {day: 2}, today, PUBLISHED) for day in days]
    together = measure(licences, dict.fromkeys(days, 2), today, PUBLISHED)
    assert together.late_lines == sum(one.late_lines for one in alone)
    assert together.most_days_late == max(one.most_days_late or 0 for one in alone)
    assert [one.late_lines for one in alone] == [2, 2, 2, 2, 0, 0]
