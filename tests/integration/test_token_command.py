"""Tokens of programs from the command line."""

import re

import pytest
from typer.testing import CliRunner

from tests.own_database import own_database
from xinyidai.cli.main import app
from xinyidai.core.database import Database

__all__ = ["own_database"]


def test_the_command_line_makes_lists_and_revokes(own_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", own_database.app_url)
    run = CliRunner()
    made = run.invoke(app, ["token", "add", "市税务局", "--name", "征管系统", "--scope", "deliveries:write"])
    assert made.exit_code == 0, made.output
    assert re.search(r"xyd_[A-Za-z0-9_-]{40,}", made.output)
    listed = run.invoke(app, ["token", "list"]).output
    assert "征管系统" in listed
    found = re.search(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", listed)
    assert found is not None
    assert run.invoke(app, ["token", "revoke", found[0]]).exit_code == 0
    assert run.invoke(app, ["token", "add", "x", "--name", "y", "--scope", "leads:read"]).exit_code == 2
