"""Which consent would turn which "unknown" into an answer, and how many products that could open.

Counted from what the engine said of each product in the need's latest ranking: a product that is open but for facts
which one family of data answers is decided by that family alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.consents.queries import consents_in_force, named_in
from xinyidai.credit.catalogue import catalogue
from xinyidai.credit.sharing import Family, FamilyData, families, family_of, grouped
from xinyidai.credit.types import Access
from xinyidai.leads.match_queries import Ranking
from xinyidai.products.fact_catalogue import CATALOGUE
from xinyidai.products.facts import Fact

_UNKNOWN = text("select unknown from match_results where match_run_id = :run and verdict = 'conditional'")


@dataclass(frozen=True, slots=True)
class Unlock:
    """One family of data: the data sets still closed, the facts they would answer, and the products decided by it."""

    data: FamilyData
    facts: tuple[str, ...]
    """In words."""
    products: int


@dataclass(frozen=True, slots=True)
class Unlocks:
    """``together``: products that could be decided if every family named here were opened."""

    families: tuple[Unlock, ...]
    together: int
    comparing: bool
    """A consent was given since the ranking: the needs are being compared again."""
    allowed: frozenset[str]
    """Data sets that the platform may use for the ranking."""

    @property
    def datasets(self) -> list[str]:
        return [one.code for unlock in self.families for one in unlock.data.datasets]


def unlocks_of(session: Session, enterprise_id: UUID, ranking: Ranking, today: date) -> Unlocks:
    """What the platform may not use yet, among what the conditional products of this ranking ask for."""
    unknown = [frozenset(row[0]) for row in session.execute(_UNKNOWN, {"run": ranking.run_id})]
    given = consents_in_force(session, enterprise_id, None, today)
    comparing = any(one.given_at > ranking.finished_at for one in given)
    return count_unlocks(unknown, named_in(given), comparing=comparing)


def count_unlocks(unknown: Sequence[frozenset[str]], allowed: frozenset[str], *, comparing: bool = False) -> Unlocks:
    """``unknown``: of each conditional product the names of its unknown facts; ``allowed``: data sets that are open."""
    closed = {name: _closed(CATALOGUE[name], allowed) for names in unknown for name in names if name in CATALOGUE}
    closed = {name: datasets for name, datasets in closed.items() if datasets}
    needed = {name: _families(datasets) for name, datasets in closed.items()}
    found: list[Unlock] = []
    for family in families():
        facts = [name for name in CATALOGUE if family.family in needed.get(name, frozenset())]
        if not facts:
            continue
        [data] = grouped(code for name in facts for code in closed[name] if family_of(code) is family.family)
        alone = {name for name, of in needed.items() if of == {family.family}}
        found.append(Unlock(data, tuple(CATALOGUE[name].label for name in facts), _decided(unknown, alone)))
    return Unlocks(tuple(found), _decided(unknown, set(closed)), comparing, allowed)


def _closed(fact: Fact, allowed: frozenset[str]) -> frozenset[str]:
    """The data sets of a fact that need a consent and have none."""
    known = catalogue().datasets
    return frozenset(code for code in fact.datasets if known[code].access is Access.CONSENT) - allowed


def _families(datasets: Iterable[str]) -> frozenset[Family]:
    return frozenset(family for code in datasets if (family := family_of(code)) is not None)


def _decided(unknown: Sequence[frozenset[str]], answered: set[str]) -> int:
    return sum(bool(names) and names <= answered for names in unknown)
