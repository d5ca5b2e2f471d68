"""Many people click the same button in the same moment, over HTTP."""

import asyncio
from collections import Counter
from datetime import datetime

import httpx
from litestar import Litestar
from sqlalchemy import Engine

from tests.factories import PASSWORD, Factory
from tests.integration.test_lending_at_once import Independent
from tests.leads_scene import LeadsScene
from xinyidai.core.actor import SYSTEM
from xinyidai.settings import Settings
from xinyidai.web.app import create_app

ORIGIN = "http://testserver.local"
PATIENCE = 60
"""Seconds after which an answer counts as never coming."""


async def logged_in(app: Litestar, username: str) -> httpx.AsyncClient:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)
    await client.get("/login")
    token = {"_csrf_token": client.cookies["xyd_csrf"]}
    answer = await client.post("/login", data={"username": username, "password": PASSWORD, **token})
    assert answer.status_code == 303
    return client


async def click(client: httpx.AsyncClient, path: str) -> httpx.Response:
    return await client.post(path, data={"_csrf_token": client.cookies["xyd_csrf"]})


def test_fifty_claims_at_once_are_all_answered_and_exactly_the_allowed_number_wins(
    own_engine: Engine,
    now: datetime,
) -> None:
    sessions = Independent(own_engine)
    with sessions.as_(SYSTEM) as session:
        scene = LeadsScene(Factory(session, now), sessions, now, banks=5, open_to_claims=True)
        names = [user.username for user in scene.officer_users]
        session.commit()
    path = f"/institution/pool/{scene.need.id}/claim"
    # Far fewer connections than clicks: whoever holds the need must still find a thread to finish on.
    settings = Settings(database_url=None, secret_key="tests only", city_region="3704", pool_size=3)
    app = create_app(settings, own_engine, lambda: now)

    async def all_at_once() -> list[httpx.Response]:
        for hook in app.on_startup:
            await hook(app)  # type: ignore[operator,misc,arg-type]
        clients = [await logged_in(app, name) for name in names]
        clicks = [click(clients[number % len(clients)], path) for number in range(50)]
        return await asyncio.wait_for(asyncio.gather(*clicks), PATIENCE)

    answers = asyncio.run(all_at_once())
    assert Counter(answer.status_code for answer in answers) == {303: 50}
    won = [one for one in answers if one.headers["location"].startswith("/institution/leads/")]
    assert len(won) == len(scene.leads()) == settings.claims_per_need
