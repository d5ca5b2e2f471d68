"""Every page that somebody can reach by links from their first one: on a phone, in both languages."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route
from sqlalchemy import Engine

from tests.browser.conftest import running_site
from tests.browser.test_page_kit import AXE
from tests.integration.demo_cities import NOW, load
from tests.web.gallery.serving import assets_are_there
from xinyidai.demo.accounts import DEMO_PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not assets_are_there(), reason="page assets are not fetched (run ./xyd once)"),
]

NARROW = 360
FIRMS, STORIES = 40, 14
WHO = ["", "factory", "manager", "officer", "admin", "office", "clerk"]
"""Whoever sees more stands first, so that each page is looked at once."""
AT_LEAST = 80
"""Pages of the little city, without counting one kind of page twice."""

_NAMED = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/catalogue/)\w+|(?<=/)\d+(?=/|$)")
_NO_PAGE = re.compile(r"/(export|xlsx|csv|files/\{\}|rejects)$|^/static/|^/api/")

_LOOK = """(locale) => {
  const found = [], root = document.documentElement;
  const words = (e) => (e.textContent || "").trim().replace(/\\s+/g, " ").slice(0, 60);
  if (root.scrollWidth > root.clientWidth) {
    const room = root.clientWidth, parts = [...document.querySelectorAll("main *")];
    const wide = parts.find((e) => e.getBoundingClientRect().right > room + 1);
    found.push(`${root.scrollWidth - room} wider than the window: ${wide ? wide.outerHTML.slice(0, 120) : "?"}`);
  }
  const heads = document.querySelectorAll("h1");
  if (heads.length !== 1 || !words(heads[0])) found.push(`${heads.length} main headings`);
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!e.labels.length && !e.ariaLabel) found.push(`no label: ${e.outerHTML.slice(0, 100)}`);
  for (const e of document.querySelectorAll("a, button, summary"))
    if (!words(e) && !e.ariaLabel && !e.title) found.push(`no name: ${e.outerHTML.slice(0, 100)}`);
  for (const e of document.querySelectorAll("img:not([alt])")) found.push(`no text for ${e.src}`);
  for (const e of document.querySelectorAll("th:not([scope])")) found.push(`no scope: ${words(e)}`);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) found.push(`two of the id ${id}`);
  const controls = ".form-label, th[scope=col], dt, .xy-nav, .btn";
  const ours = document.querySelectorAll(`h1, .xy-lead, .xy-card h2, .xy-stat-label, ${controls}`);
  const latin = /[A-Za-z]{3,} [A-Za-z]{2,}/, code = /%\\(|\\b(None|undefined|NaN)\\b|\\{\\{/;
  for (const e of ours) {
    if (locale === "zh_CN" && latin.test(words(e))) found.push(`not translated: ${words(e)}`);
    if (locale === "en" && e.matches(".form-label, th[scope=col], dt, .xy-nav") && /[\\u4e00-\\u9fff]/.test(words(e)))
      found.push(`still Chinese: ${words(e)}`);
    if (code.test(words(e))) found.push(`not meant for people: ${words(e)}`);
  }
  return found;
}"""
"""What is wrong with a page, in words."""

_AXE_RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  const grave = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  return grave.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 120)}`));
}"""


@pytest.fixture
def city(own_engine: Engine) -> Iterator[str]:
    with own_engine.connect() as connection:
        load(connection, NOW, firms=FIRMS, most_stories=STORIES)
    with running_site(own_engine, lambda: NOW + timedelta(minutes=1), demo=True) as address:
        yield address


def kind_of(href: str) -> str:
    """The address with everything that names one single thing taken out."""
    return _NAMED.sub("{}", urlsplit(href).path)


def without_charts(context: BrowserContext) -> None:
    """Their library is a megabyte on every page of figures, and the table under each chart is looked at anyway."""

    def leave_out(route: Route) -> None:
        route.abort()

    context.route("**/echarts.min.js*", leave_out)
    context.route("**/messages/unread", leave_out)


def log_in(page: Page, site: str, username: str) -> str:
    if not username:
        return "/"
    page.goto(f"{site}/login")
    page.fill("#field-username", username)
    page.fill("#field-password", DEMO_PASSWORD)
    page.click("main .btn-primary")
    page.wait_for_url(lambda address: "/login" not in address)
    return urlsplit(page.url).path


def look(page: Page, site: str, path: str, locale: str) -> list[str]:
    answer = page.goto(site + path, wait_until="domcontentloaded")
    status = answer.status if answer else 0
    wrong: list[str] = page.evaluate(_LOOK, locale)
    if locale == "zh_CN" and AXE.is_file():
        page.evaluate(AXE.read_text(encoding="utf-8"))
        wrong += page.evaluate(_AXE_RUN)
    return [f"{path} ({locale}): {one}" for one in ([f"answers {status}"] if status != 200 else []) + wrong]


def links(page: Page, path: str) -> list[str]:
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "all => all.map((a) => a.getAttribute('href'))")
    local = [urljoin(path, href.split("#")[0]) for href in hrefs if href and not href.startswith("#")]
    return [href for href in dict.fromkeys(local) if href.startswith("/") and not _NO_PAGE.search(kind_of(href))]


def test_every_page_fits_a_phone_and_speaks_its_language(chromium: Browser, city: str) -> None:
    wrong: list[str] = []
    seen: set[str] = set()
    for who in WHO:
        context = chromium.new_context(viewport={"width": NARROW, "height": 800}, reduced_motion="reduce")
        without_charts(context)
        page = context.new_page()
        todo = [log_in(page, city, who)]
        mine: list[str] = []
        tried: set[str] = set()
        context.add_cookies([{"name": "xyd_locale", "value": "zh_CN", "url": city}])
        while todo:
            path = todo.pop(0)
            if kind_of(path) in seen | tried:
                continue
            tried.add(kind_of(path))
            wrong += look(page, city, path, "zh_CN")
            if kind_of(page.url) != kind_of(path):
                continue  # a guest is led to the login instead
            seen.add(kind_of(path))
            mine.append(path)
            todo += links(page, path)
        context.add_cookies([{"name": "xyd_locale", "value": "en", "url": city}])
        for path in mine:
            wrong += look(page, city, path, "en")
        context.close()
    assert not wrong, "\n".join(wrong)
    assert len(seen) >= AT_LEAST, sorted(seen)
