"""The driver's own cursor inside a session's transaction: COPY, and many rows at once, have no other door."""

from typing import Any

import psycopg
from sqlmodel import Session


def cursor_of(session: Session) -> psycopg.Cursor[Any]:
    driver: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    return driver.cursor()
