"""Input of the use cases around deliveries."""

from pydantic import Field

from xinyidai.core.validation import Command


class DeliverFile(Command):
    """``lines_stated``: how many records the source says it sent; ``units_confirmed`` takes figures of a new size."""

    dataset: str
    source_unit: str = ""
    lines_stated: int | None = Field(default=None, ge=0)
    units_confirmed: bool = False
    check_only: bool = False


class WithdrawBatch(Command):
    reason: str = Field(max_length=500)
