"""The pages of tokens."""

from datetime import datetime

import pytest

from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.core.actor import Role


def test_a_manager_makes_a_token_sees_it_once_and_revokes_it(browser: Browser, factory: Factory, now: datetime) -> None:
    bank = factory.institution()
    manager = factory.officer_of(bank, Role.INSTITUTION_MANAGER)
    factory.session.commit()
    browser.log_in(manager.username, PASSWORD)
    assert "还没有接口程序" in browser.page("/institution/programs")
    refused = browser.submit("/institution/programs", {"name": "x"}, status=422)
    assert "请至少选择一项" in refused or "error-scopes" in refused
    made = browser.submit("/institution/programs", {"name": "核心系统", "scopes": ["leads:read"]}, status=200)
    secret = made.split("<code>")[1].split("</code>")[0]
    assert secret.startswith("xyd_")
    page = browser.page("/institution/programs")
    assert secret not in page
    assert secret[:10] in page
    address = page.split("/institution/programs/")[1].split("/revoke")[0]
    browser.submit(f"/institution/programs/{address}/revoke", {})
    assert "已撤销" in browser.page("/institution/programs")


@pytest.mark.parametrize("role", [Role.INSTITUTION_OFFICER])
def test_an_officer_cannot_make_tokens(browser: Browser, factory: Factory, role: Role) -> None:
    officer = factory.officer_of(factory.institution(), role)
    factory.session.commit()
    browser.log_in(officer.username, PASSWORD)
    browser.page("/institution/programs", 404)


def test_an_administrator_makes_a_token_for_a_source_unit(browser: Browser, factory: Factory) -> None:
    administrator = factory.user(Role.ADMINISTRATOR)
    factory.session.commit()
    browser.log_in(administrator.username, PASSWORD)
    form = {"name": "税务前置机", "scopes": ["deliveries:write"], "source_unit": "市税务局"}
    assert "xyd_" in browser.submit("/office/programs", form, status=200)
    wrong = {**form, "scopes": ["leads:write"]}
    assert "所选权限不适用于该单位" in browser.submit("/office/programs", wrong, status=422)
