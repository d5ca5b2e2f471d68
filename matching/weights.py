"""Weights as dated data: each version is a file in ``parameters/`` and stays readable for ever."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "parameters"
COMPONENTS: Final = ("cost", "likelihood", "speed", "amount_fit", "term_fit", "collateral", "record")


@dataclass(frozen=True)
class Weights:
    """One version of the weights and scales; `points` are the weights in millionths of a score point.

    A full component k is worth ``points[k]``; all together are 100 000 000, a score of 100.
    """

    version: str
    points: Mapping[str, int]
    neutral: float
    rate_best: float
    rate_worst: float
    days_worst: float
    margin_share: float
    approval_prior: float
    approval_count: float
    answer_prior: float
    answer_count: float
    ease: Mapping[str, float]
    reasons: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Why each component weighs what it does: the line of the parameter file, in English."""

    def maximum(self, component: str) -> float:
        """The most that a component can add to a score, in points."""
        return self.points[component] / 1_000_000

    def __hash__(self) -> int:
        return hash(self.version)


def weights_versions() -> list[str]:
    """Every version on file, oldest first; versions are dates (``2026-11-01``)."""
    return sorted(path.stem.removeprefix("weights-") for path in FOLDER.glob("weights-*.json"))


def current_weights_version() -> str:
    """The newest version on file. The library has no clock: a file takes effect when it is shipped."""
    return weights_versions()[-1]


@cache
def load_weights(version: str | None = None) -> Weights:
    """The weights of a version, by default the current one.

    Raises LookupError for a version that is not on file, ValueError for a file that breaks the contract.
    """
    version = version or current_weights_version()
    if version not in weights_versions():
        raise LookupError(f"no weights of version {version!r}; on file are {', '.join(weights_versions())}")
    return read_weights((FOLDER / f"weights-{version}.json").read_text(encoding="utf-8"))


def read_weights(text: str) -> Weights:
    """The weights written in `text`, the JSON of a parameter file."""
    raw = json.loads(text, parse_float=Decimal)
    shares = {name: Decimal(entry["weight"]) for name, entry in raw["weights"].items()}
    if set(shares) != set(COMPONENTS) or sum(shares.values()) != 1 or min(shares.values()) < 0:
        raise ValueError(f"weights must be given for {', '.join(COMPONENTS)}, not negative, and sum to 1")
    for name, entry in raw["weights"].items():
        if not entry.get("why"):
            raise ValueError(f"the weight of {name} has no reason")

    def value(group: str, name: str) -> float:
        return float(raw[group][name]["value"])

    return Weights(
        version=raw["version"],
        points={name: int(shares[name] * 100_000_000) for name in COMPONENTS},
        neutral=float(raw["neutral"]["value"]),
        rate_best=value("cost", "rate_best"),
        rate_worst=value("cost", "rate_worst"),
        days_worst=value("speed", "days_worst"),
        margin_share=value("likelihood", "margin_share"),
        approval_prior=value("likelihood", "prior"),
        approval_count=value("likelihood", "prior_count"),
        answer_prior=value("record", "prior"),
        answer_count=value("record", "prior_count"),
        reasons={name: str(raw["weights"][name]["why"]) for name in COMPONENTS},
        ease={kind: float(entry["value"]) for kind, entry in raw["collateral"].items()},
    )


WEIGHTS_VERSION: Final = current_weights_version()
