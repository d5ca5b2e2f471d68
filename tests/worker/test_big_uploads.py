"""A big file from a page is taken in by a worker, once, and its page says how it stands."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from tests.factories import Factory
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.db import unit_of_work
from xinyidai.core.errors import NotFound
from xinyidai.credit.commands import DeliverFile
from xinyidai.credit.uploads import UploadState, keep_upload, running_uploads, upload_state
from xinyidai.worker import registry as registry
from xinyidai.worker.execute import run_job

HEADER = "统一社会信用代码,统计时间,销售收入,免税销售收入,税额总额"


@pytest.fixture
def lines(own_engine: Engine, now: datetime) -> list[str]:
    with unit_of_work(own_engine, SYSTEM) as session:
        usci = Factory(session, now).enterprise().usci
    return [f"{usci},{2001 + number // 12}{number % 12 + 1:02},{number},,1" for number in range(240)]


def clerk_of(engine: Engine, unit: str, name: str, now: datetime) -> Actor:
    with unit_of_work(engine, SYSTEM) as session:
        user = Factory(session, now).user(Role.SOURCE_CLERK, username=name, source_unit=unit)
        return Actor(Role.SOURCE_CLERK, user.id)


@pytest.fixture
def clerk(own_engine: Engine, now: datetime) -> Actor:
    return clerk_of(own_engine, "市税务局", "tax", now)


def uploaded(engine: Engine, actor: Actor, folder: Path, rows: list[str], now: datetime) -> UUID:
    path = folder / "delivered.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    with unit_of_work(engine, actor) as session:
        command = DeliverFile(dataset="tax_monthly_summary", lines_stated=240)
        return keep_upload(session, actor, command, path, "二月.csv", now).id


def worked(engine: Engine, now: datetime) -> None:
    """Each job is delivered twice, as may happen."""
    with unit_of_work(engine, SYSTEM) as session:
        statement = text("select id from outbox_jobs where name = 'credit.take_in_upload'")
        jobs = list(session.connection().scalars(statement))
    for job in jobs:
        run_job(engine, job, lambda: now)
        run_job(engine, job, lambda: now)


def seen(engine: Engine, actor: Actor, upload: UUID) -> UploadState:
    with unit_of_work(engine, actor) as session:
        return upload_state(session, upload)


def test_a_worker_takes_the_file_in_once(
    own_engine: Engine, clerk: Actor, lines: list[str], now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xinyidai.credit.uploads.PIECE", 1_000)
    upload = uploaded(own_engine, clerk, tmp_path, [HEADER, *lines, "x,y"], now)
    assert not seen(own_engine, clerk, upload).finished
    with unit_of_work(own_engine, clerk) as session:
        assert [one.id for one in running_uploads(session)] == [upload]
    worked(own_engine, now)
    state = seen(own_engine, clerk, upload)
    assert (state.finished, state.percent, state.lines_read, state.problem) == (True, 100, 241, None)
    with unit_of_work(own_engine, SYSTEM) as session:
        row = session.execute(text("select lines_taken, lines_rejected, source_unit, received_by from credit_batches"))
        assert row.one() == (240, 1, "市税务局", clerk.user_id)
        assert session.execute(text("select count(*) from credit_upload_pieces")).scalar_one() == 0


def test_a_refused_file_says_why_on_its_page_and_among_the_deliveries(
    own_engine: Engine, clerk: Actor, now: datetime, tmp_path: Path
) -> None:
    upload = uploaded(own_engine, clerk, tmp_path, ["a,b", "1,2", ""], now)
    worked(own_engine, now)
    state = seen(own_engine, clerk, upload)
    assert state.problem is not None
    assert "Nothing was taken in" in state.problem.en
    with unit_of_work(own_engine, clerk) as session:
        assert session.execute(text("select status, id from credit_batches")).one() == ("refused", state.batch_id)


def test_no_other_department_sees_the_upload(
    own_engine: Engine, clerk: Actor, lines: list[str], now: datetime, tmp_path: Path
) -> None:
    upload = uploaded(own_engine, clerk, tmp_path, [HEADER, *lines], now)
    other = clerk_of(own_engine, "市供水公司", "water", now)
    with pytest.raises(NotFound):
        seen(own_engine, other, upload)
