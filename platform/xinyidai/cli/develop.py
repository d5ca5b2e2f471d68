"""Commands for those who work on the platform itself."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import typer

from xinyidai.cli.common import console
from xinyidai.core.database import migrate, open_database
from xinyidai.settings import ROOT, Settings


def test(context: typer.Context) -> None:
    """Run the whole test suite against a real PostgreSQL; arguments go to pytest.

    Example: `./xyd test` · `./xyd test tests/matching -k law`
    """
    arguments = context.args or ["-n", "auto"]
    raise typer.Exit(subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=ROOT))  # noqa: S603


def bench(context: typer.Context) -> None:
    """Measure against a named other, in the same run on the same work; `./xyd bench --help` lists what.

    Example: `./xyd bench matching --scale city --json`
    """
    command = [sys.executable, "-m", "xinyidai.cli.bench", *context.args]
    raise typer.Exit(subprocess.call(command, cwd=ROOT))  # noqa: S603


def lint() -> None:
    """Style, types, import rules, and tables against migrations.

    Example: `./xyd lint`
    """
    tools = Path(sys.executable).parent
    checks: dict[str, list[str | Path]] = {
        "style": [tools / "ruff", "check", "."],
        "format": [tools / "ruff", "format", "--check", "."],
        "types": [tools / "mypy"],
        "imports": [tools / "lint-imports", "--no-cache"],
    }
    failed = [name for name, command in checks.items() if _fails(name, [str(part) for part in command])]
    if _migrations_fail(tools):
        failed.append("migrations")
    if failed:
        console.print(f"[red]Not clean: {', '.join(failed)}[/red]")
        raise typer.Exit(1)
    console.print("[green]Everything is clean.[/green]")


def _fails(name: str, command: list[str], **environment: str) -> bool:
    console.rule(name)
    return subprocess.call(command, cwd=ROOT, env={**os.environ, **environment}) != 0  # noqa: S603


def _migrations_fail(tools: Path) -> bool:
    """``alembic check`` on a database of its own: the tables in code and in migrations must be the same."""
    with tempfile.TemporaryDirectory(prefix="xyd-lint-") as folder:
        Path(folder).chmod(0o755)  # the server may run as another user than root
        with open_database(Settings(database_url=None, data_dir=Path(folder))) as database:
            migrate(database)
            assert database.owner_url is not None  # noqa: S101 - the embedded server has an owner
            return _fails("migrations", [str(tools / "alembic"), "check"], DATABASE_OWNER_URL=database.owner_url)
