"""The first page leads a person on, and never to a page that is not theirs."""

from tests.factories import PASSWORD, Factory
from tests.web.conftest import Browser
from xinyidai.core.actor import Role


def test_a_guest_is_led_to_each_entrance_and_somebody_at_work_to_their_own(browser: Browser, factory: Factory) -> None:
    guest = browser.page("/")
    assert 'href="/enterprise/needs/new"' in guest
    assert 'href="/office"' in guest
    officer = factory.officer_of(factory.institution(), Role.INSTITUTION_OFFICER)
    factory.session.commit()
    browser.log_in(officer.username, PASSWORD)
    page = browser.page("/")
    assert 'href="/start"' in page
    assert 'href="/enterprise/needs/new"' not in page
    assert 'href="/office"' not in page
