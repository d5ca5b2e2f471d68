from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from xinyidai.core.columns import moment


class SecondChance(SQLModel, table=True):
    """The enterprise was told that the lender of this refused lead can be asked again: once for each refusal."""

    __tablename__ = "second_chances"

    lead_id: UUID = Field(primary_key=True, foreign_key="leads.id")
    enterprise_id: UUID = Field(foreign_key="enterprises.id", index=True)
    told_at: datetime = moment()
