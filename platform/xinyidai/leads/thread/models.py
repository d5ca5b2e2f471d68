from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, long_text, moment


class LeadPost(SQLModel, table=True):
    """One question, answer or paper. Written, never changed: what was said to a bank stays said."""

    __tablename__ = "lead_posts"
    __table_args__ = (
        CheckConstraint("text <> ''", name="says_something"),
        Index("ix_lead_posts_lead", "lead_id", "at"),
    )

    id: UUID = id_field()
    lead_id: UUID = Field(foreign_key="leads.id")
    enterprise_id: UUID = Field(foreign_key="enterprises.id")
    institution_id: UUID = Field(foreign_key="institutions.id")
    by_enterprise: bool
    author_user_id: UUID | None = Field(default=None, foreign_key="users.id")
    at: datetime = moment()
    text: str = long_text()


class LeadPostFile(SQLModel, table=True):
    """A paper that came with a post; whoever sees the post may open it."""

    __tablename__ = "lead_post_files"

    post_id: UUID = Field(primary_key=True, foreign_key="lead_posts.id")
    file_id: UUID = Field(primary_key=True, foreign_key="files.id", index=True)


class LeadThreadRead(SQLModel, table=True):
    """How far one person has read one thread."""

    __tablename__ = "lead_thread_reads"

    lead_id: UUID = Field(primary_key=True, foreign_key="leads.id")
    user_id: UUID = Field(primary_key=True, foreign_key="users.id")
    by_enterprise: bool
    read_at: datetime = moment()
