"""Which products state which criteria on one fact, and the bit masks that follow."""

import numpy as np
from numpy.typing import NDArray

from matching.axes import CategoryAxis, Keys, NumberAxis, make_axis
from matching.columns import Mask
from matching.records import Criterion, Kind

Words = NDArray[np.uint64]
WORD = 64


class AxisPlan:
    """One fact (or built-in): its axis, its distinct criteria, and the products that state them."""

    def __init__(self, name: str, kind: Kind, *, builtin: bool) -> None:
        self.name, self.kind, self.builtin = name, kind, builtin
        self.criteria: list[Criterion] = []
        self._number: dict[Criterion, int] = {}
        # Layer j lists the j-th criterion on this fact of every product that has as many.
        self._layers: list[tuple[list[int], list[int]]] = []
        self._stated: dict[int, int] = {}

    def state(self, place: int, criterion: Criterion) -> int:
        """Note a criterion of the product at `place`; returns the criterion's number on this axis."""
        number = self._number.setdefault(criterion, len(self._number))
        if number == len(self.criteria):
            self.criteria.append(criterion)
        layer = self._stated.get(place, 0)
        self._stated[place] = layer + 1
        if layer == len(self._layers):
            self._layers.append(([], []))
        places, numbers = self._layers[layer]
        places.append(place)
        numbers.append(number)
        return number

    def finish(self, products: int) -> None:
        """All criteria are stated: make the axis and the mask of products that ask for this fact."""
        self.axis = make_axis(self.kind, self.criteria)
        self.layers = [(np.array(places), np.array(numbers)) for places, numbers in self._layers]
        asking = np.zeros((1, products), bool)
        asking[0, self.layers[0][0]] = True
        self.asking = to_words(asking)[0]

    def number_axis(self) -> NumberAxis:
        if not isinstance(self.axis, NumberAxis):
            raise TypeError(f"{self.name} is no number")
        return self.axis

    def category_axis(self) -> CategoryAxis:
        if not isinstance(self.axis, CategoryAxis):
            raise TypeError(f"{self.name} is a number")
        return self.axis

    def passing(self, keys: Keys, products: int) -> Words:
        """For each key, the mask of products whose every criterion on this fact passes."""
        outcomes = self.axis.outcomes(keys)
        passing = np.ones((len(keys), products), bool)
        for places, numbers in self.layers:
            passing[:, places] &= outcomes[:, numbers]
        return to_words(passing)


def to_words(bits: Mask) -> Words:
    """Rows of booleans as rows of 64-bit words, the first product in the lowest bit; padding is 0."""
    count, width = bits.shape
    packed = np.zeros((count, -(-width // WORD) * (WORD // 8)), np.uint8)
    packed[:, : -(-width // 8)] = np.packbits(bits, axis=1, bitorder="little")
    return packed.view("<u8")


def to_bits(words: Words, width: int) -> Mask:
    """The reverse of `to_words`."""
    return np.unpackbits(words.view(np.uint8), axis=1, count=width, bitorder="little").astype(bool)
