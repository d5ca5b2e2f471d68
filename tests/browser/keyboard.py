"""Working a page with the keys alone: Tab to where one wants to be, then Enter, Space or letters."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

_MANY_STOPS = 150


class Keyboard:
    """The hands of somebody who does not use a mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def reach(self, target: Locator) -> None:
        """Press Tab until ``target`` has the focus; fails where no number of presses leads there."""
        expect(target).to_be_visible()
        # A page that is still loading may yet take the focus away.
        self._page.wait_for_load_state()
        for _ in range(_MANY_STOPS):
            if target.evaluate("element => element === document.activeElement"):
                outline = "element => element.matches(':focus-visible')"
                assert target.evaluate(outline), "the focus is not to be seen"
                return
            self._page.keyboard.press("Tab")
        raise AssertionError(f"Tab never leads to {target}")

    def follow(self, name: str, *, key: str = "Enter") -> None:
        """The first link or button of this name, wherever it stands in ``main``."""
        main = self._page.get_by_role("main")
        self.reach(main.get_by_role("link", name=name).or_(main.get_by_role("button", name=name)).first)
        self._page.keyboard.press(key)

    def fill(self, **values: str) -> None:
        """Type into the fields of these names; a date as ``03182026``, a choice by its first letters."""
        for name, value in values.items():
            field = self._page.locator(f"main [name={name}]")
            self.reach(field)
            if field.evaluate("element => element.matches('input:not([type=date])')"):
                self._page.keyboard.press("Control+A")
            self._page.keyboard.type(value)

    def choose_file(self, name: str, file: Path) -> None:
        field = self._page.locator(f"main [name={name}]")
        self.reach(field)
        with self._page.expect_file_chooser() as chooser:
            field.press("Space")
        chooser.value.set_files(file)

    def tick(self, locator: str) -> None:
        self.reach(self._page.locator(f"main {locator}").first)
        self._page.keyboard.press("Space")
