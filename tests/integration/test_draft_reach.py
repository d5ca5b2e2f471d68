"""A lender learns what its draft would have reached, and nothing of any enterprise or other institution."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from xinyidai.core.actor import Actor, Role
from xinyidai.core.db import ActorSession
from xinyidai.core.errors import Forbidden
from xinyidai.leads.draft_reach import DraftReach, reach_of_draft, told
from xinyidai.leads.ranking import rank_need
from xinyidai.needs.models import Need

NO_LIMIT = 10**12


def draft(*criteria: dict[str, Any], **terms: Any) -> dict[str, Any]:
    return {
        "id": "draft",
        "institution": "bank",
        "name": "",
        "amount": {"min": 0, "max": NO_LIMIT},
        "term": {"min": 0, "max": NO_LIMIT},
        "annual_rate": {"min": 0, "max": 100},
        "guarantees": ["credit"],
        "criteria": list(criteria),
        **terms,
    }


SMALL = {"fact": "size", "op": "in", "value": ["small"]}
TAX = {"fact": "tax_grade", "op": "in", "value": ["A"]}


class Market:
    """Five small firms with a need each and four large ones; the bank paid out two of them, others four."""

    def __init__(self, factory: Factory, session: ActorSession, now: datetime) -> None:
        self.bank, self.other = factory.institution(), factory.institution()
        own, others = factory.product(self.bank), factory.product(self.other)
        self.needs: list[Need] = []
        for number in range(9):
            need = factory.need(factory.enterprise(size_class="small" if number < 5 else "large"))
            rank_need(session, need.id, now)
            self.needs.append(need)
        paid = {"status": "funded", "accepted_at": now, "closed_at": now}
        for number in (0, 1):
            factory.lead(self.needs[number], own, **paid)
        for number in (2, 3, 4, 5):
            factory.lead(self.needs[number], others, **paid)
        self.manager = actor_of(factory.officer_of(self.bank, Role.INSTITUTION_MANAGER))
        session.commit()


@pytest.fixture
def market(factory: Factory, session: ActorSession, now: datetime) -> Market:
    return Market(factory, session, now)


def ask(sessions: Sessions, actor: Actor, now: datetime, record: dict[str, Any], **more: Any) -> DraftReach:
    with sessions.as_(actor) as session:
        return reach_of_draft(session, actor, record, now, **more)


def test_it_says_how_many_needs_were_reached_and_who_paid_out(
    market: Market, sessions: Sessions, now: datetime
) -> None:
    found = ask(sessions, market.manager, now, draft(SMALL))
    assert (found.needs, found.reach, found.funded_here, found.funded_elsewhere) == (9, 5, 2, 3)
    assert (found.conditions[-1].before, found.conditions[-1].after, found.conditions[-1].without) == (9, 5, 4)


def test_a_count_below_three_is_not_told(market: Market, sessions: Sessions, now: datetime) -> None:
    nobody = ask(sessions, market.manager, now, draft({"fact": "size", "op": "in", "value": ["micro"]}))
    assert (nobody.reach, nobody.funded_elsewhere) == (None, None)
    large = ask(sessions, market.manager, now, draft({"fact": "size", "op": "in", "value": ["large"]}))
    assert (large.reach, large.funded_here, large.funded_elsewhere) == (4, 0, None)
    assert [told(count) for count in (0, 1, 2, 3)] == [None, None, None, 3]


def test_what_is_not_known_counts_as_reached_and_is_said(market: Market, sessions: Sessions, now: datetime) -> None:
    found = ask(sessions, market.manager, now, draft(TAX))
    assert (found.reach, found.uncertain, found.conditions[-1].unknown) == (9, 9, 9)


def test_terms_left_open_are_no_conditions(market: Market, sessions: Sessions, now: datetime) -> None:
    unstated = frozenset({"amount", "term", "max_rate", "guarantees"})
    assert ask(sessions, market.manager, now, draft(), unstated=unstated).conditions == []
    assert len(ask(sessions, market.manager, now, draft()).conditions) == 4


def test_the_session_is_the_lenders_own_again_afterwards(market: Market, sessions: Sessions, now: datetime) -> None:
    with sessions.as_(market.manager) as session:
        reach_of_draft(session, market.manager, draft(), now)
        assert session.actor == market.manager
        seen = {str(need.id) for need in market.needs if session.get(Need, need.id) is not None}
    # Its own two leads; the needs that other lenders serve stay hidden.
    assert len(seen) <= 2


def test_only_lenders_may_ask(market: Market, sessions: Sessions, factory: Factory, now: datetime) -> None:
    for role in (Role.ENTERPRISE_MEMBER, Role.OFFICE_STAFF, Role.SOURCE_CLERK):
        with pytest.raises(Forbidden):
            ask(sessions, Actor(role), now, draft())


def test_a_need_that_comes_later_is_counted_at_once(
    market: Market, sessions: Sessions, session: ActorSession, factory: Factory, now: datetime
) -> None:
    assert ask(sessions, market.manager, now, draft()).needs == 9
    need = factory.need(factory.enterprise())
    rank_need(session, need.id, now)
    session.commit()
    assert ask(sessions, market.manager, now, draft()).needs == 10
    assert ask(sessions, market.manager, now + timedelta(days=366), draft()).needs == 0


def test_test_institutions_pay_out_nothing(
    market: Market, sessions: Sessions, session: ActorSession, now: datetime
) -> None:
    market.other.is_test = True
    session.add(market.other)
    session.commit()
    later = now + timedelta(days=1)  # another day, another table
    assert ask(sessions, market.manager, later, draft()).funded_elsewhere is None


_CRITERIA = st.lists(
    st.sampled_from(
        [
            SMALL,
            TAX,
            {"fact": "months_in_business", "op": ">=", "value": 24},
            {"fact": "employees", "op": "<=", "value": 10},
            {"fact": "region", "op": "prefix_in", "value": ["3704"]},
        ]
    ),
    unique_by=str,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(criteria=_CRITERIA)
def test_a_further_condition_never_adds_reach(
    market: Market, sessions: Sessions, now: datetime, criteria: list[dict[str, Any]]
) -> None:
    found = ask(sessions, market.manager, now, draft(*criteria))
    steps = [found.needs, *(one.after or 0 for one in found.conditions)]
    assert steps == sorted(steps, reverse=True)
    assert (found.reach or 0) == steps[-1]
