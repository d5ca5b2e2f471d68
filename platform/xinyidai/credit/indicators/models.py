"""Tables of indicators and scores: one row for one enterprise, arrays in the order of the 86 indicators."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Date, Index, Numeric, SmallInteger
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import document, id_field, moment


class CreditIndicators(SQLModel, table=True):
    """The values of one enterprise as they stand; what a viewer may not see is left out later, by the scorecard."""

    __tablename__ = "credit_indicators"
    __table_args__ = (
        CheckConstraint(
            "cardinality(values) = cardinality(states) and cardinality(values) = cardinality(dates)"
            " and cardinality(values) = cardinality(points)",
            name="same_length",
        ),
        CheckConstraint("(score is null) = (cardinality(vetoes) > 0)", name="veto_means_not_scored"),
    )

    enterprise_id: UUID = Field(primary_key=True, foreign_key="enterprises.id")
    as_of: date
    """Business date of the last computation that changed something."""
    version: str
    """Of the scorecard's files."""
    computed_at: datetime = moment()
    values: list[Decimal | None] = Field(sa_type=ARRAY(Numeric), nullable=False)
    states: list[int] = Field(sa_type=ARRAY(SmallInteger), nullable=False)
    dates: list[date | None] = Field(sa_type=ARRAY(Date), nullable=False)
    """Newest day or month that entered each value; null for lists, which are as old as their last delivery."""
    vetoes: list[int] = Field(sa_type=ARRAY(SmallInteger), nullable=False)
    """Numbers of the indicators that rule a score out."""
    points: list[int] = Field(sa_type=ARRAY(SmallInteger), nullable=False)
    score: int | None = Field(default=None, sa_type=SmallInteger)
    """Over all that is known, as the enterprise itself sees it; null is 不予评分."""
    level: int | None = Field(default=None, sa_type=SmallInteger)
    coverage: Decimal = Field(sa_type=Numeric(5, 4))


class CreditScore(SQLModel, table=True):
    """One row for each change of an enterprise's full score; the last one stands. Never changed."""

    __tablename__ = "credit_scores"
    __table_args__ = (
        CheckConstraint("(score is null) = (cardinality(vetoes) > 0)", name="veto_means_not_scored"),
        CheckConstraint("(score is null) = (level is null)", name="level_with_score"),
        CheckConstraint("score between 0 and 1000", name="score"),
        CheckConstraint("level between 1 and 7", name="level"),
        CheckConstraint("coverage between 0 and 1", name="coverage"),
        Index("ix_credit_scores_enterprise", "enterprise_id", "at"),
    )

    id: UUID = id_field()
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    at: datetime = moment()
    as_of: date
    cause: str
    version: str
    score: int | None = Field(default=None, sa_type=SmallInteger)
    level: int | None = Field(default=None, sa_type=SmallInteger)
    coverage: Decimal = Field(sa_type=Numeric(5, 4))
    points: list[int] = Field(sa_type=ARRAY(SmallInteger), nullable=False)
    vetoes: list[int] = Field(sa_type=ARRAY(SmallInteger), nullable=False)


class CreditScoreRun(SQLModel, table=True):
    """A computation of the whole city: the context that every row was computed in, and how long it took."""

    __tablename__ = "credit_score_runs"

    id: UUID = id_field()
    at: datetime = moment()
    as_of: date
    cause: str
    version: str
    snapshot: str
    """What the run saw: PostgreSQL's snapshot from before its first reading."""
    known: dict[str, object] = document()
    """``known``: lists that were delivered; ``outdated``: numbers of indicators whose list is too old."""
    enterprises: int
    changed: int


class CreditGivenValue(SQLModel, table=True):
    """A value that a domain above credit gives, because the data are born there (loans on this platform)."""

    __tablename__ = "credit_given_values"

    enterprise_id: UUID = Field(primary_key=True, foreign_key="enterprises.id")
    indicator: int = Field(sa_type=SmallInteger, primary_key=True)
    value: Decimal = Field(sa_type=Numeric)
    as_of: date
