"""Pictures of the gallery for human eyes: ``python -m tests.web.gallery.screenshots FOLDER [NAME ...]``."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.web import gallery
from tests.web.gallery.serving import LAUNCH, ORIGIN, found_chromium, serve

WIDTHS = (360, 1440)


def main(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found_chromium(), args=LAUNCH)
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900})
            serve(page)
            for name in names or list(gallery.pages()):
                for locale in ("zh_CN", "en"):
                    page.goto(f"{ORIGIN}/{locale}/{name}")
                    # Charts grow into place.
                    page.wait_for_timeout(1200 if name == "gallery" else 50)
                    page.evaluate("scrollTo(0, 0)")
                    page.screenshot(path=folder / f"{name}-{locale}-{width}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
