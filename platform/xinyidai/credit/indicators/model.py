"""What the scorecard consists of. Nothing here reads a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from xinyidai.core.i18n import current_locale
from xinyidai.credit.catalogue.model import Dataset
from xinyidai.credit.indicators.types import Direction, State, ValueUnit
from xinyidai.credit.types import Access, Certainty, DatasetKind

__all__ = ["Bin", "Dimension", "Indicator", "Remedy", "Scorecard", "State"]


def _in_language(zh: str, en: str) -> str:
    return zh if current_locale() == "zh_CN" else en


@dataclass(frozen=True, slots=True)
class Bin:
    """Values from ``lower`` (included; None has no lower end) up to the next bin; of a category, ``lower`` itself."""

    lower: Decimal | None
    points: int
    name_zh: str = ""
    name_en: str = ""

    @property
    def name(self) -> str:
        return _in_language(self.name_zh, self.name_en)


@dataclass(frozen=True, slots=True)
class Remedy:
    """Who keeps the data of an indicator, and how a wrong or old record is objected to or repaired."""

    code: str
    office_zh: str
    office_en: str
    object_zh: str
    object_en: str

    @property
    def office(self) -> str:
        return _in_language(self.office_zh, self.office_en)

    @property
    def how_to_object(self) -> str:
        return _in_language(self.object_zh, self.object_en)


@dataclass(frozen=True, slots=True)
class Dimension:
    code: str
    maximum: int
    name_zh: str
    name_en: str

    @property
    def name(self) -> str:
        return _in_language(self.name_zh, self.name_en)


@dataclass(frozen=True, eq=False)
class Indicator:
    """One small declared thing. ``number`` is its place from 1 to 86, in arrays one less."""

    number: int
    code: str
    dimension: str
    name_zh: str
    name_en: str
    formula: str
    datasets: tuple[Dataset, ...]
    """All of them must be allowed to whoever looks."""
    inputs: tuple[str, ...]
    """Fields of the data catalogue, as ``dataset.field``."""
    window: str
    window_certainty: Certainty
    direction: Direction
    unit: ValueUnit
    maximum: int
    neutral: int
    """Points of a value that is missing, stale or not consented to."""
    fresh_months: int
    """Older than this is stale; 0 never grows old."""
    remedy: Remedy
    repairable: bool
    certainty: Certainty
    bins: tuple[Bin, ...]
    """In ascending order of ``lower``."""
    reason_zh: str
    reason_en: str
    improve_zh: str
    improve_en: str

    @property
    def name(self) -> str:
        return _in_language(self.name_zh, self.name_en)

    @property
    def reason(self) -> str:
        """A sentence with ``{value}``."""
        return _in_language(self.reason_zh, self.reason_en)

    @property
    def how_to_improve(self) -> str:
        return _in_language(self.improve_zh, self.improve_en)

    @cached_property
    def consent_needed(self) -> frozenset[str]:
        """Codes of the data sets that only the enterprise's consent opens."""
        return frozenset(one.code for one in self.datasets if one.access is Access.CONSENT)

    @cached_property
    def lists(self) -> tuple[Dataset, ...]:
        """Data sets of dated records: where one was delivered, no record means that there is none."""
        return tuple(one for one in self.datasets if one.kind is DatasetKind.EVENTS)

    def bin_of(self, value: Decimal) -> Bin:
        """The bin of a present value. A category that no bin names is a fault of the data and raises LookupError."""
        if self.unit is ValueUnit.CATEGORY:
            for one in self.bins:
                if one.lower == value:
                    return one
            raise LookupError(f"{self.code}: no bin for {value}")
        return next(one for one in reversed(self.bins) if one.lower is None or value >= one.lower)


@dataclass(frozen=True, eq=False)
class Scorecard:
    version: str
    """Its date, and a short hash of the files, which changes whenever a word of them does."""
    level_from: tuple[int, ...]
    vetoes: frozenset[int]
    """Numbers of the indicators whose veto is switched on."""
    dimensions: Mapping[str, Dimension]
    indicators: tuple[Indicator, ...]
    benchmarks: Mapping[tuple[str, str], str]

    @cached_property
    def by_code(self) -> Mapping[str, Indicator]:
        return {one.code: one for one in self.indicators}

    @cached_property
    def lists(self) -> frozenset[str]:
        return frozenset(dataset.code for one in self.indicators for dataset in one.lists)

    @property
    def maximum(self) -> int:
        return sum(one.maximum for one in self.indicators)

    def of_dimension(self, code: str) -> tuple[Indicator, ...]:
        return tuple(one for one in self.indicators if one.dimension == code)

    def level_of(self, score: int) -> int:
        """1 (best) to 7."""
        return next(level for level, lowest in enumerate(self.level_from, 1) if score >= lowest)
