"""What the catalogue consists of. Nothing here reads a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from xinyidai.core.i18n import _, current_locale
from xinyidai.credit.types import Access, Certainty, DatasetKind, FieldType, Frequency, Role, Unit

METRICS_PER_DATASET = 100
ANY_UNIT = "*"
"""Source unit of data sets that every department delivers."""


def _in_language(zh: str, en: str) -> str:
    return zh if current_locale() == "zh_CN" else en


@dataclass(frozen=True, slots=True)
class Code:
    code: str
    name_zh: str
    name_en: str

    @property
    def name(self) -> str:
        return _in_language(self.name_zh, self.name_en)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one data set. ``codes`` is empty but for types ``code`` and ``codes``."""

    dataset: str
    code: str
    name_zh: str
    name_en: str
    type: FieldType
    unit: Unit
    required: bool
    role: Role
    metric: int | None
    minimum: Decimal | None
    sentinel: str
    """A figure that means "not known", such as -1."""
    future: bool
    """Whether a date may lie ahead, as ends of terms do."""
    access: Access
    certainty: Certainty
    aliases: tuple[str, ...]
    codes: tuple[Code, ...] = ()

    @property
    def name(self) -> str:
        return _in_language(self.name_zh, self.name_en)


@dataclass(frozen=True, slots=True)
class Metric:
    """A monthly figure: its number in the database, and the field it is delivered in."""

    number: int
    field: Field

    @property
    def code(self) -> str:
        """``tax_monthly_summary.sales_revenue``"""
        return f"{self.field.dataset}.{self.field.code}"

    @property
    def stored_unit(self) -> Unit:
        """Of the stored figure: amounts are always in yuan."""
        return Unit.YUAN if self.field.unit is Unit.WAN_YUAN else self.field.unit


@dataclass(frozen=True)
class Dataset:
    """One thing that a department delivers, or that this platform itself knows."""

    code: str
    number: int
    name_zh: str
    name_en: str
    kind: DatasetKind
    source_unit: str
    subject: str
    key: tuple[str, ...]
    frequency: Frequency
    due_working_days: int
    access: Access
    displayed: bool
    retention_years: int
    certainty: Certainty
    fields: tuple[Field, ...]
    period: str = ""
    """Observations: the field that names the month."""
    dated_by: tuple[str, ...] = ()
    """Events: the fields that date the record; the first that is given counts."""
    document: str = ""
    ends_by: str = ""

    @property
    def name(self) -> str:
        return _in_language(self.name_zh, self.name_en)

    @property
    def is_delivered(self) -> bool:
        """Whether departments deliver it as credit data: the registry has an import of its own."""
        return self.kind in (DatasetKind.OBSERVATIONS, DatasetKind.EVENTS)

    @property
    def source(self) -> str:
        """Whose data they are; a department's name is the same in every language."""
        if self.kind is DatasetKind.PLATFORM:
            return _("this platform")
        return _("any department") if self.by_any_unit else self.source_unit

    @property
    def by_any_unit(self) -> bool:
        return self.source_unit == ANY_UNIT

    def delivered_by(self, unit: str) -> bool:
        return self.by_any_unit or self.source_unit == unit

    @cached_property
    def field_of(self) -> Mapping[str, Field]:
        return {field.code: field for field in self.fields}

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        return tuple(Metric(field.metric, field) for field in self.fields if field.metric is not None)

    @cached_property
    def parts(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.role is Role.PART)


@dataclass(frozen=True)
class Catalogue:
    version: str
    """Its date, and a short hash of the three files, which changes whenever a word of them does."""
    datasets: Mapping[str, Dataset]

    @cached_property
    def metrics(self) -> Mapping[int, Metric]:
        return {metric.number: metric for dataset in self.datasets.values() for metric in dataset.metrics}

    @cached_property
    def metric_codes(self) -> Mapping[str, Metric]:
        return {metric.code: metric for metric in self.metrics.values()}

    def of_unit(self, unit: str) -> tuple[Dataset, ...]:
        """What a source unit may deliver; its own data sets first, then those of any department."""
        mine = [one for one in self.datasets.values() if one.is_delivered and one.delivered_by(unit)]
        return tuple(sorted(mine, key=lambda one: one.by_any_unit))
