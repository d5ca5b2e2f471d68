"""Reading the scorecard's files, strictly: a mistake in them is found when the program starts."""

import csv
import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from xinyidai.credit.catalogue import Dataset, catalogue
from xinyidai.credit.indicators.model import Bin, Dimension, Indicator, Remedy, Scorecard
from xinyidai.credit.indicators.types import Direction, ValueUnit
from xinyidai.credit.types import Certainty

DATA = files("xinyidai.credit.indicators") / "data"
_FILES = ("scorecard.toml", "indicators.csv", "bins.csv", "texts.csv", "remedies.csv", "benchmarks.csv")
Rows = list[dict[str, str]]


class ScorecardFault(ValueError):
    """The scorecard's files contradict themselves or the data catalogue."""


@cache
def scorecard() -> Scorecard:
    """The scorecard that comes with this version of the platform."""
    return load(DATA)


def load(folder: Traversable) -> Scorecard:
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in _FILES}
    rows = {name: list(csv.DictReader(text.splitlines())) for name, text in texts.items() if name.endswith(".csv")}
    digest = hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()
    described = tomllib.loads(texts["scorecard.toml"])
    card = Scorecard(
        version=f"{described['version']}/{digest[:8]}",
        level_from=tuple(described["level_from"]),
        vetoes=frozenset(described["vetoes"]),
        dimensions={code: Dimension(code, **entry) for code, entry in described["dimensions"].items()},
        indicators=_indicators(rows),
        benchmarks={(row["kind"], row["key"]): row["value"] for row in rows["benchmarks.csv"]},
    )
    _check(card)
    return card


def _indicators(rows: Mapping[str, Rows]) -> tuple[Indicator, ...]:
    bins: dict[str, list[Bin]] = defaultdict(list)
    for row in rows["bins.csv"]:
        lower = Decimal(row["from"]) if row["from"] else None
        bins[row["indicator"]].append(Bin(lower, int(row["points"]), row["label_zh"], row["label_en"]))
    texts = {row["indicator"]: row for row in rows["texts.csv"]}
    remedies = {
        row["remedy"]: Remedy(row["remedy"], row["office_zh"], row["office_en"], row["object_zh"], row["object_en"])
        for row in rows["remedies.csv"]
    }
    return tuple(
        _indicator(row, tuple(sorted(bins[row["code"]], key=_lower)), texts[row["code"]], remedies[row["remedy"]])
        for row in rows["indicators.csv"]
    )


def _lower(one: Bin) -> Decimal:
    return Decimal("-Infinity") if one.lower is None else one.lower


def _indicator(row: dict[str, str], bins: tuple[Bin, ...], texts: dict[str, str], remedy: Remedy) -> Indicator:
    return Indicator(
        number=int(row["id"]),
        code=row["code"],
        dimension=row["dimension"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        formula=row["formula"],
        datasets=tuple(_dataset(row["code"], one) for one in row["datasets"].split(";") if one),
        inputs=tuple(filter(None, row["inputs"].split(";"))),
        window=row["window"],
        window_certainty=Certainty(row["window_certainty"]),
        direction=Direction(row["direction"]),
        unit=ValueUnit(row["unit"]),
        maximum=int(row["maximum"]),
        neutral=int(row["neutral"]),
        fresh_months=int(row["fresh_months"]),
        remedy=remedy,
        repairable=row["repairable"] == "yes",
        certainty=Certainty(row["certainty"]),
        bins=bins,
        reason_zh=texts["reason_zh"],
        reason_en=texts["reason_en"],
        improve_zh=texts["improve_zh"],
        improve_en=texts["improve_en"],
    )


def _dataset(indicator: str, code: str) -> Dataset:
    found = catalogue().datasets.get(code)
    if found is None:
        raise ScorecardFault(f"{indicator}: the data catalogue has no data set {code}")
    return found


def _check(card: Scorecard) -> None:
    if [one.number for one in card.indicators] != list(range(1, len(card.indicators) + 1)):
        raise ScorecardFault("indicators are not numbered in order from 1")
    for dimension in card.dimensions.values():
        total = sum(one.maximum for one in card.of_dimension(dimension.code))
        if total != dimension.maximum:
            raise ScorecardFault(f"{dimension.code}: its indicators have {total} points, not {dimension.maximum}")
    for one in card.indicators:
        _check_indicator(one)


def _check_indicator(one: Indicator) -> None:
    if max(bin_.points for bin_ in one.bins) != one.maximum:
        raise ScorecardFault(f"{one.code}: its best bin has not its maximum")
    if not 0 < one.neutral < one.maximum:
        raise ScorecardFault(f"{one.code}: neutral points lie between none and all")
    if (one.unit is ValueUnit.CATEGORY) == any(bin_.lower is None for bin_ in one.bins):
        raise ScorecardFault(f"{one.code}: categories name each value, figures begin without a lower end")
    for name in one.inputs:
        dataset, _dot, field = name.partition(".")
        if dataset not in {known.code for known in one.datasets} or field not in catalogue().datasets[dataset].field_of:
            raise ScorecardFault(f"{one.code}: {name} is no field of its data sets")
