"""What is known of an enterprise, in words, so that it can see what its need will be judged by."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session

from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.facts import facts_of
from xinyidai.products.criterion_words import value_in_words
from xinyidai.products.fact_catalogue import fact_label

_SHOWN = (
    "region",
    "industry",
    "size",
    "months_in_business",
    "registered_capital",
    "employees",
    "annual_revenue",
    "labels",
)


@dataclass(frozen=True, slots=True)
class KnownFact:
    """``value`` is None where the fact is not known."""

    label: str
    value: str | None


def registry_in_words(session: Session, enterprise_id: UUID, as_of: date) -> list[KnownFact]:
    """The registry's facts, known or not, in a fixed order."""
    facts = facts_of(session.get_one(Enterprise, enterprise_id), as_of)
    return [KnownFact(fact_label(name), value_in_words(name, facts.get(name)) or None) for name in _SHOWN]
