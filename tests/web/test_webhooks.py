"""The page of events to a lender's system."""

from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.core.actor import Role


def test_a_manager_adds_an_address_sees_its_key_and_removes_it(browser: Browser, factory: Factory) -> None:
    manager = factory.officer_of(factory.institution(), Role.INSTITUTION_MANAGER)
    factory.session.commit()
    browser.log_in(manager.username, PASSWORD)
    assert "还没有接收地址" in browser.page("/institution/webhooks")
    for wrong in ("", "bank", "http://bank.example/"):
        assert "error-url" in browser.submit("/institution/webhooks", {"url": wrong}, status=422)
    browser.submit("/institution/webhooks", {"url": "https://bank.example/xyd"})
    page = browser.page("/institution/webhooks")
    assert "ping" in page
    assert len(page.split("<code>")[1].split("</code>")[0]) == 64
    address = page.split("/remove")[0].rsplit("/", 1)[1]
    browser.submit(f"/institution/webhooks/{address}/remove", {})
    assert "还没有接收地址" in browser.page("/institution/webhooks")
