"""What pages show of a score: the sheet of one enterprise for one viewer, and its history."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from xinyidai.core.acting import as_platform
from xinyidai.core.actor import Role
from xinyidai.core.db import ActorSession
from xinyidai.core.i18n import N_, _
from xinyidai.credit.catalogue import Dataset
from xinyidai.credit.indicators import Dimension, Indicator, State, scorecard
from xinyidai.credit.indicators.compute import current_context
from xinyidai.credit.indicators.models import CreditIndicators
from xinyidai.credit.indicators.statement import months_before
from xinyidai.credit.indicators.words import bin_said, reason_said, value_said
from xinyidai.credit.scoring.causes import Cause
from xinyidai.credit.scoring.scorecard import Part, Score, Values, everything, only, score
from xinyidai.credit.scoring.service import last_run
from xinyidai.credit.types import DatasetKind

HISTORY_SHOWN = 24
_STATES = {
    State.MISSING: N_("not known"),
    State.STALE: N_("out of date"),
    State.NOT_CONSENTED: N_("not shared"),
}
_WHY = {
    State.MISSING: N_("No data about it have been delivered. That costs nothing: neutral points are counted."),
    State.STALE: N_("The newest data about it are too old to count. That costs nothing: neutral points are counted."),
    State.NOT_CONSENTED: N_(
        "It rests on data that the enterprise has not shared. That costs nothing: neutral points are counted."
    ),
}


@dataclass(frozen=True, slots=True)
class ReadIndicator:
    """One indicator as a person reads it. ``value`` is empty and ``state`` says why where nothing counts."""

    number: int
    code: str
    name: str
    text: str
    """The whole sentence, value with unit."""
    value: str
    bin: str
    state: str
    is_shared: bool
    why: str
    points: int
    maximum: int
    neutral: int
    contribution: int
    source: str
    """The departments that delivered it."""
    datasets: tuple[Dataset, ...]
    as_of: date | None
    improve: str
    objection: str
    office: str
    repairable: bool

    @property
    def is_known(self) -> bool:
        return not self.state

    @property
    def is_short(self) -> bool:
        """There is something to improve."""
        return self.is_known and self.points < self.maximum


@dataclass(frozen=True, slots=True)
class ReadDimension:
    label: str
    points: int
    maximum: int
    known: int
    indicators: tuple[ReadIndicator, ...]

    @property
    def note(self) -> str:
        return _("%(known)s of %(all)s known", known=self.known, all=len(self.indicators))


@dataclass(frozen=True, slots=True)
class HistoryLine:
    at: datetime
    as_of: date
    score: int | None
    level: int | None
    cause: Cause


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """``score`` and ``level`` are None where a veto holds; ``vetoes`` say which."""

    score: int | None
    level: int | None
    maximum: int
    coverage: Decimal
    as_of: date
    version: str
    dimensions: tuple[ReadDimension, ...]
    vetoes: tuple[ReadIndicator, ...]
    lowest: tuple[ReadIndicator, ...]
    highest: tuple[ReadIndicator, ...]

    @property
    def level_name(self) -> str:
        return "" if self.level is None else level_name(self.level)

    @property
    def not_shared(self) -> int:
        """How many indicators the viewer may not see."""
        return sum(not one.is_shared for part in self.dimensions for one in part.indicators)


_LEVELS = (
    N_("level 1 of 7"), N_("level 2 of 7"), N_("level 3 of 7"), N_("level 4 of 7"), N_("level 5 of 7"),
    N_("level 6 of 7"), N_("level 7 of 7"),
)  # fmt: skip


def level_name(level: int) -> str:
    return _(_LEVELS[level - 1])


def score_of(session: ActorSession, enterprise_id: UUID, consented: frozenset[str] | None, today: date) -> Score | None:
    """The score over open data and ``consented`` data sets; None for everything, as the enterprise sees itself.

    None where the enterprise was never scored. Whoever calls this has decided that the viewer may see it, and logs the
    reading.
    """
    row = session.get(CreditIndicators, enterprise_id, populate_existing=True)
    if row is None:
        return None
    run = last_run(session)
    as_of = min(today, row.as_of if run is None else max(run.as_of, row.as_of))
    values = Values(as_of, row.values, row.states, row.dates, row.vetoes)
    return score(scorecard(), values, everything if consented is None else only(consented))


def score_sheet(
    session: ActorSession, enterprise_id: UUID, allowed_datasets: frozenset[str] | None, today: date
) -> ScoreSheet | None:
    """``score_of`` in words, for a page. None where the enterprise was never scored."""
    with as_platform(session):
        found = score_of(session, enterprise_id, allowed_datasets, today)
        delivered = current_context(session, today).delivered_on if found else {}
    return None if found is None else sheet_of(found, delivered)


def sheet_of(found: Score, delivered: Mapping[str, date]) -> ScoreSheet:
    """A score in words; ``delivered``: the last delivery of each list."""
    card = scorecard()
    read = {part.indicator.number: _read(part, delivered) for part in found.parts}

    def of(parts: tuple[Part, ...]) -> tuple[ReadIndicator, ...]:
        return tuple(read[part.indicator.number] for part in parts)

    return ScoreSheet(
        score=found.score,
        level=found.level,
        maximum=card.maximum,
        coverage=found.coverage,
        as_of=found.as_of,
        version=found.version,
        dimensions=tuple(
            _dimension(one, tuple(read[each.number] for each in card.of_dimension(one.code)))
            for one in card.dimensions.values()
        ),
        vetoes=of(found.vetoes),
        lowest=of(found.lowest),
        highest=of(found.highest),
    )


def _dimension(one: Dimension, indicators: tuple[ReadIndicator, ...]) -> ReadDimension:
    return ReadDimension(
        label=one.name,
        points=sum(each.points for each in indicators),
        maximum=one.maximum,
        known=sum(each.is_known for each in indicators),
        indicators=indicators,
    )


def _read(part: Part, delivered: Mapping[str, date]) -> ReadIndicator:
    one = part.indicator
    state = "" if part.state is State.PRESENT else _(_STATES[part.state])
    shows_value = part.value is not None and part.state in (State.PRESENT, State.STALE)
    value = value_said(one, part.value) if shows_value and part.value is not None else ""
    return ReadIndicator(
        number=one.number,
        code=one.code,
        name=one.name,
        text=reason_said(one, part.value) if shows_value and part.value is not None else one.name,
        value=value,
        bin=bin_said(one, one.bin_of(part.value)) if shows_value and part.value is not None else "",
        state=state,
        is_shared=part.state is not State.NOT_CONSENTED,
        why=_(_WHY[part.state]) if state else "",
        points=part.points,
        maximum=one.maximum,
        neutral=one.neutral,
        contribution=part.contribution,
        source=_sources(one),
        datasets=one.datasets,
        as_of=_as_of(part, delivered) if shows_value else None,
        improve=one.how_to_improve,
        objection=one.remedy.how_to_object,
        office=one.remedy.office,
        repairable=one.repairable,
    )


def _sources(one: Indicator) -> str:
    units = dict.fromkeys(_("the departments") if each.by_any_unit else each.source for each in one.datasets)
    return "、".join(units)


def _as_of(part: Part, delivered: Mapping[str, date]) -> date | None:
    """Of figures the newest month or day that entered; of lists the last delivery."""
    if part.date is not None:
        has_figures = any(each.kind is DatasetKind.OBSERVATIONS for each in part.indicator.datasets)
        return _last_of_month(part.date) if has_figures and part.date.day == 1 else part.date
    return max((delivered[each.code] for each in part.indicator.lists if each.code in delivered), default=None)


def _last_of_month(day: date) -> date:
    """Figures are kept under the first day of their month, and say how it was at its end."""
    return months_before(day, -1) - timedelta(days=1)


def score_history(session: ActorSession, enterprise_id: UUID, limit: int = HISTORY_SHOWN) -> list[HistoryLine]:
    """The newest changes of the full score, the oldest of them first. Only the enterprise itself and the platform."""
    if session.actor.role not in (Role.SYSTEM, Role.ENTERPRISE_MEMBER):
        return []
    statement = text(
        "select at, as_of, score, level, cause from credit_scores where enterprise_id = :id"
        " order by id desc limit :limit"
    )
    rows = session.connection().execute(statement, {"id": enterprise_id, "limit": limit})
    return [HistoryLine(at, as_of, points, level, Cause(cause)) for at, as_of, points, level, cause in rows][::-1]
