"""Two connections: one reads ahead, the other writes. The outcome is that of one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from tests.factories import Factory
from xinyidai.cli.main import app
from xinyidai.core.actor import SYSTEM
from xinyidai.core.database import Database
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.usci import synthetic
from xinyidai.credit.intake import IntakeResult, take_in

NOW = datetime(2026, 3, 18, 2, 0, tzinfo=UTC)
FIRMS, MONTHS = 40, 60


@pytest.fixture
def file(tmp_path: Path) -> Path:
    lines = ["统一社会信用代码,统计时间,销售收入,免税销售收入,税额总额"]
    for firm in range(FIRMS):
        for month in range(MONTHS):
            period = f"{2021 + month // 12}{month % 12 + 1:02}"
            lines.append(f"{synthetic('370402', firm + 1)},{period},{firm * month}.5,,{month}")
    lines += [lines[1], f"{synthetic('370402', 99_999)},202101,1,,1", "x,y"]
    path = tmp_path / "tax.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xinyidai.credit.intake.service._BIG_FILE", 1)
    monkeypatch.setattr("xinyidai.credit.intake.staging.LINES_OF_A_CHUNK", 300)
    monkeypatch.setattr("xinyidai.core.tabular.delimited.BLOCK_CHARACTERS", 5_000)


@pytest.fixture
def engine_with_firms(own_engine: Engine) -> Engine:
    with unit_of_work(own_engine, SYSTEM) as session:
        factory = Factory(session, NOW)
        for _number in range(FIRMS):
            factory.enterprise()
    return own_engine


def intake(engine: Engine, file: Path, helper: Engine | None) -> IntakeResult:
    with unit_of_work(engine, SYSTEM) as session:
        return take_in(session, SYSTEM, "tax_monthly_summary", file, NOW, helper=helper)


def figures(session: ActorSession) -> tuple[int, int]:
    connection = session.connection()
    stored = connection.scalar(text("select count(*) from credit_observations"))
    counted = connection.scalar(text("select coalesce(sum(figures), 0) from credit_metric_months"))
    return int(stored or 0), int(counted or 0)


@pytest.mark.usefixtures("small_steps")
def test_reading_ahead_gives_what_one_connection_gives(engine_with_firms: Engine, file: Path) -> None:
    batch = intake(engine_with_firms, file, engine_with_firms).batch
    assert (batch.lines_read, batch.lines_repeated, batch.lines_rejected) == (2403, 1, 2)
    assert (batch.values_new, batch.values_changed) == (4800, 0)
    with unit_of_work(engine_with_firms, SYSTEM) as session:
        assert figures(session) == (4800, 4800)
    assert intake(engine_with_firms, file, engine_with_firms).repeated
    assert intake(engine_with_firms, file, None).repeated


@pytest.mark.usefixtures("small_steps")
def test_a_failure_on_the_writing_side_leaves_nothing_and_stops_the_reader(
    engine_with_firms: Engine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("on purpose")

    with monkeypatch.context() as broken:
        broken.setattr("xinyidai.credit.intake.figures.FigureMerger.finish", fail)
        with pytest.raises(RuntimeError, match="on purpose"):
            intake(engine_with_firms, file, engine_with_firms)
    with unit_of_work(engine_with_firms, SYSTEM) as session:
        assert figures(session) == (0, 0)
    assert intake(engine_with_firms, file, engine_with_firms).batch.values_new == 4800


@pytest.mark.usefixtures("engine_with_firms")
def test_the_command_takes_in_reports_and_writes_the_rejects(
    own_database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", own_database.app_url)
    run = CliRunner().invoke(app, ["import", "credit", "tax_monthly_summary", str(file), "--stated", "2403"])
    assert run.exit_code == 3, run.output
    assert "2,403" in run.output
    rejects = (file.parent / "tax.csv.rejects.csv").read_text(encoding="utf-8-sig")
    assert "登记库中没有该代码的经营主体" in rejects
    assert CliRunner().invoke(app, ["import", "credit", "nothing", str(file)]).exit_code == 2
    refused = file.parent / "refused.csv"
    refused.write_text("a,b\n1,2\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["import", "credit", "tax_monthly_summary", str(refused)]).exit_code == 2


@pytest.mark.usefixtures("small_steps")
def test_a_small_file_after_big_ones_on_the_same_connection_holds_its_own_lines(
    engine_with_firms: Engine, file: Path, tmp_path: Path
) -> None:
    """The driver prepares what it has sent five times, and a prepared statement knows its table by number."""
    header = "统一社会信用代码,统计时间,销售收入,免税销售收入,税额总额\n"
    small, big = tmp_path / "small.csv", tmp_path / "big.csv"
    big.write_text("\n".join(file.read_text(encoding="utf-8").splitlines()[:-3]), encoding="utf-8")
    for month in ("202001", "202002", "202003", "202004"):
        if month == "202003":
            intake(engine_with_firms, big, engine_with_firms)
        # The pool hands out its connections in turn.
        lines = [f"{synthetic('370402', firm + 1)},{month},{firm}.25,,7" for firm in range(5)]
        small.write_text(header + "\n".join(lines), encoding="utf-8")
        assert intake(engine_with_firms, small, None).batch.values_new == 10
    with unit_of_work(engine_with_firms, SYSTEM) as session:
        statement = text("select value from credit_observations where month < '2021-01-01' order by month, value")
        values = list(session.connection().scalars(statement))
    assert [float(value) for value in values] == [0.25, 1.25, 2.25, 3.25, 4.25, 7, 7, 7, 7, 7] * 4
