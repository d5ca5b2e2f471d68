"""One subject entered by hand, titles, and what lists show to whom."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of, some_id
from tests.registry_files import bad_check_character, code, legacy_code, row, write_csv
from xinyidai.audit.models import AuditEntry
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import Forbidden, InvalidInput, NotFound
from xinyidai.core.paging import ListRequest
from xinyidai.core.validation import parse
from xinyidai.enterprises.commands import RegisterEnterprise, SetLabels
from xinyidai.enterprises.models import Enterprise
from xinyidai.enterprises.queries import UNKNOWN, EnterpriseFilter, enterprise_facts, list_enterprises
from xinyidai.enterprises.registry_import import import_registry
from xinyidai.enterprises.service import register_enterprise, set_labels
from xinyidai.lending.of_enterprise import financing_history


def register(session: ActorSession, now: datetime, **data: object) -> Enterprise:
    given = {"name": "枣庄测试面条有限公司", "region_code": "370402", **data}
    return register_enterprise(session, SYSTEM, parse(RegisterEnterprise, given), now)


def names(session: ActorSession, search: str = "", **chosen: str) -> list[str]:
    return [one.name for one in list_enterprises(session, ListRequest(search=search), EnterpriseFilter(**chosen)).rows]


def test_farm_households_get_codes_of_their_district_one_after_the_other(session: ActorSession, now: datetime) -> None:
    made = [
        register(session, now, farm_household=True, name="张家农户", region_code=region)
        for region in ("370402", "370402", "370481")
    ]
    assert [one.internal_code for one in made] == ["NH370402-000001", "NH370402-000002", "NH370481-000001"]
    assert {(one.usci, one.subject_kind) for one in made} == {(None, "farm_household")}


@pytest.mark.parametrize("field", ["name", "legal_representative", "address", "usci"])
def test_an_identity_number_is_refused_wherever_it_stands(session: ActorSession, now: datetime, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        register(session, now, **{"farm_household": field != "usci", field: "110101199003070118"})
    assert "公民身份号码" in refused.value.fields[field] or "identity number" in refused.value.fields[field]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "usci"),
        ({"usci": bad_check_character(1)}, "usci"),
        ({"usci": legacy_code()}, "usci"),
        ({"usci": code(1), "farm_household": True}, "usci"),
        ({"usci": code(1), "region_code": "370000"}, "region_code"),
        ({"usci": code(1), "region_code": "999999"}, "region_code"),
        ({"usci": code(1), "industry_code": "Z99"}, "industry_code"),
        ({"usci": code(1), "registered_on": "2030-01-01"}, "registered_on"),
        ({"usci": code(1), "employees": "-1"}, "employees"),
        ({"usci": code(1), "name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    session: ActorSession, now: datetime, data: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        register(session, now, **data)
    assert list(refused.value.fields) == [field]


def test_a_code_that_is_taken_is_said_at_the_code(session: ActorSession, now: datetime) -> None:
    register(session, now, usci=code(1))
    with attempt(session) as outcome:
        register(session, now, usci=code(1))
    assert list(outcome.errors) == ["usci"]


def test_a_subject_entered_by_hand_is_like_one_from_a_file(
    session: ActorSession, now: datetime, tmp_path: Path
) -> None:
    made = register(
        session, now, usci=code(1), industry_code="1431", employees="30", revenue="800", registered_capital="101"
    )
    assert (made.industry_code, made.size_class, made.registered_capital) == ("C1431", "small", Decimal(101))
    import_registry(session, SYSTEM, write_csv(tmp_path / "a.csv", [row(1)]), now)
    session.expire_all()
    assert (made.name, made.employees, made.size_class) == ("枣庄测试面条1号有限公司", 30, "small")


def test_others_than_the_keepers_enter_nothing(session: ActorSession, now: datetime) -> None:
    command = parse(RegisterEnterprise, {"name": "某户", "region_code": "370402", "farm_household": True})
    for role in (Role.OFFICE_STAFF, Role.ENTERPRISE_MEMBER, Role.INSTITUTION_OFFICER):
        with pytest.raises(Forbidden):
            register_enterprise(session, Actor(role), command, now)
        with pytest.raises(Forbidden):
            set_labels(session, Actor(role), some_id(), SetLabels(), now)


def test_titles_are_exactly_what_was_set_and_the_change_is_on_record(
    session: ActorSession, factory: Factory, now: datetime
) -> None:
    enterprise = factory.enterprise(labels=["high_tech"])
    set_labels(session, SYSTEM, enterprise.id, parse(SetLabels, {"labels": ["tech_sme", "specialised_new"]}), now)
    assert enterprise.labels == ["specialised_new", "tech_sme"]
    entry = session.exec(select(AuditEntry).where(AuditEntry.action == "enterprise.labelled")).one()
    assert entry.detail == {"added": ["specialised_new", "tech_sme"], "removed": ["high_tech"]}


def test_names_are_found_by_a_part_by_code_and_by_pinyin(session: ActorSession, now: datetime) -> None:
    register(session, now, usci=code(1), name="枣庄鑫源食品有限公司")
    register(session, now, usci=code(2), name="枣庄银行（测试）ABC有限公司")
    for search in ("鑫源", "zzxy", "ZZXY", "xinyuan", "xin yuan", code(1)[3:], code(1).lower()):
        assert names(session, search) == ["枣庄鑫源食品有限公司"], search
    for search in ("银行(测试)", "yinhang", "abc"):
        assert names(session, search) == ["枣庄银行（测试）ABC有限公司"], search
    for search in ("%", "_", "没有"):
        assert names(session, search) == [], search


def test_each_condition_of_the_list_holds_and_unknown_can_be_asked_for(session: ActorSession, now: datetime) -> None:
    known = {"industry_code": "C1431", "employees": "30", "revenue": "800", "registration_status": "operating"}
    register(session, now, usci=code(1), name="甲公司", labels=["high_tech"], **known)
    register(session, now, farm_household=True, name="乙农户", region_code="370481")
    for chosen in (
        {"region": "370402"},
        {"section": "C"},
        {"size": "small"},
        {"kind": "enterprise"},
        {"label": "high_tech"},
        {"status": "operating"},
    ):
        assert names(session, **chosen) == ["甲公司"], chosen
    for chosen in ({"section": UNKNOWN}, {"size": UNKNOWN}, {"status": UNKNOWN}, {"kind": "farm_household"}):
        assert names(session, **chosen) == ["乙农户"], chosen


def test_the_list_is_in_the_order_of_pinyin_and_turns_its_pages(session: ActorSession, now: datetime) -> None:
    for number, name in enumerate(("重庆面条公司", "安徽面条公司", "博山面条公司"), 1):
        register(session, now, usci=code(number), name=name)
    first = list_enterprises(session, ListRequest(size=2), EnterpriseFilter())
    assert [one.name for one in first.rows] == ["安徽面条公司", "博山面条公司"]
    assert (first.total, first.pages) == (3, 2)
    assert names(session) == ["安徽面条公司", "博山面条公司", "重庆面条公司"]


def test_district_staff_see_their_district_and_nothing_else(
    session: ActorSession, factory: Factory, sessions: Sessions
) -> None:
    here, there = factory.enterprise(region_code="370481"), factory.enterprise(region_code="370402")
    staff = actor_of(factory.user(Role.OFFICE_STAFF, region="370481"))
    session.commit()
    with sessions.as_(staff) as office:
        assert names(office) == [here.name]
        with pytest.raises(NotFound):
            enterprise_facts(office, there.id)


def test_the_page_of_an_enterprise_says_what_its_size_still_needs(session: ActorSession, factory: Factory) -> None:
    by_known = {
        ("industry",): {"industry_code": None},
        ("employees", "revenue"): {"employees": None, "revenue": None},
        (): {},
    }
    for expected, fields in by_known.items():
        assert enterprise_facts(session, factory.enterprise(**fields).id).size_needs == expected


def test_the_history_of_an_enterprise_is_its_own(session: ActorSession, factory: Factory) -> None:
    mine, other = factory.enterprise(), factory.enterprise()
    version = factory.product(factory.institution())
    leads = [factory.lead(factory.need(one), version) for one in (mine, other)]
    factory.need(mine, status="draft", number=None, posted_at=None)
    history = financing_history(session, mine.id)
    assert ([one.id for one in history.leads], len(history.needs)) == ([leads[0].id], 1)
    assert (history.payouts, history.paid_total) == ([], 0)
