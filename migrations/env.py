"""Runs migrations as the role that owns the tables (DATABASE_OWNER_URL, or the embedded server's owner)."""

import os
import re

from alembic import context

from xinyidai.core.db import make_engine
from xinyidai.tables import metadata


def _run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    url = context.config.attributes.get("url") or os.environ["DATABASE_OWNER_URL"]
    engine = make_engine(url, pool_size=1)
    with engine.begin() as own:
        _migrate(own)
    engine.dispose()


def _is_described(name: str | None, kind: str, _parents: object) -> bool:
    """Partitions are described by their table."""
    return kind != "table" or not re.match(r"credit_(observations|events)_p_", name or "")


def _migrate(connection) -> None:  # type: ignore[no-untyped-def]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=_is_described,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        # A migration that cannot get its lock gives up instead of stopping the platform behind it.
        connection.exec_driver_sql("set local lock_timeout = '10s'")
        context.run_migrations()


_run()
