from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, moment, text_list


class Consent(SQLModel, table=True):
    """One enterprise allows one institution, or the platform for its ranking, to read named data sets.

    ``datasets`` are codes of the data catalogue, ``dataset_numbers`` the same as numbers, by which the database's
    policies know figures. It counts from ``valid_from`` to ``valid_until`` (both included) while ``ended_at`` is empty;
    a scheduled task ends what has run out, so that the policies need no clock.
    """

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint("purpose in ('ranking', 'financing', 'post_loan')", name="purpose"),
        CheckConstraint("(purpose = 'ranking') = (institution_id is null)", name="ranking_is_the_platforms"),
        CheckConstraint("cardinality(datasets) > 0", name="names_data"),
        CheckConstraint("cardinality(datasets) = cardinality(dataset_numbers)", name="numbers_match"),
        CheckConstraint("valid_until >= valid_from", name="dates"),
        CheckConstraint("(ended_at is null) = (end_reason is null)", name="end_has_reason"),
        CheckConstraint("end_reason in ('revoked', 'expired')", name="end_reason"),
        Index("ix_consents_in_force", "enterprise_id", "institution_id", postgresql_where=text("ended_at is null")),
        Index("ix_consents_institution", "institution_id", "given_at"),
        Index("ix_consents_due", "valid_until", postgresql_where=text("ended_at is null")),
    )

    id: UUID = id_field()
    number: str = Field(unique=True)
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    institution_id: UUID | None = Field(default=None, foreign_key="institutions.id")
    purpose: str
    datasets: list[str] = text_list()
    dataset_numbers: list[int] = Field(
        default_factory=list,
        sa_type=ARRAY(SmallInteger),
        nullable=False,
        sa_column_kwargs={"server_default": text("'{}'")},
    )
    wording_version: str
    valid_from: date
    valid_until: date
    given_at: datetime = moment()
    given_by: UUID | None = Field(default=None, foreign_key="users.id")
    ended_at: datetime | None = moment(nullable=True)
    end_reason: str | None = None


class CreditRead(SQLModel, table=True):
    """Somebody read an enterprise's credit data. Written, never changed; the enterprise sees it."""

    __tablename__ = "credit_reads"
    __table_args__ = (Index("ix_credit_reads_enterprise", "enterprise_id", "at"),)

    id: UUID = id_field()
    at: datetime = moment()
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    institution_id: UUID | None = Field(default=None, foreign_key="institutions.id", index=True)
    user_id: UUID | None = Field(default=None, foreign_key="users.id", index=True)
    actor_role: str
    what: str
    """What was shown: ``lead``, ``report``, ``score``, ``api`` …"""
    datasets: list[str] = text_list()
    purpose: str
    consent_id: UUID | None = Field(default=None, foreign_key="consents.id")
    lead_id: UUID | None = None


class ConsentRequest(SQLModel, table=True):
    """A lender would like to read more for one lead; the enterprise answers, or lets it be."""

    __tablename__ = "consent_requests"
    __table_args__ = (
        CheckConstraint("cardinality(datasets) > 0", name="names_data"),
        CheckConstraint("(answered_at is null) = (answer is null)", name="answer_has_time"),
        CheckConstraint("answer in ('given', 'declined')", name="answer"),
        Index("ix_consent_requests_lead", "lead_id", "asked_at"),
        Index("ix_consent_requests_open", "enterprise_id", postgresql_where=text("answered_at is null")),
    )

    id: UUID = id_field()
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    institution_id: UUID = Field(foreign_key="institutions.id", index=True)
    lead_id: UUID
    datasets: list[str] = text_list()
    asked_at: datetime = moment()
    asked_by: UUID | None = Field(default=None, foreign_key="users.id")
    answered_at: datetime | None = moment(nullable=True)
    answer: str | None = None
