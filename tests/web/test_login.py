"""Logging in and out as a person meets it."""

from datetime import datetime

from tests.web.conftest import Browser
from xinyidai.accounts.service import CreateUser, create_user
from xinyidai.core.actor import SYSTEM, Role
from xinyidai.core.db import ActorSession

PASSWORD = "correct horse battery"


def make_user(session: ActorSession, now: datetime) -> None:
    command = CreateUser(username="office", password=PASSWORD, display_name="王主任", role=Role.OFFICE_STAFF)
    create_user(session, SYSTEM, command, now)
    session.commit()


def test_home_and_login_speak_both_languages(browser: Browser) -> None:
    assert '<html lang="zh-CN">' in browser.page("/")
    browser.submit("/language", {"locale": "en", "next": "/login"})
    assert "Log in" in browser.page("/login")


def test_a_right_password_leads_to_where_the_reader_wanted_to_go(
    browser: Browser, session: ActorSession, now: datetime
) -> None:
    make_user(session, now)
    target = browser.submit("/login", {"username": "office", "password": PASSWORD, "next": "/products?page=2"})
    assert target == "/products?page=2"


def test_a_login_never_leads_to_another_site(browser: Browser, session: ActorSession, now: datetime) -> None:
    make_user(session, now)
    for bad in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert browser.submit("/login", {"username": "office", "password": PASSWORD, "next": bad}) == "/start"


def test_a_wrong_password_keeps_the_username_and_says_what_to_do(
    browser: Browser, session: ActorSession, now: datetime
) -> None:
    make_user(session, now)
    page = browser.submit("/login", {"username": "office", "password": "wrong"}, status=422)
    assert 'value="office"' in page
    assert "wrong" not in page


def test_five_wrong_passwords_lock_the_account(browser: Browser, session: ActorSession, now: datetime) -> None:
    make_user(session, now)
    for _attempt in range(5):
        browser.submit("/login", {"username": "office", "password": "wrong"}, status=422)
    page = browser.submit("/login", {"username": "office", "password": PASSWORD}, status=422)
    assert "15" in page


def test_a_form_without_its_token_changes_nothing(browser: Browser, session: ActorSession, now: datetime) -> None:
    make_user(session, now)
    answer = browser.post("/login", data={"username": "office", "password": PASSWORD}, follow_redirects=False)
    assert answer.status_code == 400
    assert "xyd_session" not in browser.cookies


def test_after_logging_out_the_old_cookie_opens_nothing(browser: Browser, session: ActorSession, now: datetime) -> None:
    make_user(session, now)
    browser.log_in("office", PASSWORD)
    token = browser.cookies["xyd_session"]
    browser.submit("/logout", {})
    browser.cookies.set("xyd_session", token, domain="testserver.local")
    assert browser.get("/start", follow_redirects=False).headers["location"].startswith("/login")


def test_an_unknown_address_gives_404_to_people_and_problem_json_to_machines(browser: Browser) -> None:
    browser.page("/nothing-here", status=404)
    answer = browser.get("/nothing-here", headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_every_answer_carries_the_safety_headers(browser: Browser) -> None:
    headers = browser.get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"]


def test_static_files_are_served_to_everybody_and_may_be_kept(browser: Browser) -> None:
    page = browser.page("/")
    address = page.split('rel="stylesheet" href="')[2].split('"')[0]
    answer = browser.get(address)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/css")
    assert "immutable" in answer.headers["cache-control"]
