"""Running the one SQL text: what has been delivered at all, and the values of many or few enterprises."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Integer, Row, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text, Uuid
from sqlmodel import Session

from xinyidai.credit.indicators.load import scorecard
from xinyidai.credit.indicators.model import Indicator
from xinyidai.credit.indicators.statement import Context, Whose, months_before, values_sql

FOR_A_CITY = (
    # The partial sums of a city must fit, and the planner must believe it, or it sorts millions of rows.
    "set local work_mem = '256MB'",
    "set local hash_mem_multiplier = 3",
    "set local max_parallel_workers_per_gather = 4",
    # The key carries the figures. Read in its order, each worker meets whole enterprises and there is little to merge.
    "set local random_page_cost = 0.3",
)
_AS_BEFORE = (
    "set local work_mem to default",
    "set local hash_mem_multiplier to default",
    "set local random_page_cost to default",
)
_ANYTHING = text(
    "select exists (select 1 from credit_batches where status = 'taken') or exists (select 1 from credit_indicators)"
)


def anything_to_compute(session: Session) -> bool:
    """Whether data were delivered, or somebody was computed without."""
    return bool(session.connection().scalar(_ANYTHING))


def current_context(session: Session, as_of: date) -> Context:
    """Which lists count as delivered on ``as_of``, by the last delivery of each that stands."""
    card = scorecard()
    statement = text(
        "select dataset, max((received_at at time zone 'Asia/Shanghai')::date) from credit_batches"
        " where status = 'taken' and dataset = any(:lists) group by dataset"
    ).bindparams(bindparam("lists", type_=ARRAY(Text)))
    found = session.connection().execute(statement, {"lists": sorted(card.lists)})
    delivered = {row[0]: row[1] for row in found}
    outdated = [one.number for one in card.indicators if _is_outdated(one, delivered, as_of)]
    return Context(as_of, tuple(sorted(delivered)), tuple(outdated), delivered)


def _is_outdated(one: Indicator, delivered: Mapping[str, date], as_of: date) -> bool:
    """Whether even the list that came last is older than the indicator bears."""
    last = max((delivered[listed.code] for listed in one.lists if listed.code in delivered), default=None)
    return last is not None and one.fresh_months > 0 and last < months_before(as_of, one.fresh_months)


def compute_into(session: Session, table: str, context: Context, enterprise_ids: Sequence[UUID] | None) -> None:
    """Make the temporary table ``table`` with the values of all enterprises, or of those named."""
    connection = session.connection()
    everybody = enterprise_ids is None
    parameters = context.parameters(scorecard())
    if not everybody:
        parameters["who"] = list(enterprise_ids or ())
    for setting in FOR_A_CITY if everybody else ():
        connection.execute(text(setting))
    connection.execute(text(f"drop table if exists pg_temp.{table}"))
    whose = Whose.EVERYBODY if everybody else Whose.SOME
    connection.execute(_statement(whose, f"create temp table {table} on commit drop as "), parameters)
    for setting in _AS_BEFORE if everybody else ():
        connection.execute(text(setting))


def compute_one(session: Session, context: Context, enterprise_id: UUID) -> Row[Any] | None:
    """The same for one enterprise, without a table; None where there is none of that name."""
    parameters = context.parameters(scorecard()) | {"who": enterprise_id}
    return session.connection().execute(_statement(Whose.ONE), parameters).one_or_none()


@cache
def _statement(whose: Whose, before: str = "") -> TextClause:
    """Kept, because the text is long; and always the same, so that driver and server know it again."""
    binds: list[BindParameter[Any]] = [
        bindparam("known", type_=ARRAY(Text)),
        bindparam("outdated", type_=ARRAY(Integer)),
    ]
    if whose is not Whose.EVERYBODY:
        binds.append(bindparam("who", type_=Uuid() if whose is Whose.ONE else ARRAY(Uuid)))
    return text(before + values_sql(whose)).bindparams(*binds)
