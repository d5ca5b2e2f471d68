"""Payouts that look like one loan told twice: same enterprise, nearly the same amount, nearly the same day."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.i18n import N_
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.lending.services.proposals import SIMILAR_DAYS, SIMILAR_SHARE
from xinyidai.lending.types import DuplicateVerdict
from xinyidai.statistics.filters import counted


class PairState(LabelledEnum):
    """Which pairs are shown. A pair of which one row was reversed counts once and is no suspicion any more."""

    OPEN = "open", N_("to decide")
    SAME = "same", N_("the same loan, counted twice")
    DECIDED = "decided", N_("decided")


@dataclass(frozen=True, slots=True)
class PayoutOfPair:
    id: UUID
    institution: str
    contract_number: str
    reference: str
    amount: Decimal
    paid_on: date
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two payouts to one enterprise; ``verdict`` is the last decision about them, None where nobody has decided."""

    enterprise: str
    first: PayoutOfPair
    second: PayoutOfPair
    verdict: DuplicateVerdict | None
    note: str

    @property
    def counts_twice(self) -> bool:
        return self.verdict is DuplicateVerdict.SAME and not (self.first.is_reversed or self.second.is_reversed)


_PAIRS = f"""
    from disbursements a
    join disbursements b
      on b.enterprise_id = a.enterprise_id and b.id > a.id and b.reverses_id is null
     and b.paid_on between a.paid_on - {SIMILAR_DAYS} and a.paid_on + {SIMILAR_DAYS}
     and abs(a.amount - b.amount) <= {SIMILAR_SHARE} * greatest(a.amount, b.amount)
    left join disbursements ra on ra.reverses_id = a.id
    left join disbursements rb on rb.reverses_id = b.id
    left join lateral (select v.verdict, v.note from duplicate_decisions v
                        where v.first_id = a.id and v.second_id = b.id order by v.id desc limit 1) v on true
   where a.reverses_id is null and {counted("a")} and {counted("b")} and {{state}}
"""
_STATES = {
    PairState.OPEN: "v.verdict is null and ra.id is null and rb.id is null",
    PairState.SAME: "v.verdict = 'same' and ra.id is null and rb.id is null",
    PairState.DECIDED: "v.verdict is not null",
}


def pairs(session: Session, state: PairState, request: ListRequest) -> Listing[Pair]:
    """Newest first; two statements, whatever the number of rows."""
    source = _PAIRS.format(state=_STATES[state])
    total = count_pairs(session, state)
    rows = session.execute(
        text(f"""
            select e.name as enterprise, v.verdict, coalesce(v.note, '') as note,
                   a.id as a_id, ia.name as a_institution, ca.contract_number as a_contract,
                   a.external_reference as a_reference, a.amount as a_amount, a.paid_on as a_paid_on, ra.id as a_back,
                   b.id as b_id, ib.name as b_institution, cb.contract_number as b_contract,
                   b.external_reference as b_reference, b.amount as b_amount, b.paid_on as b_paid_on, rb.id as b_back
            from (select a.id as first_id, b.id as second_id {source}
                   order by greatest(a.paid_on, b.paid_on) desc, a.id, b.id limit :limit offset :offset) pair
            join disbursements a on a.id = pair.first_id
            join disbursements b on b.id = pair.second_id
            join enterprises e on e.id = a.enterprise_id
            join institutions ia on ia.id = a.institution_id
            join institutions ib on ib.id = b.institution_id
            join credit_lines ca on ca.id = a.credit_line_id
            join credit_lines cb on cb.id = b.credit_line_id
            left join disbursements ra on ra.reverses_id = a.id
            left join disbursements rb on rb.reverses_id = b.id
            left join lateral (select v.verdict, v.note from duplicate_decisions v
                                where v.first_id = a.id and v.second_id = b.id order by v.id desc limit 1) v on true
            order by greatest(a.paid_on, b.paid_on) desc, a.id, b.id
        """),
        {"limit": request.size, "offset": request.offset},
    )
    found = [
        Pair(
            row.enterprise,
            _half(row._asdict(), "a_"),
            _half(row._asdict(), "b_"),
            DuplicateVerdict(row.verdict) if row.verdict else None,
            row.note,
        )
        for row in rows
    ]
    return Listing(found, total, request.page, request.size, request.sort)


def _half(row: dict[str, Any], side: str) -> PayoutOfPair:
    names = ("id", "institution", "contract", "reference", "amount", "paid_on")
    values: list[Any] = [row[side + name] for name in names]
    return PayoutOfPair(*[*values, row[f"{side}back"] is not None])


def count_pairs(session: Session, state: PairState) -> int:
    return int(session.execute(text(f"select count(*) {_PAIRS.format(state=_STATES[state])}")).scalar_one())
