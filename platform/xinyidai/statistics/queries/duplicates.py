"""Payouts that look like one loan told twice: same enterprise, nearly the same amount, nearly the same day."""
# ruff: noqa: S608 - statements are put together from constants; what a person typed is always bound

from collections.abc import Mapping
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


# The days around a payout are worked out before the join: under row-level security only plain comparisons reach an
# index. All pairs are found once, for the counts and for the page.
_PAIRS = f"""
with payout as materialized (
  select d.id, d.enterprise_id, d.amount, d.paid_on, d.paid_on - {SIMILAR_DAYS} as since,
         d.paid_on + {SIMILAR_DAYS} as until
    from disbursements d where d.reverses_id is null and {counted("d")}
), pair as materialized (
  select a.id as first_id, b.id as second_id, greatest(a.paid_on, b.paid_on) as latest, v.verdict,
         coalesce(v.note, '') as note, ra.id as a_back, rb.id as b_back
    from payout a
    join disbursements b
      on b.enterprise_id = a.enterprise_id and b.paid_on between a.since and a.until and b.reverses_id is null
     and b.id > a.id and abs(a.amount - b.amount) <= {SIMILAR_SHARE} * greatest(a.amount, b.amount)
     and {counted("b")}
    left join disbursements ra on ra.reverses_id = a.id
    left join disbursements rb on rb.reverses_id = b.id
    left join lateral (select v.verdict, v.note from duplicate_decisions v
                        where v.first_id = a.id and v.second_id = b.id order by v.id desc limit 1) v on true
)
"""
_STATES = {
    PairState.OPEN: "verdict is null and a_back is null and b_back is null",
    PairState.SAME: "verdict = 'same' and a_back is null and b_back is null",
    PairState.DECIDED: "verdict is not null",
}
_COUNTS = ", ".join(f"count(*) filter (where {condition}) as {state}" for state, condition in _STATES.items())
_PAGE = """
, shown as (
  select * from pair where {state} order by latest desc, first_id, second_id limit :limit offset :offset
)
select total.*, s.first_id, e.name as enterprise, s.verdict, s.note,
       a.id as a_id, ia.name as a_institution, ca.contract_number as a_contract,
       a.external_reference as a_reference, a.amount as a_amount, a.paid_on as a_paid_on, s.a_back,
       b.id as b_id, ib.name as b_institution, cb.contract_number as b_contract,
       b.external_reference as b_reference, b.amount as b_amount, b.paid_on as b_paid_on, s.b_back
  from (select {counts} from pair) total
  left join (shown s
    join disbursements a on a.id = s.first_id
    join disbursements b on b.id = s.second_id
    join enterprises e on e.id = a.enterprise_id
    join institutions ia on ia.id = a.institution_id
    join institutions ib on ib.id = b.institution_id
    join credit_lines ca on ca.id = a.credit_line_id
    join credit_lines cb on cb.id = b.credit_line_id) on true
 order by s.latest desc, s.first_id, s.second_id
"""


@dataclass(frozen=True, slots=True)
class Pairs:
    """One page of pairs, and how many there are in each state."""

    listing: Listing[Pair]
    counts: Mapping[PairState, int]


def pairs(session: Session, state: PairState, request: ListRequest) -> Pairs:
    """Newest first; one statement, whatever the number of rows."""
    rows = session.execute(
        text(_PAIRS + _PAGE.format(state=_STATES[state], counts=_COUNTS)),
        {"limit": request.size, "offset": request.offset},
    ).all()
    counts = {one: int(rows[0]._mapping[one.value]) for one in PairState}
    found = [
        Pair(
            row.enterprise,
            _half(row._asdict(), "a_"),
            _half(row._asdict(), "b_"),
            DuplicateVerdict(row.verdict) if row.verdict else None,
            row.note,
        )
        for row in rows
        if row.first_id is not None
    ]
    return Pairs(Listing(found, counts[state], request.page, request.size, request.sort), counts)


def _half(row: dict[str, Any], side: str) -> PayoutOfPair:
    names = ("id", "institution", "contract", "reference", "amount", "paid_on")
    values: list[Any] = [row[side + name] for name in names]
    return PayoutOfPair(*[*values, row[f"{side}back"] is not None])


def count_pairs(session: Session, state: PairState) -> int:
    statement = f"{_PAIRS} select count(*) from pair where {_STATES[state]}"
    return int(session.execute(text(statement)).scalar_one())
