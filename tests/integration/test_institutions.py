"""Admitting lenders."""

from datetime import datetime

import pytest
from sqlmodel import select

from tests.factories import Factory, actor_of
from xinyidai.audit.models import AuditEntry
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import Forbidden, InvalidInput
from xinyidai.core.usci import synthetic
from xinyidai.core.validation import parse
from xinyidai.institutions.queries import active_institutions
from xinyidai.institutions.service import RegisterInstitution, register_institution


def command(**fields: object) -> RegisterInstitution:
    given = {"code": "ZZYH", "name": "枣庄测试银行", "kind": "city_bank", "region_code": "370402"}
    return parse(RegisterInstitution, {**given, **fields})


def test_a_new_institution_stands_in_the_list_by_pinyin(session: ActorSession, now: datetime) -> None:
    for code, name in (("B", "重庆测试银行"), ("A", "枣庄测试银行"), ("C", "安丘测试银行")):
        register_institution(session, SYSTEM, command(code=code + "1", name=name), now)
    assert [one.name[:2] for one in active_institutions(session)] == ["安丘", "重庆", "枣庄"]
    assert set(session.exec(select(AuditEntry.action))) == {"institution.registered"}


@pytest.mark.parametrize("field", ["code", "name", "usci"])
def test_what_is_taken_is_refused_at_its_field(session: ActorSession, now: datetime, field: str) -> None:
    first = {"code": "ONE", "name": "一号银行", "usci": synthetic("370402", 1)}
    second = {"code": "TWO", "name": "二号银行", "usci": synthetic("370402", 2)}
    register_institution(session, SYSTEM, command(**first), now)
    with attempt(session) as outcome:
        register_institution(session, SYSTEM, command(**{**second, field: first[field]}), now)
    assert list(outcome.errors) == [field]
    assert [one.code for one in active_institutions(session)] == ["ONE"]


@pytest.mark.parametrize(
    ("field", "value"), [("code", "有字"), ("usci", "913704000000000000"), ("region_code", "3704"), ("kind", "shop")]
)
def test_a_wrong_value_is_refused_at_its_field(field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        command(**{field: value})
    assert list(refused.value.fields) == [field]


def test_only_the_platform_and_administrators_admit_lenders(
    factory: Factory, session: ActorSession, now: datetime
) -> None:
    manager = actor_of(factory.officer_of(factory.institution(), Role.INSTITUTION_MANAGER))
    with pytest.raises(Forbidden):
        register_institution(session, manager, command(), now)
