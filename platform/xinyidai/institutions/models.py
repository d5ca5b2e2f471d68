from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from xinyidai.core.columns import id_field, long_text, moment


class Institution(SQLModel, table=True):
    """A bank, or a guarantee, pawn, micro-loan or other company that lends or stands in for lenders."""

    __tablename__ = "institutions"

    id: UUID = id_field()
    code: str = Field(unique=True, max_length=32)
    name: str = Field(unique=True)
    name_pinyin: str
    kind: str = Field(index=True)
    usci: str | None = Field(default=None, max_length=18, unique=True)
    region_code: str | None = Field(default=None, max_length=6)
    phone: str | None = None
    introduction: str = long_text()
    active: bool = True
    is_test: bool = False
    created_at: datetime = moment()
