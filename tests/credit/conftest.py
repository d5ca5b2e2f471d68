"""Deliveries made up for one test: a file, and what is known afterwards."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.own_database import own_database, own_engine
from xinyidai.core.actor import SYSTEM
from xinyidai.core.db import ActorSession
from xinyidai.credit.intake import IntakeResult, take_in

__all__ = ["own_database", "own_engine"]

TAX = "tax_monthly_summary"
TITLES = ("统一社会信用代码", "统计时间", "销售收入", "免税销售收入", "税额总额")


class Deliveries:
    """Writes files and takes them in."""

    def __init__(self, session: ActorSession, folder: Path, now: datetime) -> None:
        self.session, self._folder, self.now = session, folder, now
        self._count = 0

    def file(self, rows: Sequence[Sequence[object]], titles: Sequence[str] = TITLES, encoding: str = "utf-8") -> Path:
        self._count += 1
        lines = [",".join(titles), *(",".join(map(str, row)) for row in rows)]
        return self.raw("".join(f"{line}\n" for line in lines).encode(encoding))

    def raw(self, content: bytes, name: str = "") -> Path:
        self._count += 1
        path = self._folder / (name or f"delivery{self._count}.csv")
        path.write_bytes(content)
        return path

    def take(self, path: Path, dataset: str = TAX, **options: object) -> IntakeResult:
        return take_in(self.session, SYSTEM, dataset, path, self.now, **options)  # type: ignore[arg-type]

    def figures(self) -> dict[tuple[str, int, date, str], Decimal]:
        """What counts now, by code, metric, month and part."""
        found = self.session.execute(
            text(
                "select e.usci, o.metric, o.month, o.part, o.value from credit_observations o"
                " join enterprises e on e.id = o.enterprise_id"
            )
        )
        return {(row[0], row[1], row[2], row[3]): row[4] for row in found}

    def count(self, table: str) -> int:
        return int(self.session.execute(text(f"select count(*) from {table}")).scalar_one())


@pytest.fixture
def deliveries(session: ActorSession, tmp_path: Path, now: datetime) -> Deliveries:
    return Deliveries(session, tmp_path, now)


def reasons(result: IntakeResult) -> list[tuple[int, str, str]]:
    """Line, field and reason in English of everything that was not taken."""
    return [(one.line, one.field, one.reason.en) for one in result.rejects]
