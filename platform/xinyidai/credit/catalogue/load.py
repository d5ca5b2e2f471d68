"""Reading the catalogue's files, strictly: a mistake in them is found when the program starts, not in a delivery."""

import csv
import hashlib
import tomllib
from collections import Counter
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from xinyidai.credit.catalogue.model import METRICS_PER_DATASET, Catalogue, Code, Dataset, Field
from xinyidai.credit.types import Access, Certainty, DatasetKind, FieldType, Frequency, Role, Unit

DATA = files("xinyidai.credit.catalogue") / "data"
_FILES = ("datasets.toml", "fields.csv", "codes.csv")
_DATASET_KEYS = {
    "number", "name_zh", "name_en", "kind", "source_unit", "subject", "period", "dated_by", "key", "document",
    "ends_by", "frequency", "due_working_days", "access", "displayed", "retention_years", "certainty",
}  # fmt: skip
_NUMBERED = frozenset({
    FieldType.DECIMAL, FieldType.INTEGER, FieldType.BOOLEAN, FieldType.SERIES, FieldType.MONTH, FieldType.DATE,
    FieldType.CODE,
})  # fmt: skip
"""Types that can be kept as a figure."""


class CatalogueFault(ValueError):
    """The catalogue's files contradict themselves."""


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with this version of the platform."""
    return load(DATA)


def load(folder: Traversable) -> Catalogue:
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in _FILES}
    digest = hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()
    codes = _read_codes(texts["codes.csv"])
    fields: dict[str, list[Field]] = {}
    for row in csv.DictReader(texts["fields.csv"].splitlines()):
        field = _field(row, codes)
        fields.setdefault(field.dataset, []).append(field)
    described = tomllib.loads(texts["datasets.toml"])
    version = f"{described.pop('version')}/{digest[:8]}"
    datasets = {code: _dataset(code, entry, fields.pop(code, [])) for code, entry in described.items()}
    if fields:
        raise CatalogueFault(f"fields of unknown data sets: {sorted(fields)}")
    _refuse_repeated("number", [dataset.number for dataset in datasets.values()])
    return Catalogue(version, datasets)


def _read_codes(text: str) -> dict[str, tuple[Code, ...]]:
    lists: dict[str, list[Code]] = {}
    for row in csv.DictReader(text.splitlines()):
        lists.setdefault(row["list"], []).append(Code(row["code"], row["name_zh"], row["name_en"]))
    for name, codes in lists.items():
        _refuse_repeated(f"code of {name}", [code.code for code in codes])
    return {name: tuple(codes) for name, codes in lists.items()}


def _field(row: dict[str, str], lists: dict[str, tuple[Code, ...]]) -> Field:
    kind, _colon, listed = row["type"].partition(":")
    if listed and listed not in lists:
        raise CatalogueFault(f"{row['dataset']}.{row['field']}: no code list {listed}")
    return Field(
        dataset=row["dataset"],
        code=row["field"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        type=FieldType(kind),
        unit=Unit(row["unit"]),
        required=_yes(row, "required"),
        role=Role(row["role"]),
        metric=int(row["metric"]) if row["metric"] else None,
        minimum=Decimal(row["minimum"]) if row["minimum"] else None,
        sentinel=row["sentinel"],
        future=_yes(row, "future"),
        access=Access(row["access"]),
        certainty=Certainty(row["certainty"]),
        aliases=tuple(filter(None, row["aliases"].split(";"))),
        codes=lists[listed] if listed else (),
    )


def _yes(row: dict[str, str], column: str) -> bool:
    if row[column] not in ("yes", "no"):
        raise CatalogueFault(f"{row['dataset']}.{row['field']}: {column} must be yes or no")
    return row[column] == "yes"


def _dataset(code: str, entry: dict[str, Any], fields: list[Field]) -> Dataset:
    unknown = set(entry) - _DATASET_KEYS
    if unknown:
        raise CatalogueFault(f"{code}: unknown entries {sorted(unknown)}")
    dataset = Dataset(
        code=code,
        number=entry["number"],
        name_zh=entry["name_zh"],
        name_en=entry["name_en"],
        kind=DatasetKind(entry["kind"]),
        source_unit=entry["source_unit"],
        subject=entry["subject"],
        key=tuple(entry["key"]),
        frequency=Frequency(entry["frequency"]),
        due_working_days=entry["due_working_days"],
        access=Access(entry["access"]),
        displayed=entry["displayed"],
        retention_years=entry["retention_years"],
        certainty=Certainty(entry["certainty"]),
        fields=tuple(fields),
        period=entry.get("period", ""),
        dated_by=tuple(entry.get("dated_by", ())),
        document=entry.get("document", ""),
        ends_by=entry.get("ends_by", ""),
    )
    _check(dataset)
    return dataset


def _check(dataset: Dataset) -> None:
    _refuse_repeated(f"field of {dataset.code}", [field.code for field in dataset.fields])
    named = {dataset.subject, dataset.period, dataset.document, dataset.ends_by, *dataset.key, *dataset.dated_by} - {""}
    if missing := named - set(dataset.field_of):
        raise CatalogueFault(f"{dataset.code}: names fields that it does not have: {sorted(missing)}")
    if (dataset.kind is DatasetKind.OBSERVATIONS) != bool(dataset.period):
        raise CatalogueFault(f"{dataset.code}: a period belongs to observations, and only to them")
    if dataset.kind is not DatasetKind.OBSERVATIONS and dataset.metrics:
        raise CatalogueFault(f"{dataset.code}: only observations have metrics")
    if dataset.kind is DatasetKind.OBSERVATIONS and {field.code for field in dataset.parts} != set(dataset.key):
        raise CatalogueFault(f"{dataset.code}: the parts and the key differ")
    for field in dataset.fields:
        _check_metric(dataset, field)
    _refuse_repeated("metric", [metric.number for metric in dataset.metrics])


def _check_metric(dataset: Dataset, field: Field) -> None:
    if (field.role is Role.METRIC) != (field.metric is not None):
        raise CatalogueFault(f"{dataset.code}.{field.code}: a metric has a number, and nothing else has one")
    if field.metric is None:
        return
    if field.metric // METRICS_PER_DATASET != dataset.number or field.type not in _NUMBERED:
        raise CatalogueFault(
            f"{dataset.code}.{field.code}: metric {field.metric} does not fit the data set or the type"
        )


def _refuse_repeated(what: str, values: list[Any]) -> None:
    if repeated := [value for value, count in Counter(values).items() if count > 1]:
        raise CatalogueFault(f"{what} repeated: {repeated}")
