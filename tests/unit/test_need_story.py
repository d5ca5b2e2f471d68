"""Who acts next, where the need stands, and how its course is told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from matching import COMPONENTS, weights_versions
from xinyidai.core.i18n import use_locale
from xinyidai.leads.components import contributions_in_words
from xinyidai.leads.need_story import (
    Happening,
    LeadState,
    NextStep,
    StoryEvent,
    Who,
    next_step,
    stages,
    story,
)
from xinyidai.leads.openings import opening_in_words
from xinyidai.leads.types import LeadStatus
from xinyidai.needs.types import NeedStatus

S, N = LeadStatus, NeedStatus
NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
DUE = date(2026, 3, 23)


def lead(status: LeadStatus, institution: str = "农商银行", respond_by: date = DUE) -> LeadState:
    return LeadState(status, institution, respond_by)


@pytest.mark.parametrize(
    ("status", "open_products", "leads", "who"),
    [
        (N.DRAFT, None, [], Who.YOU),
        (N.PUBLISHED, None, [], Who.PLATFORM),
        (N.PUBLISHED, 7, [], Who.YOU),
        (N.PUBLISHED, 0, [], Who.YOU),
        (N.PUBLISHED, 7, [lead(S.SENT)], Who.LENDER),
        (N.IN_CONTACT, 7, [lead(S.ACCEPTED), lead(S.SENT)], Who.LENDER),
        (N.IN_CONTACT, 7, [lead(S.ACCEPTED), lead(S.OFFERED)], Who.YOU),
        (N.IN_CONTACT, 7, [lead(S.OFFER_ACCEPTED), lead(S.SENT)], Who.LENDER),
        (N.DECLINED, 7, [lead(S.DECLINED), lead(S.EXPIRED)], Who.YOU),
        (N.DISBURSED, 7, [lead(S.DISBURSING)], Who.LENDER),
        (N.DISBURSED, 7, [lead(S.FUNDED)], Who.NOBODY),
        (N.WITHDRAWN, 7, [lead(S.WITHDRAWN)], Who.NOBODY),
        (N.EXPIRED, None, [], Who.NOBODY),
    ],
)
def test_it_is_always_clear_who_acts_next(
    status: NeedStatus, open_products: int | None, leads: list[LeadState], who: Who
) -> None:
    assert next_step(status, open_products, leads).who is who


def test_a_waiting_need_names_its_lenders_and_the_first_of_their_days() -> None:
    waiting = [lead(S.SENT, "甲银行", DUE + timedelta(days=2)), lead(S.SENT, "乙银行"), lead(S.DECLINED, "丙银行")]
    step = next_step(N.PUBLISHED, 3, waiting)
    assert step.due == DUE
    assert "甲银行、乙银行" in step.text
    assert "丙银行" not in step.text


@pytest.mark.parametrize(
    ("status", "leads", "states"),
    [
        (N.PUBLISHED, [], "done current todo todo todo"),
        (N.PUBLISHED, [S.SENT], "done done current todo todo"),
        (N.IN_CONTACT, [S.OFFERED, S.DECLINED], "done done done current todo"),
        (N.CREDITED, [S.CREDIT_APPROVED], "done done done done current"),
        (N.DISBURSED, [S.FUNDED], "done done done done done"),
        (N.WITHDRAWN, [S.WITHDRAWN], "done done todo todo todo"),
    ],
)
def test_the_stations_show_how_far_a_need_has_come(status: NeedStatus, leads: list[LeadStatus], states: str) -> None:
    assert " ".join(step.state for step in stages(status, leads)) == states


def happening(after: LeadStatus, minutes: int, before: LeadStatus | None = None, reason: str = "") -> Happening:
    return Happening(NOW + timedelta(minutes=minutes), "农商银行", "面条贷", before, after, reason=reason)


def test_the_course_is_told_in_order_and_ends_with_what_is_to_be_done() -> None:
    ranking = StoryEvent("ranked", "done", NOW + timedelta(minutes=1))
    upcoming = NextStep(Who.LENDER, "wait", DUE)
    told = story(
        N.PUBLISHED, NOW, None, ranking, [happening(S.DECLINED, 9, S.SENT, "too_young"), happening(S.SENT, 5)], upcoming
    )
    assert [event.state for event in told] == ["done", "done", "done", "failed", "current"]
    assert told[1].title == "ranked"
    assert "经营" in told[3].text
    assert (told[4].title, told[4].due) == ("wait", DUE)


def test_a_closed_need_has_an_end_and_nothing_to_do() -> None:
    nobody = NextStep(Who.NOBODY, "")
    told = story(N.WITHDRAWN, NOW, NOW + timedelta(days=1), None, [happening(S.SENT, 5)], nobody)
    assert [event.state for event in told] == ["done", "done", "done"]
    assert told[-1].at == NOW + timedelta(days=1)


def test_a_step_back_is_told_as_one() -> None:
    with use_locale("en"):
        told = story(
            N.CREDITED, NOW, None, None, [happening(S.CREDIT_APPROVED, 9, S.FUNDED)], NextStep(Who.LENDER, "x")
        )
    assert "reversed a payout" in told[1].title


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        ({"fact": "amount", "op": "between", "value": [100_000, 600_000], "actual": 800_000}, "up to CNY 600,000"),
        ({"fact": "amount", "op": "between", "value": [100_000, 600_000], "actual": 50_000}, "from CNY 100,000 on"),
        ({"fact": "term", "op": "between", "value": [3, 12], "actual": 24}, "up to 12 months"),
        ({"fact": "max_rate", "op": ">=", "value": 4.2, "actual": 4}, "accepted 4.2%"),
        ({"fact": "guarantees", "op": "any_of", "value": ["mortgage"], "actual": ["pledge"]}, "offer one of these"),
        ({"fact": "months_in_business", "op": ">=", "value": 24, "actual": 14}, "in 10 months"),
        ({"fact": "region", "op": "prefix_in", "value": ["3701"], "actual": "370402"}, ""),
    ],
)
def test_what_would_meet_a_condition_is_said_where_one_can_act_or_wait(failed: dict[str, object], said: str) -> None:
    with use_locale("en"):
        text = opening_in_words(failed)
    assert said in text
    assert bool(text) == bool(said)


@pytest.mark.parametrize("version", weights_versions())
def test_every_weight_says_why_in_both_languages_and_together_they_make_a_hundred(version: str) -> None:
    points = dict.fromkeys(COMPONENTS, 1.0)
    with use_locale("en"):
        english = contributions_in_words(points, ["record"], version)
    with use_locale("zh_CN"):
        chinese = contributions_in_words(points, ["record"], version)
    assert sum(part.maximum for part in english) == pytest.approx(100)
    assert [bool(part.note) for part in english] == [name == "record" for name in COMPONENTS]
    for one, other in zip(english, chinese, strict=True):
        assert one.why.isascii()
        assert not other.why.isascii()
        assert not other.label.isascii()
