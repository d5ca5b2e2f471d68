"""The page of answers by table, over HTTP."""

import io
from datetime import datetime

import pytest
from openpyxl import load_workbook

from tests.conftest import Sessions
from tests.factories import PASSWORD, Factory
from tests.lending_scene import LendingScene
from tests.web.conftest import Browser


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


def test_an_officer_takes_the_workbook_home_fills_it_in_and_brings_it_back(
    browser: Browser, scene: LendingScene
) -> None:
    browser.log_in(scene.officer_users[0].username, PASSWORD)
    assert "还没有上传过表格" in browser.page("/institution/exchange")
    book = load_workbook(io.BytesIO(browser.get("/institution/exchange/leads/xlsx").content))
    sheet = book.active
    assert sheet is not None
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(2, heads.index("答复（受理、婉拒或拒绝授信）") + 1).value = "受理"
    kept = io.BytesIO()
    book.save(kept)
    for trial, word, status in (("true", "试运行", "sent"), ("", "没有未接受的行", "accepted")):
        answer = browser.post(
            "/institution/exchange",
            data={"_csrf_token": browser.cookies["xyd_csrf"], "trial": trial},
            files={"file": ("leads.xlsx", kept.getvalue())},
            follow_redirects=False,
        )
        assert answer.status_code == 303, answer.text
        assert word in browser.page(answer.headers["location"])
        assert scene.state()["leads"][0] == status
    assert "leads.xlsx" in browser.page("/institution/exchange")


def test_bringing_back_nothing_is_answered_at_the_field(browser: Browser, scene: LendingScene) -> None:
    browser.log_in(scene.officer_users[0].username, PASSWORD)
    browser.page("/institution/exchange")
    answer = browser.post(
        "/institution/exchange",
        data={"_csrf_token": browser.cookies["xyd_csrf"]},
        files={"file": ("", b"")},
    )
    assert answer.status_code == 422
    assert "请选择文件" in answer.text
