"""From a draft in steps to a posted need, and what is refused on the way."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from xinyidai.core.actor import SYSTEM, Actor
from xinyidai.core.db import ActorSession, attempt
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.validation import parse
from xinyidai.needs.commands import ApplicantStep, DraftStep, MoneyStep, PostDraft, PostNeed, SecurityStep
from xinyidai.needs.models import Need, NeedEvent
from xinyidai.needs.service import discard_draft, post_need, post_whole_need, save_step, start_draft

MONEY = {"amount_wan": "80", "term_months": "12", "purpose": "working_capital", "purpose_note": "面粉和纸箱"}
SECURITY = {
    "guarantees": ["guarantee"],
    "max_rate": "5",
    "has_existing_loans": "true",
    "existing_loan_wan": "12.5",
}
APPLICANT = {"applicant_role": "legal_rep", "contact_name": "王小明", "contact_phone": "138 0000 0000"}
WHOLE = {
    "amount": "800000",
    "term_months": "12",
    "purpose": "working_capital",
    "guarantees": ["credit"],
    "has_existing_loans": "false",
    **APPLICANT,
    "truth_stated": "true",
}
STATED = PostDraft(truth_stated=True)


class Firm:
    """One enterprise and its member, with a session of their own."""

    def __init__(self, factory: Factory, sessions: Sessions, **fields: Any) -> None:
        self.enterprise = factory.enterprise(**fields)
        self.actor: Actor = actor_of(factory.member_of(self.enterprise))
        factory.session.commit()
        self.session: ActorSession = sessions.as_(self.actor)

    def draft(self, now: datetime, *steps: DraftStep) -> Need:
        need = start_draft(self.session, self.actor, now)
        for step in steps or (
            parse(MoneyStep, MONEY),
            parse(SecurityStep, SECURITY),
            parse(ApplicantStep, APPLICANT),
        ):
            save_step(self.session, self.actor, need.id, step, now)
        return need

    def post(self, now: datetime) -> Need:
        return post_need(self.session, self.actor, self.draft(now).id, STATED, now)


@pytest.fixture
def firm(factory: Factory, sessions: Sessions) -> Firm:
    return Firm(factory, sessions)


def jobs(session: ActorSession) -> list[dict[str, str]]:
    return list(session.execute(text("select payload from outbox_jobs where name = 'needs.rank'")).scalars())


def test_a_draft_is_taken_up_again_where_it_was_left(firm: Firm, now: datetime) -> None:
    need = firm.draft(now, parse(MoneyStep, MONEY), parse(SecurityStep, SECURITY))
    again = start_draft(firm.session, firm.actor, now + timedelta(days=3))
    assert (again.id, again.draft_step, again.amount) == (need.id, 3, Decimal(800_000))


@pytest.mark.parametrize("said", ["面粉款，电话 138 1234 5678", "加微信 noodle_88"])
def test_ones_own_words_to_all_lenders_hold_no_contact_data(said: str) -> None:
    for command, values in ((MoneyStep, MONEY), (PostNeed, WHOLE)):
        with pytest.raises(InvalidInput) as refused:
            parse(command, {**values, "purpose_note": said})
        assert set(refused.value.fields) == {"purpose_note"}


def test_drafts_can_be_started_any_number_of_times_over_one_connection(
    factory: Factory, sessions: Sessions, now: datetime
) -> None:
    """The driver prepares a statement after a few runs, and the database plans it in general after a few more."""
    for _again in range(15):
        another = Firm(factory, sessions)
        start_draft(another.session, another.actor, now)
        another.session.commit()
        another.session.close()


def test_a_step_can_be_left_half_filled_but_not_passed(firm: Firm, now: datetime) -> None:
    need = start_draft(firm.session, firm.actor, now)
    half = parse(MoneyStep, {"amount_wan": "80"})
    save_step(firm.session, firm.actor, need.id, half, now, complete=False)
    with pytest.raises(InvalidInput) as refused:
        save_step(firm.session, firm.actor, need.id, half, now)
    assert set(refused.value.fields) == {"term_months", "purpose"}


def test_posting_commits_the_need_and_its_ranking_job_together(
    firm: Firm, session: ActorSession, now: datetime
) -> None:
    need = firm.post(now)
    firm.session.commit()
    stored = session.exec(select(Need).where(Need.id == need.id)).one()
    assert stored.status == "published"
    assert str(stored.number).startswith("XQ20260318-")
    assert len(str(stored.number)) == 17
    assert (stored.region_code, stored.truth_stated_at, stored.posted_at) == ("370402", now, now)
    assert (stored.existing_loan_balance, stored.max_rate) == (Decimal(125_000), Decimal(5))
    assert jobs(session) == [{"need_id": str(need.id), "reason": "posted"}]
    assert session.exec(select(NeedEvent.to_status).where(NeedEvent.need_id == need.id)).all() == ["published"]


def test_a_posting_that_is_rolled_back_leaves_neither_need_nor_job(
    firm: Firm, session: ActorSession, now: datetime
) -> None:
    firm.post(now)
    firm.session.rollback()
    assert session.exec(select(Need)).all() == []
    assert jobs(session) == []


def test_what_is_missing_anywhere_is_refused_at_its_field_when_posting(firm: Firm, now: datetime) -> None:
    need = firm.draft(now, parse(MoneyStep, MONEY))
    with pytest.raises(InvalidInput) as refused:
        post_need(firm.session, firm.actor, need.id, STATED, now)
    assert set(refused.value.fields) == {
        "guarantees",
        "has_existing_loans",
        "applicant_role",
        "contact_name",
        "contact_phone",
    }


def test_nobody_posts_without_stating_the_truth() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(PostDraft, {})
    assert "truth_stated" in refused.value.fields


def test_a_need_is_posted_once_however_often_the_button_is_pressed(
    firm: Firm, session: ActorSession, now: datetime
) -> None:
    need = firm.post(now)
    with pytest.raises(Conflict):
        post_need(firm.session, firm.actor, need.id, STATED, now)
    firm.session.commit()
    assert len(jobs(session)) == 1


def test_a_page_older_than_the_draft_cannot_post_it(firm: Firm, now: datetime) -> None:
    need = firm.draft(now)
    shown = PostDraft(truth_stated=True, seen=need.updated_at.isoformat())
    other = parse(MoneyStep, {**MONEY, "amount_wan": "500"})
    save_step(firm.session, firm.actor, need.id, other, now + timedelta(minutes=1))
    with pytest.raises(InvalidInput) as refused:
        post_need(firm.session, firm.actor, need.id, shown, now + timedelta(minutes=2))
    assert list(refused.value.fields) == [""]


def test_a_similar_open_need_is_a_warning_that_can_be_passed(firm: Firm, now: datetime) -> None:
    firm.post(now)
    second = firm.draft(now, parse(MoneyStep, {**MONEY, "amount_wan": "90"}), parse(SecurityStep, SECURITY))
    save_step(firm.session, firm.actor, second.id, parse(ApplicantStep, APPLICANT), now)
    with attempt(firm.session) as outcome:
        post_need(firm.session, firm.actor, second.id, STATED, now)
    assert list(outcome.errors) == ["post_anyway"]
    insist = PostDraft(truth_stated=True, post_anyway=True)
    assert post_need(firm.session, firm.actor, second.id, insist, now).status == "published"


@pytest.mark.parametrize("change", [{"purpose": "fixed_assets"}, {"amount_wan": "300"}])
def test_another_purpose_or_another_amount_is_another_need(firm: Firm, now: datetime, change: dict[str, str]) -> None:
    firm.post(now)
    need = firm.draft(
        now, parse(MoneyStep, {**MONEY, **change}), parse(SecurityStep, SECURITY), parse(ApplicantStep, APPLICANT)
    )
    assert post_need(firm.session, firm.actor, need.id, STATED, now).status == "published"


def test_a_discarded_draft_is_gone_and_a_posted_need_cannot_be_discarded(
    firm: Firm, session: ActorSession, now: datetime
) -> None:
    draft = firm.draft(now)
    discard_draft(firm.session, firm.actor, draft.id, now)
    with pytest.raises(NotFound):
        discard_draft(firm.session, firm.actor, draft.id, now)
    posted = firm.post(now)
    with pytest.raises(Conflict):
        discard_draft(firm.session, firm.actor, posted.id, now)
    firm.session.commit()
    assert session.exec(select(Need.id)).all() == [posted.id]


def test_another_enterprises_draft_is_as_if_it_did_not_exist(
    firm: Firm, factory: Factory, sessions: Sessions, now: datetime
) -> None:
    need = firm.draft(now)
    firm.session.commit()
    stranger = Firm(factory, sessions)
    with pytest.raises(NotFound):
        save_step(stranger.session, stranger.actor, need.id, parse(MoneyStep, MONEY), now)
    with pytest.raises(NotFound):
        post_need(stranger.session, stranger.actor, need.id, STATED, now)


def test_only_members_of_an_enterprise_post(session: ActorSession, now: datetime) -> None:
    with pytest.raises(Forbidden):
        start_draft(session, SYSTEM, now)
    with pytest.raises(Forbidden):
        post_whole_need(session, SYSTEM, parse(PostNeed, WHOLE), now)


@pytest.mark.parametrize(
    "fields",
    [
        {"subject_kind": "farm_household", "usci": None, "internal_code": "H-1", "name": "李家农户"},
        {"subject_kind": "self_employed", "name": "小王面馆"},
        {"registration_status": None},
    ],
)
def test_households_small_businesses_and_the_unknown_can_post_too(
    factory: Factory, sessions: Sessions, now: datetime, fields: dict[str, Any]
) -> None:
    assert Firm(factory, sessions, **fields).post(now).status == "published"


def test_a_business_that_the_registry_has_closed_cannot_post(
    factory: Factory, sessions: Sessions, now: datetime
) -> None:
    gone = Firm(factory, sessions, registration_status="cancelled")
    with pytest.raises(InvalidInput):
        gone.post(now)


def test_a_whole_need_is_posted_beside_a_draft(firm: Firm, session: ActorSession, now: datetime) -> None:
    draft = firm.draft(now, parse(MoneyStep, MONEY))
    need = post_whole_need(firm.session, firm.actor, parse(PostNeed, WHOLE), now)
    firm.session.commit()
    assert isinstance(need.id, UUID)
    assert {row.id: row.status for row in session.exec(select(Need))} == {draft.id: "draft", need.id: "published"}
    assert jobs(session) == [{"need_id": str(need.id), "reason": "posted"}]


def test_a_whole_need_is_held_to_the_same_rules(firm: Firm, now: datetime) -> None:
    post_whole_need(firm.session, firm.actor, parse(PostNeed, WHOLE), now)
    with pytest.raises(InvalidInput) as similar:
        post_whole_need(firm.session, firm.actor, parse(PostNeed, WHOLE), now)
    assert list(similar.value.fields) == ["post_anyway"]
    with pytest.raises(InvalidInput) as unexplained:
        post_whole_need(firm.session, firm.actor, parse(PostNeed, {**WHOLE, "purpose": "other"}), now)
    assert list(unexplained.value.fields) == ["purpose_note"]
    assert post_whole_need(firm.session, firm.actor, parse(PostNeed, {**WHOLE, "allow_similar": "1"}), now).number


@pytest.mark.parametrize(
    ("step", "typed", "field"),
    [
        (MoneyStep, {"amount_wan": "a lot"}, "amount_wan"),
        (MoneyStep, {"amount_wan": "0.05"}, "amount_wan"),
        (MoneyStep, {"amount_wan": "-3"}, "amount_wan"),
        (MoneyStep, {"amount_wan": "NaN"}, "amount_wan"),
        (MoneyStep, {"amount_wan": "1,5"}, "amount_wan"),
        (MoneyStep, {"amount_wan": "1e99"}, "amount_wan"),
        (MoneyStep, {"term_months": "12.5"}, "term_months"),
        (MoneyStep, {"term_months": "361"}, "term_months"),
        (MoneyStep, {"purpose": "gambling"}, "purpose"),
        (SecurityStep, {"max_rate": "37"}, "max_rate"),
        (SecurityStep, {"guarantees": ["my word"]}, "guarantees"),
        (SecurityStep, {"has_existing_loans": "perhaps"}, "has_existing_loans"),
        (ApplicantStep, {"applicant_role": "broker"}, "applicant_role"),
        (ApplicantStep, {"contact_phone": "call me"}, "contact_phone"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(step: type[DraftStep], typed: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(step, typed)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(("typed", "yuan"), [("８０", 800_000), ("1,200", 12_000_000), (" 80.55 ", 805_500)])
def test_amounts_are_read_as_people_type_them(typed: str, yuan: int) -> None:
    assert parse(MoneyStep, {"amount_wan": typed}).changes()["amount"] == Decimal(yuan)


def test_without_existing_loans_there_is_no_balance() -> None:
    step = parse(SecurityStep, {"has_existing_loans": "false", "existing_loan_wan": "30"})
    assert step.changes()["existing_loan_balance"] is None
