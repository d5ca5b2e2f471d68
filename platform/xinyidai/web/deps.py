"""What every handler may ask for by name: ``session``, ``actor``, ``user``, ``now``, ``settings``."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import TypeAlias

from litestar.di import NamedDependency, Provide

from xinyidai.accounts.types import CurrentUser
from xinyidai.core.actor import GUEST, Actor
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.settings import Settings
from xinyidai.web.requests import Request


async def provide_session(request: Request) -> AsyncGenerator[ActorSession, None]:
    """One transaction for the request: committed after the page is rendered, before it is sent.

    A failing commit therefore answers 500, never a false redirect. Nothing is asked of the database here.

    Only as many requests as there are threads have a transaction at a time, in the order in which they came. With
    more, all threads could wait for a row whose holder finds no thread any more to commit on.
    """
    async with request.app.state.turns:
        work = unit_of_work(request.app.state.bind, provide_actor(request))
        session = work.__enter__()  # opens nothing yet, so it needs no thread
        try:
            yield session
        except BaseException as error:
            await asyncio.to_thread(work.__exit__, type(error), error, error.__traceback__)
            raise
        await asyncio.to_thread(work.__exit__, None, None, None)


def provide_actor(request: Request) -> Actor:
    user: CurrentUser | None = request.user
    return user.actor if user else GUEST


def provide_user(request: Request) -> CurrentUser:
    """The person logged in; only for routes that guests cannot reach."""
    user: CurrentUser = request.user
    return user


def provide_now(request: Request) -> datetime:
    now: datetime = request.app.state.clock()
    return now


def provide_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


Session: TypeAlias = NamedDependency[ActorSession]
CurrentActor: TypeAlias = NamedDependency[Actor]
User: TypeAlias = NamedDependency[CurrentUser]
Now: TypeAlias = NamedDependency[datetime]
AppSettings: TypeAlias = NamedDependency[Settings]
"""How a handler's parameter is declared: ``session: Session, actor: CurrentActor, user: User, now: Now``."""

DEPENDENCIES = {
    "session": Provide(provide_session),
    "actor": Provide(provide_actor, sync_to_thread=False),
    "user": Provide(provide_user, sync_to_thread=False),
    "now": Provide(provide_now, sync_to_thread=False),
    "settings": Provide(provide_settings, sync_to_thread=False),
}
