"""A reader over loopback: one session with its cookies, and requests in open loop, each timed from its moment."""

import http.client
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import SimpleCookie
from threading import local
from urllib.parse import urlencode

import numpy as np

CLIENTS = 16


@dataclass(frozen=True)
class Load:
    """Seconds of each request from the moment it was due, and how many answered with which status."""

    seconds: list[float]
    statuses: dict[int, int]

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.seconds, share))


class Reader:
    """One person with a browser's cookies."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self._own = local()

    def log_in(self, username: str, password: str) -> None:
        """As the form does it. Raises RuntimeError where the login is refused."""
        self.get("/login")
        form = {"username": username, "password": password, "_csrf_token": self._cookies["xyd_csrf"]}
        status, _body = self._ask("POST", "/login", urlencode(form))
        if status != 303:
            raise RuntimeError(f"the login of {username} answered {status}")

    def get(self, path: str) -> tuple[int, bytes]:
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            answer, content = self._exchange(method, path, body, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError):
            # The server closes a connection that was idle for some seconds; a browser opens another then, and so do we.
            answer, content = self._exchange(method, path, body, headers)
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        return answer.status, content

    def _exchange(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """On this thread's own connection, which the next request uses again unless this one failed."""
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer, answer.read()
        except (http.client.HTTPException, OSError):
            connection.close()
            self._own.connection = None
            raise

    def load(self, path: str, requests_a_second: float, seconds: float) -> Load:
        """Ask for ``path`` at that rate, whether or not earlier answers have come."""
        count = int(requests_a_second * seconds)
        begin = time.perf_counter() + 0.1
        statuses: Counter[int] = Counter()

        def one(place: int) -> float:
            due = begin + place / requests_a_second
            time.sleep(max(0.0, due - time.perf_counter()))
            status, _body = self.get(path)
            statuses[status] += 1
            return time.perf_counter() - due

        with ThreadPoolExecutor(CLIENTS) as pool:
            taken = list(pool.map(one, range(count)))
        return Load(taken, dict(statuses))
