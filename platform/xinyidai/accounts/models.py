from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, LargeBinary, text
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, moment, text_list


class User(SQLModel, table=True):
    """One person's account. The role decides which of the three organisations it must name."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("(role = 'enterprise_member') = (enterprise_id is not null)", name="enterprise_role"),
        CheckConstraint(
            "(role in ('institution_officer', 'institution_manager')) = (institution_id is not null)",
            name="institution_role",
        ),
        CheckConstraint("(role = 'source_clerk') = (source_unit is not null)", name="source_role"),
        CheckConstraint(
            "role in ('enterprise_member', 'institution_officer', 'institution_manager', 'office_staff',"
            " 'office_auditor', 'source_clerk', 'administrator')",
            name="role",
        ),
        ForeignKeyConstraint(["institution_id", "branch_id"], ["branches.institution_id", "branches.id"]),
    )

    id: UUID = id_field()
    username: str = Field(unique=True, max_length=64)
    password_hash: str
    display_name: str
    role: str
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprises.id", index=True)
    institution_id: UUID | None = Field(default=None, foreign_key="institutions.id", index=True)
    branch_id: UUID | None = Field(default=None, index=True)
    source_unit: str | None = None
    region: str = ""
    active: bool = True
    is_service: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """An account of a program: it has a token and no password, and cannot log in."""
    created_at: datetime = moment()
    failed_logins: int = 0
    locked_until: datetime | None = moment(nullable=True)
    email: str | None = None
    phone: str | None = None
    locale: str = Field(default="zh_CN", sa_column_kwargs={"server_default": "zh_CN"})
    """Language of what is sent to this person; pages follow their own cookie."""
    digest: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """One mail a working day instead of one for each message; duties are sent at once all the same."""
    digest_sent_on: date | None = None


class LoginSession(SQLModel, table=True):
    """A login. Only the hash of the cookie's token is stored."""

    __tablename__ = "login_sessions"

    id: UUID = id_field()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    created_at: datetime = moment()
    last_seen_at: datetime = moment()
    expires_at: datetime = moment(index=True)


class ApiToken(SQLModel, table=True):
    """What a program shows to act for a lender or a source unit. Only the hash of the token is stored.

    ``user_id`` is the program's own account, so that trails and policies know who acted.
    """

    __tablename__ = "api_tokens"

    id: UUID = id_field()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    user_id: UUID = Field(foreign_key="users.id", index=True)
    name: str
    hint: str
    """The first characters of the token, by which its owner tells it from others."""
    scopes: list[str] = text_list()
    created_at: datetime = moment()
    created_by: UUID | None = Field(default=None, foreign_key="users.id")
    expires_on: date
    revoked_at: datetime | None = moment(nullable=True)
    last_used_at: datetime | None = moment(nullable=True)


class IdempotentAnswer(SQLModel, table=True):
    """The answer that one write of a program got, kept so that the same key gets the same answer."""

    __tablename__ = "idempotent_answers"
    __table_args__ = (CheckConstraint("status between 200 and 299", name="only_success"),)

    user_id: UUID = Field(primary_key=True, foreign_key="users.id")
    key: str = Field(primary_key=True, max_length=128)
    request_hash: bytes = Field(sa_type=LargeBinary)
    status: int
    body: dict[str, object] = Field(sa_type=JSON)
    """``json`` and not ``jsonb``: the names stay in their order, so that the answer is the same to the byte."""
    created_at: datetime = moment(index=True)


class RequestCount(SQLModel, table=True):
    """How often somebody without an account has asked since ``begun_at``; ``asker`` is the hash of an address."""

    __tablename__ = "request_counts"

    purpose: str = Field(primary_key=True)
    asker: bytes = Field(sa_type=LargeBinary, primary_key=True)
    begun_at: datetime = moment(index=True)
    asked: int
