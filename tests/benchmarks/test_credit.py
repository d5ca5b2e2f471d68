"""The credit benchmark does what it says, on a city of a few firms."""

from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pytest

from xinyidai.cli.bench import credit_data, credit_duckdb
from xinyidai.cli.bench.credit import run, write_page
from xinyidai.core.database import migrate, open_database
from xinyidai.core.db import make_engine
from xinyidai.settings import Settings

STEP = 10**20


def test_a_small_run_measures_every_part_and_says_that_it_is_small(tmp_path: Path) -> None:
    result = run(100_000, firms=40)
    figures = result["figures"]
    assert figures["intake_rows_per_second"]["rows"] == 10_080
    assert figures["score_all_seconds"]["rows"] == 9_600
    assert figures["one_subject_median"]["figures_of_one"] == 34 * 24
    assert 0 < figures["intake_peak_memory"]["value"] < 300
    write_page(result, tmp_path / "credit.md")
    page = (tmp_path / "credit.md").read_text(encoding="utf-8")
    assert "a smaller run" in page
    assert "| intake_share_of_copy |" in page


def test_duckdb_finds_the_same_aggregates(tmp_path: Path) -> None:
    with (
        open_database(Settings(database_url=None, data_dir=tmp_path)) as database,
        duckdb.connect() as duck,
    ):
        migrate(database)
        assert database.owner_url is not None
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            credit_data.add_firms(owner, 12)
            credit_data.fill(owner, (*credit_data.SCORED_METRICS, *credit_data.OTHER_METRICS), 100_000, 12)
            parquet = credit_duckdb.to_parquet(owner, tmp_path)
            duck.execute(f"create view credit_observations as from read_parquet('{parquet}')")
            for name, statement in credit_duckdb.passes(credit_data.AS_OF).items():
                theirs = {row[0]: row[1:] for row in duck.execute(credit_duckdb.in_duckdb(statement)).fetchall()}
                packed = packed_columns(statement)
                found = owner.execute(statement)
                assert found.description is not None
                names = [column.name for column in found.description][1:]
                ours = {row[0]: row[1:] for row in found}
                assert ours.keys() == theirs.keys(), name
                for firm, values in ours.items():
                    for column, mine, other in zip(names, values, theirs[firm], strict=True):
                        expected = mine % STEP if mine is not None and column in packed else mine
                        assert other == (pytest.approx(float(expected)) if is_number(expected) else expected), column


def test_duckdb_comes_to_the_same_86_values(tmp_path: Path) -> None:
    with open_database(Settings(database_url=None, data_dir=tmp_path)) as database:
        migrate(database)
        assert database.owner_url is not None
        engine = make_engine(database.app_url)
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            credit_data.add_firms(owner, 12)
            credit_data.fill(owner, (*credit_data.SCORED_METRICS, *credit_data.OTHER_METRICS), 100_000, 12)
            parquet = credit_duckdb.to_parquet(owner, tmp_path)
            with credit_duckdb.the_city(owner, parquet, credit_data.AS_OF) as duck:
                credit_duckdb.measure(duck, credit_data.AS_OF, tries=1)
                assert credit_duckdb.differences(engine, duck, credit_data.AS_OF) == []
                duck.execute("update computed set values = list_prepend(1.0, values[2:])")
                assert credit_duckdb.differences(engine, duck, credit_data.AS_OF) == [1]
        engine.dispose()


def packed_columns(statement: str) -> set[str]:
    """Columns that hold a day and a figure in one number with us."""
    return {line.rsplit(" as ", 1)[1].strip(" ,") for line in statement.splitlines() if f"{STEP}::numeric" in line}


def is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
