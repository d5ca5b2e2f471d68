"""The driver's own cursor inside a session's transaction: COPY, and many rows at once, have no other door."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import text
from sqlmodel import Session


def cursor_of(session: Session) -> psycopg.Cursor[Any]:
    driver: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    return driver.cursor()


@contextmanager
def joined_by_probes(session: Session) -> Iterator[None]:
    """One probe of the index for each row of a chunk beats reading a table that may hold years."""
    _plan_joins(session, "off")
    yield
    _plan_joins(session, "on")


def _plan_joins(session: Session, state: str) -> None:
    session.connection().execute(
        text(f"select set_config('enable_hashjoin', '{state}', true), set_config('enable_mergejoin', '{state}', true)")
    )
