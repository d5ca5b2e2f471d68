"""A command that needs tables says in one sentence what to do where they are missing or of another age."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from tests.own_database import own_database
from xinyidai.cli.main import app
from xinyidai.core.database import Database
from xinyidai.core.embedded import EmbeddedServer

__all__ = ["own_database"]

USER = ["user", "add", "wang", "--role", "administrator", "--name", "Wang", "--password", "long enough to count"]
TOKEN = ["token", "add", "市税务局", "--name", "征管系统", "--scope", "deliveries:write"]


@pytest.fixture
def empty_database(server: EmbeddedServer, worker_id: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database without a single table, which the commands of the test find."""
    name = f"xyd_empty_{worker_id}"
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} owner xyd_owner").format(sql.Identifier(name)))
        monkeypatch.setenv("DATABASE_URL", server.url("xyd_app", name))
        yield server.url("xyd_app", name)
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.mark.parametrize(
    "command",
    [["check"], ["score", "--all"], USER, TOKEN, ["token", "list"]],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_command_asks_for_the_tables_that_are_missing(empty_database: str, command: list[str]) -> None:
    said = CliRunner().invoke(app, command)
    assert said.exit_code == 2
    assert said.stderr.strip() == "This database has no tables yet. Please run `./xyd migrate` first."


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_what_runs_long_does_not_even_start(empty_database: str, command: str) -> None:
    environment = {**os.environ, "DATABASE_URL": empty_database, "XYD_PORT": "0"}
    run = subprocess.run(
        [sys.executable, "-m", "xinyidai.cli", command], env=environment, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 2
    assert "./xyd migrate" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("revision", "sentence"),
    [
        ("20261122_0440", "The tables are older than this program. Please run `./xyd migrate` first."),
        ("21990101_0000", "The tables are newer than this program. Please run the program that they were made for."),
    ],
)
def test_tables_of_another_age_are_called_so(
    own_database: Database, monkeypatch: pytest.MonkeyPatch, revision: str, sentence: str
) -> None:
    assert own_database.owner_url is not None
    with psycopg.connect(own_database.owner_url) as connection:
        connection.execute("update alembic_version set version_num = %s", [revision])
    monkeypatch.setenv("DATABASE_URL", own_database.app_url)
    said = CliRunner().invoke(app, ["check"])
    assert said.exit_code == 2
    assert " ".join(said.stderr.split()) == sentence


def test_an_embedded_database_is_not_filled_with_tables_by_looking_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    tmp_path.chmod(0o755)  # the server may run as another user than root
    said = CliRunner().invoke(app, ["check", "--data-dir", str(tmp_path)])
    assert said.exit_code == 2
    assert "./xyd migrate" in said.stderr
