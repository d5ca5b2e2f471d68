"""Values whose data are born on the platform itself, above credit in the order of imports: loans and repayments.

The domain above passes them in; nothing here knows where they come from. Until then they are missing. To readers they
are a data set like any other, ``platform_loan``: the enterprise itself and lenders under a consent see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Date, Numeric, SmallInteger, Uuid
from sqlmodel import Session, col, select

from xinyidai.core.acting import as_platform
from xinyidai.core.db import ActorSession
from xinyidai.credit.indicators.load import scorecard
from xinyidai.credit.indicators.models import CreditGivenValue

LOAN_BALANCE = "loan_balance_to_revenue"
"""Given as the balance of existing loans in yuan; the formula divides it by revenue."""
OVERDUE = "platform_repayment_12m"
"""Given as how often payments on this platform's financing were overdue within twelve months."""

_GIVE = """
    with given as materialized (
        select * from unnest(:enterprises, :indicators, :values, :days) as v (enterprise_id, indicator, value, as_of)
    ), gone as (
        delete from credit_given_values g where {whose} and not exists (
            select from given v where v.enterprise_id = g.enterprise_id and v.indicator = g.indicator)
        returning g.enterprise_id
    ), kept as (
        insert into credit_given_values as g (enterprise_id, indicator, value, as_of)
        select enterprise_id, indicator, value, as_of from given
        on conflict (enterprise_id, indicator) do update set value = excluded.value, as_of = excluded.as_of
        where (g.value, g.as_of) is distinct from (excluded.value, excluded.as_of)
        returning g.enterprise_id
    )
    select enterprise_id from gone union select enterprise_id from kept
"""
_TYPES = {"enterprises": Uuid, "indicators": SmallInteger, "values": Numeric, "days": Date}


@dataclass(frozen=True, slots=True)
class Given:
    """``code`` names the indicator; ``as_of`` is the newest day that entered the value."""

    enterprise_id: UUID
    code: str
    value: Decimal
    as_of: date


def give(session: ActorSession, values: Sequence[Given], whose: Sequence[UUID] | None = None) -> tuple[UUID, ...]:
    """Write down, as the platform itself, all values of ``whose``, or of everybody; answers whose are others now.

    A value that was there and is not among ``values`` is not known any more. Whoever calls this has them scored again.
    """
    columns = {
        "enterprises": [one.enterprise_id for one in values],
        "indicators": [_number(one.code) for one in values],
        "values": [one.value for one in values],
        "days": [one.as_of for one in values],
    }
    binds: list[BindParameter[Any]] = [bindparam(name, type_=ARRAY(kind)) for name, kind in _TYPES.items()]
    if whose is not None:
        binds.append(bindparam("whose", type_=ARRAY(Uuid)))
    statement = text(_GIVE.format(whose="true" if whose is None else "g.enterprise_id = any(:whose)"))
    asked = columns if whose is None else {**columns, "whose": list(whose)}
    with as_platform(session):
        return tuple(session.connection().scalars(statement.bindparams(*binds), asked))


def given_fields(session: Session, enterprise_id: UUID, dataset: str) -> dict[str, Decimal | date]:
    """What was given of an enterprise, by field of the data set, as far as the database shows it to this session.

    ``as_of`` is the newest day that entered any of it. Empty where nothing is known.
    """
    values = select(CreditGivenValue).where(CreditGivenValue.enterprise_id == enterprise_id)
    rows = session.exec(values.order_by(col(CreditGivenValue.indicator))).all()
    found: dict[str, Decimal | date] = {}
    for row in rows:
        fields = [name.split(".") for name in scorecard().indicators[row.indicator - 1].inputs]
        found |= {field: row.value for of, field in fields if of == dataset}
    return found | {"as_of": max(row.as_of for row in rows)} if found else {}


def _number(code: str) -> int:
    indicator = scorecard().by_code[code]
    if not indicator.formula.startswith("given"):
        raise ValueError(f"{code} is computed from delivered data and cannot be given")
    return indicator.number
