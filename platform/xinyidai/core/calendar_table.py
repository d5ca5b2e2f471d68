"""Working days that an administrator adds when the calendar library does not know a year yet."""

from datetime import date

from sqlmodel import Field, Session, SQLModel, col, select


class WorkingDayOverride(SQLModel, table=True):
    """One published day: a holiday, or a weekend that is worked. ``source`` names the State Council notice."""

    __tablename__ = "working_day_overrides"

    day: date = Field(primary_key=True)
    is_working_day: bool
    source: str


_DAYS = select(col(WorkingDayOverride.day), col(WorkingDayOverride.is_working_day))


def working_day_overrides(session: Session) -> dict[date, bool]:
    """Day → is it worked, for every day that was entered."""
    # Plain columns: some pages ask for it each time, and a city's calendar has hundreds of days.
    return {row.day: row.is_working_day for row in session.execute(_DAYS)}
