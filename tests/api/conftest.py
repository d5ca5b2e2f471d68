"""A program of a lender, speaking to the whole application over HTTP."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Connection

from tests.conftest import Sessions
from tests.factories import Factory
from tests.lending_scene import LendingScene
from tests.web.conftest import make_app
from xinyidai.accounts.api_tokens import MakeToken, make_token
from xinyidai.accounts.types import Scope
from xinyidai.core.actor import Actor, Role

LENDER_SCOPES = (Scope.LEADS_READ, Scope.LEADS_WRITE, Scope.LENDING_WRITE)


class Program:
    """Sends its token, and a new key with each write unless one is given."""

    def __init__(self, client: TestClient[Litestar], token: str) -> None:
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: object) -> Any:
        return self._client.get(f"/api/v1{path}", params=query, headers=self._headers)

    def post(self, path: str, body: object = None, *, key: str = "") -> Any:
        headers = {**self._headers, "Idempotency-Key": key or uuid4().hex, "Content-Type": "application/json"}
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self._client.post(f"/api/v1{path}", content=content, headers=headers)


@pytest.fixture
def client(connection: Connection, now: datetime) -> Iterator[TestClient[Litestar]]:
    with TestClient(make_app(connection, now), base_url="http://testserver.local") as client:
        yield client


@pytest.fixture
def scene(factory: Factory, sessions: Sessions, now: datetime) -> LendingScene:
    return LendingScene(factory, sessions, now)


def token_of(scene: LendingScene, bank: int = 0, scopes: tuple[Scope, ...] = LENDER_SCOPES) -> str:
    manager = Actor(Role.INSTITUTION_MANAGER, scene.manager.user_id, institution_id=scene.banks[bank].id)
    with scene.sessions.as_(manager) as session:
        made = make_token(session, manager, MakeToken(name="core system", scopes=scopes), scene.now)
        session.commit()
        return made.secret


@pytest.fixture
def program(client: TestClient[Litestar], scene: LendingScene) -> Program:
    return Program(client, token_of(scene))
