"""Everything that is known of enterprises, for the ranking: registry, public credit data, in one fixed order."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Session

from xinyidai.enterprises.models import Enterprise
from xinyidai.leads.credit_facts import credit_facts
from xinyidai.leads.facts import Fact, facts_of


def known_facts(session: Session, enterprises: Sequence[Enterprise], as_of: date) -> dict[UUID, dict[str, Fact]]:
    """Known facts of each enterprise, read for all of them at once: the platform's, not a lender's.

    The registry's facts come first, then those of credit data in the order of the fact catalogue, so that the same
    knowledge is the same bytes.
    """
    from_data = credit_facts(session, [one.id for one in enterprises], as_of)
    return {one.id: facts_of(one, as_of) | from_data[one.id] for one in enterprises}
