"""The whole application on the test's own transaction, spoken to over HTTP by a client with a cookie jar."""

from collections.abc import Iterator
from datetime import datetime

import html5lib
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Connection

from xinyidai.core.i18n import use_locale
from xinyidai.settings import Settings
from xinyidai.web.app import create_app


class Browser(TestClient[Litestar]):
    """A reader without JavaScript: parses every page strictly and sends forms with their CSRF token."""

    def page(self, path: str, status: int = 200) -> str:
        """The HTML at ``path``, checked to be well-formed HTML5."""
        answer = self.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:2000]}"
        html5lib.HTMLParser(strict=True).parse(answer.text)
        return answer.text

    def submit(self, path: str, data: dict[str, object], status: int = 303) -> str:
        """Post a form as a browser would; the address it leads to for a redirect, else the page that came back."""
        if "xyd_csrf" not in self.cookies:
            self.get("/login")
        fields = {**data, "_csrf_token": self.cookies["xyd_csrf"]}
        answer = self.post(path, data=fields, follow_redirects=False)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:3000]}"
        if 300 <= status < 400:
            return str(answer.headers["location"])
        html5lib.HTMLParser(strict=True).parse(answer.text)
        return answer.text

    def log_in(self, username: str, password: str) -> None:
        assert self.submit("/login", {"username": username, "password": password}).startswith("/")


def make_app(connection: Connection, now: datetime) -> Litestar:
    settings = Settings(database_url=None, secret_key="tests only", city_region="3704")
    return create_app(settings, connection, lambda: now)


@pytest.fixture
def app(connection: Connection, now: datetime) -> Litestar:
    return make_app(connection, now)


@pytest.fixture
def browser(app: Litestar) -> Iterator[Browser]:
    with use_locale("zh_CN"), Browser(app, base_url="http://testserver.local") as browser:
        yield browser


@pytest.fixture
def another_browser(connection: Connection, now: datetime) -> Iterator[Browser]:
    """A second person at the same time, at an application of the same making: one cannot be started twice."""
    with Browser(make_app(connection, now), base_url="http://testserver.local") as browser:
        yield browser
