"""The thread of a lead over HTTP: both sides, a paper, and what is refused."""

from datetime import datetime

import pytest

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.lending_scene import LendingScene
from tests.web.conftest import Browser
from xinyidai.web.threads import BODY_LIMIT

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


def send(browser: Browser, path: str, text: str, *files: tuple[str, bytes]) -> int:
    answer = browser.post(
        path,
        data={"_csrf_token": browser.cookies["xyd_csrf"], "text": text},
        files=[("files", file) for file in files] or [("files", ("", b""))],
        follow_redirects=False,
    )
    return answer.status_code


def test_an_officer_asks_and_the_owner_answers_with_a_paper(
    browser: Browser, another_browser: Browser, scene: LendingScene
) -> None:
    lead = scene.leads[0].id
    theirs, ours = f"/institution/leads/{lead}/thread", f"/enterprise/leads/{lead}/thread"
    browser.log_in(scene.officer_users[0].username, PASSWORD)
    assert "还没有留言" in browser.page(theirs)
    assert theirs in browser.page(f"/institution/leads/{lead}")
    assert send(browser, theirs, "请提交营业执照。") == 303
    another_browser.log_in(scene.member_user.username, PASSWORD)
    assert ">1" in another_browser.get(ours + "/unread").text.replace(" ", "").replace("</span>", ">")
    assert ours in another_browser.page(f"/enterprise/needs/{scene.need.id}")
    assert "请提交营业执照。" in another_browser.page(ours)
    assert send(another_browser, ours, "附上。", ("执照.pdf", PDF), ("照片.png", b"not a picture")) == 422
    assert send(another_browser, ours, "附上。", ("执照.pdf", PDF)) == 303
    page = browser.page(theirs)
    assert "执照.pdf" in page
    assert "对方已读" in page
    answer = browser.get(theirs + "/files/" + page.split("/thread/files/")[1].split('"')[0])
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-disposition"].startswith("attachment")


def test_a_refused_file_is_named_and_too_much_at_once_is_said(browser: Browser, scene: LendingScene) -> None:
    ours = f"/enterprise/leads/{scene.leads[0].id}/thread"
    browser.log_in(scene.member_user.username, PASSWORD)
    form = {"_csrf_token": browser.cookies["xyd_csrf"], "text": "附上。"}
    wrong = [("files", ("执照.pdf", PDF)), ("files", ("照片.png", b"not a picture"))]
    answer = browser.post(ours, data=form, files=wrong)
    assert answer.status_code == 422
    assert "照片.png" in answer.text
    assert "请重新选择" in answer.text[answer.text.index("help-files") :]
    answer = browser.post(ours, data=form, files=[("files", ("大.pdf", PDF + b"0" * BODY_LIMIT))])
    assert answer.status_code == 413
    assert "过大" in answer.text
    assert "登录会话" not in answer.text


def test_a_stranger_finds_no_thread(browser: Browser, scene: LendingScene) -> None:
    browser.log_in(scene.officer_users[1].username, PASSWORD)
    assert browser.get(f"/institution/leads/{scene.leads[0].id}/thread").status_code == 404
    assert send(browser, f"/institution/leads/{scene.leads[0].id}/thread", "?") == 404
