"""The page kit in a real browser: room, keyboard, scripts switched off, content policy, accessibility rules."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.web import gallery
from tests.web.gallery.serving import LAUNCH, ORIGIN, assets_are_there, found_chromium, serve

AXE = gallery.ROOT / "node_modules/axe-core/axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW, WIDE = 360, 1440

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets_are_there(), reason="page assets are not fetched (run ./xyd once)"),
]

BOTH_WIDTHS = pytest.mark.parametrize("width", [NARROW, WIDE])

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=found_chromium(), args=LAUNCH)
        except Error as error:
            pytest.skip(f"no Chromium: {error.message.splitlines()[0]}")
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    opened: list[Page] = []

    def open_one(name: str, width: int, locale: str = "zh_CN", scripts: bool = True) -> Page:
        page = browser.new_page(
            viewport={"width": width, "height": 900}, java_script_enabled=scripts, reduced_motion="reduce"
        )
        opened.append(page)
        serve(page)
        page.goto(f"{ORIGIN}/{locale}/{name}")
        return page

    yield open_one
    for page in opened:
        page.close()


@BOTH_WIDTHS
@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_no_page_is_wider_than_its_window(open_page: OpenPage, width: int, locale: str) -> None:
    page = open_page("home", width, locale)
    taken = {}
    for name in gallery.pages():
        page.goto(f"{ORIGIN}/{locale}/{name}")
        taken[name] = page.evaluate("document.documentElement.scrollWidth")
    assert {name: room for name, room in taken.items() if room > width} == {}


@pytest.mark.parametrize("name", ["gallery", "print", "home", "login", "error_404"])
@BOTH_WIDTHS
def test_a_page_keeps_the_accessibility_rules(open_page: OpenPage, name: str, width: int) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed (npm ci)")
    page = open_page(name, width)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", AXE_RULES)
    found = [(rule["id"], node["html"]) for rule in result["violations"] for node in rule["nodes"]]
    assert found == []
    assert len(result["passes"]) > 10


def test_charts_and_menus_break_no_rule_of_the_content_policy(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": WIDE, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    serve(page)
    page.goto(f"{ORIGIN}/zh_CN/gallery")
    figures = page.locator("figure[data-chart]")
    assert page.locator("figure[data-drawn] canvas").count() == figures.count() == 5
    for at in range(figures.count()):
        figures.nth(at).locator("canvas").hover()
    page.locator(".xy-user summary").click()
    page.close()
    assert complaints == []


def test_without_scripts_the_menu_opens_by_keyboard_and_charts_are_tables(open_page: OpenPage) -> None:
    page = open_page("gallery", NARROW, scripts=False)
    drawer = page.locator(".xy-drawer nav")
    assert not drawer.is_visible()
    page.locator(".xy-drawer summary").press("Enter")
    assert drawer.is_visible()
    table = page.locator("figure[data-chart]").first.locator("table")
    assert table.is_visible()
    assert "82.4" in table.inner_text()


def test_escape_closes_an_open_menu_and_gives_the_focus_back(open_page: OpenPage) -> None:
    page = open_page("gallery", WIDE)
    summary = page.locator(".xy-user summary")
    summary.press("Enter")
    assert page.locator(".xy-menu-panel").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".xy-menu-panel").is_visible()
    assert page.evaluate("document.activeElement.closest('.xy-user') !== null")


def test_the_first_stop_of_the_keyboard_leads_past_the_menu(open_page: OpenPage) -> None:
    page = open_page("home", WIDE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_a_refused_form_starts_at_its_errors_and_each_leads_to_its_field(open_page: OpenPage) -> None:
    page = open_page("gallery", WIDE)
    assert page.evaluate("document.activeElement.className") == "xy-error-summary"
    page.locator(".xy-error-summary a").first.press("Enter")
    assert page.evaluate("document.activeElement.id") == "field-amount"


@BOTH_WIDTHS
def test_one_menu_and_only_one_is_offered(open_page: OpenPage, width: int) -> None:
    page = open_page("gallery", width)
    offered = [page.locator(".xy-sidebar").is_visible(), page.locator(".xy-drawer summary").is_visible()]
    assert offered == [width == WIDE, width == NARROW]


def test_a_row_becomes_a_card_whose_lines_say_what_they_are(open_page: OpenPage) -> None:
    page = open_page("gallery", NARROW)
    cell = page.locator(".xy-table td[data-label]").nth(1)
    assert cell.evaluate("e => getComputedStyle(e, '::before').content") == '"金额"'
    wide = open_page("gallery", WIDE).locator(".xy-table td[data-label]").nth(1)
    assert wide.evaluate("e => getComputedStyle(e, '::before').content") == "none"
