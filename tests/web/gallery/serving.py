"""The gallery in a real browser: pages from memory, files from the static folder, under the strict policy."""

import os
from pathlib import Path

from playwright.sync_api import Page, Route

from tests.web import gallery
from xinyidai.web.assets import STATIC

ORIGIN = "http://gallery.test"
LAUNCH = ["--no-sandbox"]
# As strict as the application's own: nothing inline, nothing from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def found_chromium() -> str | None:
    """The Chromium of this machine; None leaves the choice to Playwright's own."""
    candidates = (os.environ.get("CHROMIUM"), "/usr/bin/chromium")
    return next((path for path in candidates if path and Path(path).is_file()), None)


def assets_are_there() -> bool:
    return (STATIC / "vendor/tabler.min.css").is_file()


def serve(page: Page) -> None:
    """Answer every request of the page: /static/…, /<locale>/<name of the gallery's page>."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), headers={"content-type": TYPES[file.suffix]})
            return
        locale, _, name = path.strip("/").partition("/")
        html = gallery.render(name, locale) if name in gallery.pages() else "<p></p>"
        route.fulfill(
            body=html, headers={"content-type": "text/html; charset=utf-8", "content-security-policy": POLICY}
        )

    page.route("**/*", answer)
