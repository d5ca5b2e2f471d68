"""What a need's latest ranking says, in words, for the pages."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlmodel import Session

from xinyidai.core.guarantees import GuaranteeMode
from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.leads.components import Contribution, contributions_in_words
from xinyidai.leads.facts import plain_number
from xinyidai.leads.openings import opening_in_words
from xinyidai.leads.types import LeadStatus
from xinyidai.products.criterion_words import Reasons, reasons


class Verdict(LabelledEnum):
    """What the conditions of a product say to a need."""

    ELIGIBLE = "eligible", N_("all conditions met")
    CONDITIONAL = "conditional", N_("something is not known yet")
    INELIGIBLE = "ineligible", N_("a condition is not met")


@dataclass(frozen=True, slots=True)
class Ranking:
    """One finished ranking. While there is none, ranking is still running."""

    run_id: UUID
    as_of: date
    finished_at: datetime
    weights_version: str
    eligible: int
    conditional: int
    ineligible: int

    @property
    def total(self) -> int:
        return self.eligible + self.conditional + self.ineligible

    @property
    def open(self) -> int:
        """Products that can be applied for."""
        return self.eligible + self.conditional


@dataclass(frozen=True, slots=True)
class RankedProduct:
    """One product's place, its terms, and why. ``lead_status`` is that of the newest application for it."""

    product_id: UUID
    name: str
    institution: str
    amount_min: Decimal
    amount_max: Decimal
    term_min: int
    term_max: int
    rate_min: Decimal
    rate_max: Decimal
    decision_days: int
    guarantees: list[str]
    verdict: Verdict
    rank: int | None
    score: float | None
    contributions: list[Contribution]
    reasons: Reasons
    lead_status: LeadStatus | None

    @property
    def can_apply(self) -> bool:
        return self.rank is not None and self.lead_status is None


_RUN = text("""
    select id, as_of, finished_at, weights_version, eligible, conditional, ineligible
      from match_runs where need_id = :need order by finished_at desc, id desc limit 1
""")

_ROWS = """
    select r.id, r.product_id, r.rank, r.verdict, r.score, r.contributions, r.unknown, r.neutral, r.failed,
           v.name, v.name_pinyin, v.amount_min, v.amount_max, v.term_min, v.term_max, v.rate_min, v.rate_max,
           v.decision_days, v.guarantees, v.criteria, i.name as institution, i.name_pinyin as institution_pinyin,
           lead.status as lead_status
      from match_results r
      join product_versions v on v.id = r.product_version_id
      join institutions i on i.id = r.institution_id
      left join lateral (select l.status from leads l where l.need_id = :need and l.product_id = r.product_id
                          and l.status not in :ended order by l.sent_at desc, l.id desc limit 1) lead on true
     where r.match_run_id = :run
"""
_SORTS = {
    "rank": "rank",
    "rate": "rate_min",
    "days": "decision_days",
    "amount": "amount_max",
    "name": "name_pinyin",
    "institution": "institution_pinyin",
}
SORTS = tuple(_SORTS)
# After one of these the enterprise may apply for the same product again.
_ENDED = ["declined", "expired", "refused", "no_deal", "withdrawn", "unreachable"]


def latest_ranking(session: Session, need_id: UUID) -> Ranking | None:
    """None while the ranking is still running."""
    row = session.execute(_RUN, {"need": need_id}).one_or_none()
    return Ranking(*row) if row else None


def ranked_products(
    session: Session,
    need_id: UUID,
    ranking: Ranking,
    request: ListRequest,
    opened: frozenset[str],
    *,
    verdict: str = "",
) -> Listing[RankedProduct]:
    """One page of the ranking, best first unless asked otherwise. ``verdict`` ``open`` means: can be applied for.

    ``opened``: data sets that the platform may use, by consents: what is unknown of them is not for want of one.
    """
    conditions, values = ["true"], {"need": need_id, "run": ranking.run_id, "ended": _ENDED}
    if verdict == "open":
        conditions.append("rank is not null")
    elif verdict:
        conditions.append("verdict = :verdict")
        values["verdict"] = verdict
    if request.search:
        conditions.append("(position(lower(:search) in lower(name)) > 0 or position(:search in institution) > 0)")
        values["search"] = request.search
    query = text(
        f"select *, count(*) over () as total from ({_ROWS}) as rows where {' and '.join(conditions)}"  # noqa: S608 - constants of this module
        f" order by {order_by(request.sort, _SORTS, 'rank')} limit :size offset :offset"
    ).bindparams(bindparam("ended", expanding=True))
    rows = session.execute(query, {**values, "size": request.size, "offset": request.offset}).mappings().all()
    total = rows[0]["total"] if rows else 0
    found = [_ranked(row, ranking.weights_version, opened) for row in rows]
    return Listing(found, total, request.page, request.size, request.sort)


def ranked_product(
    session: Session, need_id: UUID, ranking: Ranking, product_id: UUID, opened: frozenset[str]
) -> RankedProduct | None:
    """One of ``ranked_products``; None for a product that was not on sale when it was ranked."""
    query = text(f"{_ROWS} and r.product_id = :product").bindparams(bindparam("ended", expanding=True))
    values = {"need": need_id, "run": ranking.run_id, "ended": _ENDED, "product": product_id}
    row = session.execute(query, values).mappings().one_or_none()
    return _ranked(row, ranking.weights_version, opened) if row else None


def _ranked(row: RowMapping, weights_version: str, opened: frozenset[str]) -> RankedProduct:
    return RankedProduct(
        product_id=row["product_id"],
        name=row["name"],
        institution=row["institution"],
        amount_min=row["amount_min"],
        amount_max=row["amount_max"],
        term_min=row["term_min"],
        term_max=row["term_max"],
        rate_min=row["rate_min"],
        rate_max=row["rate_max"],
        decision_days=row["decision_days"],
        guarantees=[GuaranteeMode(mode).label for mode in row["guarantees"]],
        verdict=Verdict(row["verdict"]),
        rank=row["rank"],
        score=row["score"],
        contributions=contributions_in_words(row["contributions"], row["neutral"], weights_version),
        reasons=_reasons(row, opened),
        lead_status=LeadStatus(row["lead_status"]) if row["lead_status"] else None,
    )


def _reasons(row: RowMapping, opened: frozenset[str]) -> Reasons:
    said = reasons(_record(row), row["failed"], row["unknown"], opened)
    failed = [replace(one, hint=opening_in_words(raw)) for one, raw in zip(said.failed, row["failed"], strict=True)]
    return replace(said, failed=failed)


def _record(row: RowMapping) -> dict[str, Any]:
    """The conditions of the version that was ranked: a published version never changes."""
    return {
        "amount": {"min": plain_number(row["amount_min"]), "max": plain_number(row["amount_max"])},
        "term": {"min": row["term_min"], "max": row["term_max"]},
        "annual_rate": {"min": plain_number(row["rate_min"]), "max": plain_number(row["rate_max"])},
        "guarantees": list(row["guarantees"]),
        "criteria": row["criteria"],
    }
