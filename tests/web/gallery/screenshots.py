"""Pictures of the gallery for human eyes: ``python -m tests.web.gallery.screenshots FOLDER [NAME ...]``."""

import sys
from pathlib import Path

from playwright.sync_api import Page, Route, sync_playwright

from tests.web import gallery

CHROMIUM = "/usr/bin/chromium"
ORIGIN = "http://gallery.test"
WIDTHS = (360, 1440)
# As strict as the application's own: nothing inline, nothing from elsewhere.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def serve(page: Page) -> None:
    """Answer the page's requests from memory and from the static folder, under the policy."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path.startswith("/static/"):
            file = gallery.STATIC / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), headers={"content-type": TYPES[file.suffix]})
            return
        locale, _, name = path.strip("/").partition("/")
        if name not in gallery.pages():
            route.fulfill(status=404, body="")
            return
        html = gallery.render(name, locale)
        route.fulfill(
            body=html, headers={"content-type": "text/html; charset=utf-8", "content-security-policy": POLICY}
        )

    page.route("**/*", answer)


def main(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.on("console", lambda message: print(message.type, message.text))
            page.on("pageerror", lambda error: print("error", error))
            serve(page)
            for name in names or list(gallery.pages()):
                for locale in ("zh_CN", "en"):
                    page.goto(f"{ORIGIN}/{locale}/{name}")
                    page.wait_for_timeout(900 if name == "gallery" else 100)
                    page.screenshot(path=folder / f"{name}-{locale}-{width}.png", full_page=True)
                    excess = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    if excess > 0:
                        print(f"{name} {locale} {width}: {excess} px too wide")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
