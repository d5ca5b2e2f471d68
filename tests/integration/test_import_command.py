"""``xyd import registry`` as a clerk meets it: what it says, what it leaves, how it ends."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlmodel import select
from typer.testing import CliRunner, Result

from tests.registry_files import row, write_csv
from xinyidai.cli.main import app
from xinyidai.core.actor import SYSTEM
from xinyidai.core.database import Database
from xinyidai.core.db import make_engine, unit_of_work
from xinyidai.core.embedded import EmbeddedServer
from xinyidai.enterprises.models import Enterprise


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("DATABASE_URL", database.app_url)
    monkeypatch.setenv("COLUMNS", "160")
    yield CliRunner()
    assert database.owner_url is not None
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("truncate registry_rejects, registry_imports, enterprises, audit_entries cascade")


def take(run: CliRunner, *arguments: object) -> Result:
    return run.invoke(app, ["import", "registry", *map(str, arguments)])


def stored(database: Database) -> int:
    engine = make_engine(database.app_url)
    with unit_of_work(engine, SYSTEM) as session:
        found = len(session.exec(select(Enterprise.id)).all())
    engine.dispose()
    return found


def test_good_files_end_with_status_zero_and_a_table(run: CliRunner, database: Database, tmp_path: Path) -> None:
    files = [write_csv(tmp_path / f"{name}.csv", [row(start), row(start + 1)]) for name, start in (("a", 1), ("b", 3))]
    result = take(run, *files)
    assert result.exit_code == 0, result.output
    assert "all files" in result.stdout
    assert stored(database) == 4
    assert list(tmp_path.glob("*.rejects.csv")) == []


def test_rejected_rows_end_with_status_three_and_a_file_beside_the_input(
    run: CliRunner, database: Database, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", [row(1), row(2, 统一社会信用代码="370400200012345", 企业名称="=危险")])
    result = take(run, path)
    assert result.exit_code == 3
    assert "15 digits" in result.stdout
    assert "15位" in result.stdout
    lines = (tmp_path / "a.csv.rejects.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert lines[1].startswith("a.csv,3,整行未收 row not taken,统一社会信用代码,370400200012345,")
    assert stored(database) == 1


def test_an_unreadable_file_ends_with_status_two_and_does_not_hold_up_the_others(
    run: CliRunner, database: Database, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"%PDF-1.4 no table")
    good = write_csv(tmp_path / "good.csv", [row(1)])
    result = take(run, broken, tmp_path / "missing.csv", good)
    assert result.exit_code == 2
    assert "broken.csv was not taken in" in result.stdout
    assert "missing.csv was not taken in" in result.stdout
    assert stored(database) == 1


def test_a_dry_run_counts_everything_and_keeps_nothing(run: CliRunner, database: Database, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row(1), row(2, 企业名称="")])
    result = take(run, path, "--dry-run", "--rejects", tmp_path / "out")
    assert result.exit_code == 3
    assert "nothing was kept" in result.stdout
    assert (tmp_path / "out" / "a.csv.rejects.csv").exists()
    assert stored(database) == 0


def test_a_folder_marked_read_only_is_left_alone(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered, here = tmp_path / "delivered", tmp_path / "here"
    for folder in (delivered, here):
        folder.mkdir()
    path = write_csv(delivered / "a.csv", [row(1, 企业名称="")])
    delivered.chmod(0o555)
    monkeypatch.chdir(here)
    assert take(run, path).exit_code == 3
    assert [one.name for one in here.iterdir()] == ["a.csv.rejects.csv"]
    assert [one.name for one in delivered.iterdir()] == ["a.csv"]
    delivered.chmod(0o755)


def test_a_database_without_tables_is_named_with_what_to_do(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, worker_id: str
) -> None:
    name = f"xyd_bare_{worker_id}"
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("create database {} owner xyd_owner").format(sql.Identifier(name)))
        monkeypatch.setenv("DATABASE_URL", server.url("xyd_app", name))
        result = take(CliRunner(), write_csv(tmp_path / "a.csv", [row(1)]))
        admin.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))
    assert result.exit_code == 2
    assert "xyd migrate" in result.output


def test_the_help_shows_an_example() -> None:
    result = CliRunner().invoke(app, ["import", "registry", "--help"], env={"COLUMNS": "160"})
    assert "./xyd import registry" in result.stdout
