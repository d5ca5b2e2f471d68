"""An address that does not exist is answered like every other page."""

from datetime import datetime

import pytest

from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser


@pytest.mark.parametrize("path", ["/nothing-here", "/enterprise/needs/nothing/here", "/enterprise/nothing"])
def test_whoever_is_logged_in_keeps_menu_and_language(browser: Browser, factory: Factory, path: str) -> None:
    member = factory.member_of(factory.enterprise())
    factory.session.commit()
    browser.log_in(member.username, PASSWORD)
    browser.submit("/language", {"locale": "en", "next": "/"})
    page = browser.page(path, status=404)
    assert "This page was not found" in page
    assert '<html lang="en">' in page
    assert f"You are logged in as {member.display_name}" in page
    assert "/enterprise/credit" in page
    assert f'value="{path}"' in page  # where the change of language leads back to


def test_a_guest_is_offered_the_login(browser: Browser, now: datetime) -> None:
    assert "/login?next=%2Fnothing-here" in browser.page("/nothing-here", status=404)


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing-here"), ("POST", "/products"), ("DELETE", "/")])
def test_the_safety_headers_are_there(browser: Browser, method: str, path: str) -> None:
    answer = browser.request(method, path)
    assert answer.status_code == 404
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-ID"]


def test_a_page_can_be_asked_for_its_head_alone(browser: Browser) -> None:
    for path, status in (("/", 200), ("/health/ready", 200), ("/nothing-here", 404)):
        answer = browser.head(path)
        assert answer.status_code == status
        assert "Content-Security-Policy" in answer.headers


def test_programs_get_problem_json(browser: Browser) -> None:
    for path in ("/api/v1/nothing/here", "/nothing-here"):
        answer = browser.get(path, headers={"accept": "application/json"})
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("application/problem+json")
