"""Posted needs in the form of the matching contract, with the facts known today. One place for all rankings."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.facts import plain_number, stated_facts
from xinyidai.leads.known_facts import known_facts
from xinyidai.needs.models import Need

Record = dict[str, Any]


def current_records(session: Session, pairs: Sequence[tuple[Need, Enterprise]], as_of: date) -> list[Record]:
    """The records of needs with their enterprises, in the order given; set-based, whatever their number."""
    facts = known_facts(session, [enterprise for _, enterprise in pairs], as_of)
    return [need_record(need, facts[enterprise.id] | stated_facts(need)) for need, enterprise in pairs]


def need_record(need: Need, facts: Mapping[str, object]) -> Record:
    """A posted need in the form of the matching contract."""
    if need.amount is None:
        raise ValueError(f"need {need.id} has no amount: it is a draft")
    return {
        "id": str(need.id),
        "amount": plain_number(need.amount),
        "term": need.term_months,
        "max_rate": None if need.max_rate is None else plain_number(need.max_rate),
        "guarantees": list(need.guarantees),
        "facts": dict(facts),
    }
