"""Input of the use cases around repair and objection."""

from datetime import date
from uuid import UUID

from pydantic import Field

from xinyidai.core.validation import Command
from xinyidai.credit.repair.types import RepairMeans

LONGEST_STATEMENT = 2_000
MOST_FILES = 5


class OpenRepair(Command):
    """``statement``: how the conduct was corrected. ``commitment``: the enterprise promises to keep to the law."""

    record_id: UUID
    means: list[RepairMeans] = Field(min_length=1)
    statement: str = Field(max_length=LONGEST_STATEMENT)
    commitment: bool = False


class OpenObjection(Command):
    """About a record (``record_id``) or a figure (``metric`` and ``month``): what is wrong."""

    record_id: UUID | None = None
    metric: int | None = None
    month: date | None = None
    part: str = ""
    statement: str = Field(max_length=LONGEST_STATEMENT)


class HandInPapers(Command):
    case_id: UUID
    note: str = Field(default="", max_length=LONGEST_STATEMENT)


class DecideCase(Command):
    """``note`` is the reason: needed for a refusal, and where papers are wanted (which)."""

    case_id: UUID
    note: str = Field(default="", max_length=LONGEST_STATEMENT)
