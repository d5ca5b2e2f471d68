"""Tables of the rankings anew: a run over all needs, its chunks, and the institutions' records beneath."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Column, Index, UniqueConstraint, Uuid
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, moment


class InstitutionRecord(SQLModel, table=True):
    """An institution's leads of the twelve months before ``as_of``: put before it, answered in time, approved."""

    __tablename__ = "institution_records"
    __table_args__ = (
        UniqueConstraint("institution_id", "as_of"),
        CheckConstraint("received >= answered and answered >= approved and approved >= 0", name="counts"),
        Index("ix_institution_records_as_of", "as_of"),
    )

    id: UUID = id_field()
    institution_id: UUID = Field(foreign_key="institutions.id")
    as_of: date
    received: int
    answered: int
    approved: int
    computed_at: datetime = moment()


class RerankRun(SQLModel, table=True):
    """Every open need ranked again. ``night`` marks the scheduled run of a night: there is one for each at most.

    ``given_up_at`` closes a run that did not come to its end, so that the next one can begin.
    """

    __tablename__ = "rerank_runs"
    __table_args__ = (
        UniqueConstraint("night"),
        CheckConstraint("needs >= 0", name="needs"),
        CheckConstraint("finished_at is null or given_up_at is null", name="ended_once"),
    )

    id: UUID = id_field()
    night: date | None = None
    asked_by: UUID | None = Field(default=None, foreign_key="users.id")
    started_at: datetime = moment()
    needs: int
    finished_at: datetime | None = moment(nullable=True)
    given_up_at: datetime | None = moment(nullable=True)


class RerankChunk(SQLModel, table=True):
    """A part of a run, done in one transaction; the counts are there once it is done.

    ``ranked`` were ranked and stored, ``changed`` of them got another list; for ``unchanged`` every input was as
    before, so that the stored list stands; ``skipped`` were closed or ranked since the run began; ``failed`` could not
    be ranked.
    """

    __tablename__ = "rerank_chunks"
    __table_args__ = (
        UniqueConstraint("rerun_id", "number"),
        CheckConstraint("(done_at is null) = (ranked is null)", name="done_has_counts"),
    )

    id: UUID = id_field()
    rerun_id: UUID = Field(foreign_key="rerank_runs.id")
    number: int
    need_ids: list[UUID] = Field(sa_column=Column(ARRAY(Uuid()), nullable=False))
    done_at: datetime | None = moment(nullable=True)
    ranked: int | None = None
    changed: int | None = None
    unchanged: int | None = None
    skipped: int | None = None
    failed: int | None = None
