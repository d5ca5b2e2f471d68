"""Offers of one need side by side, line by line, and which of them is best in each line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xinyidai.lending.offer_queries import OfferCard

Figure = Callable[[OfferCard], Decimal | None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``best`` says for each line which offers (by their place) are best in it; nothing where all are alike.

    ``same_loan``: whether amount and term are the same in all; ``same_repayment``, the way of repayment as well. Where
    they are not, cost and burden in yuan say little about the price, so no offer is best in them: whoever pays back
    earlier pays less interest and has the money for a shorter time.
    """

    offers: tuple[OfferCard, ...]
    same_loan: bool
    same_repayment: bool
    best: dict[str, frozenset[int]]

    def is_best(self, line: str, place: int) -> bool:
        return place in self.best.get(line, frozenset())


def compare(offers: Sequence[OfferCard]) -> Comparison:
    same_loan = len({(one.amount, one.term_months) for one in offers}) <= 1
    same_repayment = len({one.repayment for one in offers}) <= 1
    lowest: dict[str, Figure] = {"rate": lambda one: one.annual_rate, "all_in": _all_in}
    if same_loan:
        lowest["fees"] = lambda one: one.cost.fees_total
    if same_loan and same_repayment:
        lowest["total"] = lambda one: one.cost.total
        lowest["monthly"] = lambda one: one.cost.heaviest_month
        lowest["last"] = lambda one: one.cost.last_payment
    best = {line: _extreme([figure(one) for one in offers], min) for line, figure in lowest.items()}
    best["amount"] = _extreme([one.amount for one in offers], max)
    best["valid_until"] = frozenset()
    return Comparison(tuple(offers), same_loan, same_repayment, best)


def _all_in(offer: OfferCard) -> Decimal | None:
    """To the hundredth, as it is shown: a difference that nobody sees decides nothing."""
    found = offer.cost.all_in
    return None if found is None else found.nominal.quantize(Decimal("0.01"))


def _extreme(figures: Sequence[Decimal | None], choose: Callable[[Sequence[Decimal]], Decimal]) -> frozenset[int]:
    """The places of the best figure. An unknown figure is neither best nor worst."""
    known = [figure for figure in figures if figure is not None]
    if len(set(known)) < 2:
        return frozenset()
    winner = choose(known)
    return frozenset(place for place, figure in enumerate(figures) if figure == winner)
