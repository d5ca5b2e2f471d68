"""Why a lead fits: the stored result of the ranking, in words. The enterprise reads the same of its product."""

from dataclasses import dataclass
from datetime import date

from xinyidai.leads.components import Contribution, contributions_in_words
from xinyidai.leads.match_queries import Verdict
from xinyidai.leads.models import MatchResult, MatchRun
from xinyidai.products.criterion_words import Reasons, reasons
from xinyidai.products.models import ProductVersion
from xinyidai.products.queries import matching_record


@dataclass(frozen=True, slots=True)
class Breakdown:
    """``as_of``: the day of the facts that were compared; ``rank`` among all products for this need."""

    verdict: Verdict
    score: float | None
    rank: int | None
    as_of: date
    weights_version: str
    contributions: list[Contribution]
    reasons: Reasons


def breakdown_of(run: MatchRun, result: MatchResult, version: ProductVersion) -> Breakdown:
    return Breakdown(
        verdict=Verdict(result.verdict),
        score=result.score,
        rank=result.rank,
        as_of=run.as_of,
        weights_version=run.weights_version,
        contributions=contributions_in_words(result.contributions, result.neutral, run.weights_version),
        reasons=reasons(matching_record(version), result.failed, result.unknown),
    )
