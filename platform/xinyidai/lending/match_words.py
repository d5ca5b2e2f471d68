"""Why a lead fits: the stored result of the ranking, in words."""

from dataclasses import dataclass

from xinyidai.leads.models import MatchResult
from xinyidai.products.models import ProductVersion


@dataclass(frozen=True, slots=True)
class Part:
    """One named contribution to the score."""

    label: str
    points: float
    maximum: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of the product, and what was found."""

    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Breakdown:
    verdict: str
    score: float | None
    rank: int | None
    parts: list[Part]
    passed: list[Condition]
    failed: list[Condition]
    unknown: list[Condition]


def breakdown_of(result: MatchResult, version: ProductVersion) -> Breakdown:
    return Breakdown(
        verdict=result.verdict,
        score=result.score,
        rank=result.rank,
        parts=[Part(name, points, 100.0) for name, points in result.contributions.items()],
        passed=[],
        failed=[Condition(f"{one['fact']} {one['op']} {one['value']}", str(one["actual"])) for one in result.failed],
        unknown=[Condition(name) for name in result.unknown],
    )
