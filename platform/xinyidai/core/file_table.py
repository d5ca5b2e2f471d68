"""Papers that were handed in, kept with their content: one row per upload, found by id, checked by hash."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary
from sqlalchemy.orm import defer
from sqlmodel import Field, Session, SQLModel, col, select

from xinyidai.core.actor import Actor
from xinyidai.core.columns import id_field, moment
from xinyidai.core.errors import NotFound
from xinyidai.core.files import Paper


class StoredFile(SQLModel, table=True):
    """Written once. Who may read it: its owner, and whoever may read what it is attached to."""

    __tablename__ = "files"
    __table_args__ = (CheckConstraint("size = octet_length(content)", name="size"),)

    id: UUID = id_field()
    sha256: str = Field(max_length=64, index=True)
    name: str
    media_type: str
    size: int = Field(sa_type=BigInteger)
    content: bytes = Field(sa_type=LargeBinary)
    enterprise_id: UUID | None = Field(default=None, foreign_key="enterprises.id", index=True)
    institution_id: UUID | None = Field(default=None, foreign_key="institutions.id", index=True)
    uploaded_by: UUID | None = Field(default=None, foreign_key="users.id", index=True)
    created_at: datetime = moment()


def keep(session: Session, actor: Actor, paper: Paper, now: datetime) -> StoredFile:
    """Store a checked paper in the name of the actor's organisation."""
    row = StoredFile(
        sha256=paper.sha256,
        name=paper.name,
        media_type=paper.media_type,
        size=len(paper.content),
        content=paper.content,
        enterprise_id=actor.enterprise_id,
        institution_id=actor.institution_id,
        uploaded_by=actor.user_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def stored_file(session: Session, file_id: UUID) -> StoredFile:
    """The file with its content; NotFound also where it is somebody else's."""
    row = session.get(StoredFile, file_id)
    if row is None:
        raise NotFound()
    return row


def file_names(session: Session, ids: list[UUID]) -> list[StoredFile]:
    """Without their contents, in the order of their upload."""
    statement = select(StoredFile).where(col(StoredFile.id).in_(ids)).order_by(col(StoredFile.id))
    return list(session.exec(statement.options(defer(StoredFile.content))))  # type: ignore[arg-type]
