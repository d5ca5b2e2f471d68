"""The preview beside a product's conditions: how many needs of the last year a draft would have reached.

A draft is read leniently here: what is not filled in yet, or wrong, sets no limit and is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from litestar import post
from litestar.response import Template

from xinyidai.core.actor import Actor
from xinyidai.core.db import ActorSession
from xinyidai.core.guarantees import GuaranteeMode
from xinyidai.core.money import yuan_from_wan
from xinyidai.leads.draft_reach import FEWEST_TOLD, DraftReach, reach_of_draft
from xinyidai.products.criteria import criteria_errors
from xinyidai.web.deps import CurrentActor, Now, Session
from xinyidai.web.guards import INSTITUTION
from xinyidai.web.institution.condition_editor import Row, read_criteria, read_rows
from xinyidai.web.render import render
from xinyidai.web.requests import FormData, Request

# Beyond every need: a term that is not stated lets all through.
_NO_LIMIT = 10**12


@dataclass(frozen=True, slots=True)
class ReachPanel:
    """``left_out`` conditions cannot be read yet; ``open_terms`` says that some terms are not filled in yet."""

    found: DraftReach
    left_out: int
    open_terms: bool
    fewest_told: int = FEWEST_TOLD


@dataclass(frozen=True, slots=True)
class ReachPage:
    title: str
    reach: ReachPanel


@post("/institution/products/reach", allow=INSTITUTION, sync_to_thread=True)
def draft_reach(request: Request, data: FormData, session: Session, actor: CurrentActor, now: Now) -> Template:
    """The panel alone, for the form that is being filled in. Nothing is kept."""
    page = ReachPage("", reach_panel(session, actor, data, read_rows(data), now))
    return render(request, "institution/products/reach.html", page)


def reach_panel(
    session: ActorSession, actor: Actor, data: Mapping[str, Any], rows: Sequence[Row], now: datetime
) -> ReachPanel:
    stated = read_criteria(rows).criteria
    wrong = criteria_errors(stated)
    criteria = [one for position, one in enumerate(stated) if f"criteria-{position}" not in wrong]
    if "criteria" in wrong:  # too many to be stated at all
        criteria = []
    amount = _range(data, "amount_min_wan", "amount_max_wan", wan=True)
    term = _range(data, "term_min", "term_max")
    rate = _number(data, "rate_min")
    modes = [one for one in _many(data, "guarantees") if one in set(GuaranteeMode)]
    unstated = {
        name
        for name, open_ in {
            "amount": amount is None,
            "term": term is None,
            "max_rate": rate is None,
            "guarantees": not modes,
        }.items()
        if open_
    }
    record = {
        "id": "draft",
        "institution": str(actor.institution_id),
        "name": "",
        "amount": amount or {"min": 0, "max": _NO_LIMIT},
        "term": term or {"min": 0, "max": _NO_LIMIT},
        "annual_rate": {"min": rate or 0, "max": max(rate or 0, 100)},
        "guarantees": modes or [str(mode) for mode in GuaranteeMode],
        "criteria": criteria,
    }
    found = reach_of_draft(session, actor, record, now, unstated=frozenset(unstated))
    return ReachPanel(found, left_out=len(rows) - len(criteria), open_terms=bool(unstated))


def _range(data: Mapping[str, Any], low_name: str, high_name: str, *, wan: bool = False) -> dict[str, float] | None:
    """None where neither end is there, or the two do not fit."""
    low, high = _number(data, low_name, wan=wan), _number(data, high_name, wan=wan)
    if (low is None and high is None) or (low is not None and high is not None and low > high):
        return None
    return {"min": low or 0, "max": _NO_LIMIT if high is None else high}


def _number(data: Mapping[str, Any], name: str, *, wan: bool = False) -> float | None:
    """Yuan for what is typed in 万元; None for what is no number that could be meant."""
    typed = _many(data, name)
    try:
        number = Decimal(typed[-1].replace(",", "").strip()) if typed else Decimal("NaN")
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 < number <= 1_000_000:
        return None
    return float(yuan_from_wan(number) if wan else number)


def _many(data: Mapping[str, Any], name: str) -> list[str]:
    value = data.get(name, [])
    return [str(one) for one in (value if isinstance(value, list) else [value])]


ROUTES = [draft_reach]
