"""Questions and answers about a lead: who reads them, who may write, and that the other side is told."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from tests.conftest import Sessions
from tests.factories import Factory, actor_of
from tests.lending_scene import LendingScene
from xinyidai.core.actor import Actor, Role
from xinyidai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from xinyidai.core.files import Paper, check_paper
from xinyidai.leads.service import RefuseLead, accept_lead, decline_lead
from xinyidai.leads.thread.models import LeadPost
from xinyidai.leads.thread.queries import POSTS_AT_ONCE, paper_of, thread, unread_posts
from xinyidai.leads.thread.service import WritePost, mark_thread_read, write_post
from xinyidai.leads.types import RefusalReason
from xinyidai.messages.models import Message

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


def write(scene: LendingScene, actor: Actor, text: str, *papers: Paper, minutes: int = 0) -> None:
    with scene.sessions.as_(actor) as session:
        at = scene.now + timedelta(minutes=minutes)
        write_post(session, actor, scene.leads[0].id, WritePost(text=text), papers, at)
        session.commit()


def test_a_question_and_its_answer_are_read_by_both_sides_and_by_nobody_else(scene: LendingScene) -> None:
    write(scene, scene.officers[0], "请问主要原料是什么？", check_paper("清单.pdf", PDF))
    write(scene, scene.member, "面粉。", minutes=5)
    for actor, mine in ((scene.member, True), (scene.officers[0], False)):
        with scene.sessions.as_(actor) as session:
            found = thread(session, scene.leads[0].id, for_enterprise=mine)
        assert [post.text for post in found.posts] == ["请问主要原料是什么？", "面粉。"]
        assert found.posts[0].author.startswith("测试用户")
        assert [paper.name for paper in found.posts[0].papers] == ["清单.pdf"]
    for outsider in (scene.officers[1], Actor(Role.OFFICE_STAFF), Actor(Role.GUEST)):
        with scene.sessions.as_(outsider) as session:
            assert session.exec(select(LeadPost)).all() == []
            with pytest.raises(NotFound):
                paper_of(session, scene.leads[0].id, found.posts[0].papers[0].id)  # type: ignore[arg-type]


def test_the_other_side_is_told_with_a_link_to_the_thread(scene: LendingScene) -> None:
    write(scene, scene.officers[0], "请问主要原料是什么？")
    write(scene, scene.member, "面粉。")
    for actor, place in ((scene.member, "enterprise"), (scene.officers[0], "institution")):
        with scene.sessions.as_(actor) as session:
            links = [one.link for one in session.exec(select(Message)).all() if "thread" in one.link]
        assert links == [f"/{place}/leads/{scene.leads[0].id}/thread"]


def test_contact_data_waits_until_the_lender_has_taken_the_lead(scene: LendingScene) -> None:
    with pytest.raises(InvalidInput) as refused:
        write(scene, scene.member, "请打 13812345678")
    assert set(refused.value.fields) == {"text"}
    with scene.sessions.as_(scene.officers[0]) as session:
        accept_lead(session, scene.officers[0], scene.leads[0].id, scene.now)
        session.commit()
    write(scene, scene.member, "请打 13812345678")


def test_neither_does_the_name_of_a_file_give_a_number_away(scene: LendingScene) -> None:
    with pytest.raises(InvalidInput) as refused:
        write(scene, scene.member, "见附件", check_paper("老板13812345678.pdf", PDF))
    assert set(refused.value.fields) == {"files"}


def test_a_double_click_sends_once_and_a_later_word_is_a_new_one(scene: LendingScene) -> None:
    paper = check_paper("执照.pdf", PDF)
    write(scene, scene.member, "附上。")
    write(scene, scene.member, "附上。")
    write(scene, scene.member, "附上。", paper)
    write(scene, scene.member, "附上。", paper)
    write(scene, scene.officers[0], "附上。")
    write(scene, scene.officers[0], "附上。", minutes=2)
    with scene.sessions.as_(scene.member) as session:
        posts = thread(session, scene.leads[0].id, for_enterprise=True).posts
    assert [(post.by_enterprise, len(post.papers)) for post in posts] == [(True, 0), (True, 1), (False, 0), (False, 0)]


def test_a_file_chosen_twice_is_kept_once(scene: LendingScene) -> None:
    write(scene, scene.member, "附上。", check_paper("执照.pdf", PDF), check_paper("执照 (1).pdf", PDF))
    with scene.sessions.as_(scene.member) as session:
        posts = thread(session, scene.leads[0].id, for_enterprise=True).posts
    assert [paper.name for paper in posts[0].papers] == ["执照.pdf"]


def test_a_closed_lead_is_read_only(scene: LendingScene) -> None:
    with scene.sessions.as_(scene.officers[0]) as session:
        command = RefuseLead(reason=RefusalReason.QUOTA_EXHAUSTED)
        decline_lead(session, scene.officers[0], scene.leads[0].id, command, scene.now)
        session.commit()
    with pytest.raises(Conflict):
        write(scene, scene.member, "为什么？")


def test_a_lender_cannot_write_into_anothers_thread_nor_the_office_into_any(scene: LendingScene) -> None:
    with pytest.raises(NotFound):
        write(scene, scene.officers[1], "?")
    with pytest.raises(Forbidden):
        write(scene, Actor(Role.OFFICE_STAFF), "?")


def test_a_long_thread_comes_in_parts_the_newest_first(scene: LendingScene) -> None:
    for at in range(POSTS_AT_ONCE + 2):
        write(scene, scene.member, f"{at}", minutes=at)
    with scene.sessions.as_(scene.member) as session:
        newest = thread(session, scene.leads[0].id, for_enterprise=True)
        older = thread(session, scene.leads[0].id, for_enterprise=True, page=2)
        nothing = thread(session, scene.leads[0].id, for_enterprise=True, page=9)
    assert [newest.posts[0].text, newest.posts[-1].text] == ["2", f"{POSTS_AT_ONCE + 1}"]
    assert [post.text for post in older.posts] == ["0", "1"]
    assert (newest.pages, older.pages, nothing.posts) == (2, 2, [])


def test_unread_posts_are_those_of_the_other_side_since_the_last_look(scene: LendingScene, factory: Factory) -> None:
    write(scene, scene.officers[0], "一")
    write(scene, scene.officers[0], "二", minutes=1)
    lead_id, user = scene.leads[0].id, scene.member_user.id
    with scene.sessions.as_(scene.member) as session:
        assert unread_posts(session, lead_id, user, for_enterprise=True) == 2
        mark_thread_read(session, scene.member, lead_id, scene.now)
        assert unread_posts(session, lead_id, user, for_enterprise=True) == 1
        session.commit()
    with scene.sessions.as_(scene.officers[0]) as session:
        assert thread(session, lead_id, for_enterprise=False).read_by_other == scene.now
        assert unread_posts(session, lead_id, scene.officer_users[0].id, for_enterprise=False) == 0
    colleague = actor_of(factory.officer_of(scene.banks[0]))
    with scene.sessions.as_(colleague) as session:
        assert len(thread(session, lead_id, for_enterprise=False).posts) == 2
