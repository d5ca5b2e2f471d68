"""Small markets made to be awkward: few values, so that facts meet thresholds, and scores each other."""

from typing import Any

from hypothesis import strategies as st

Records = list[dict[str, Any]]

NUMBERS = [-5.0, 0.0, 0.01, 1.0, 2.0, 2.5, 10.0, 1e15]
STRINGS = ["", "3", "37", "3704", "370402", "C", "C26", "贷"]
MEMBERS = ["a", "b", "c", "d"]
AMOUNTS = [0.0, 0.01, 0.02, 100.0, 100000.0, 2e6]
GUARANTEES = ["credit", "guarantee", "mortgage", "gold"]
FACTS = {
    "n": "number",
    "m": "number",
    "s": "string",
    "t": "string",
    "b": "boolean",
    "l": "list",
    "never asked": "number",
}

# Mostly few, and on either side of a word of 64.
COUNTS = st.integers(0, 6) | st.sampled_from([7, 63, 64, 65, 130])

number = st.sampled_from(NUMBERS)
strings = st.lists(st.sampled_from(STRINGS), max_size=3)
members = st.lists(st.sampled_from(MEMBERS), max_size=3)
guarantees = st.lists(st.sampled_from(GUARANTEES), max_size=3)
OF_KIND: dict[str, Any] = {
    "number": number,
    "string": st.sampled_from(STRINGS),
    "boolean": st.booleans(),
    "list": members,
}


@st.composite
def bounds(draw: st.DrawFn, values: list[float]) -> dict[str, float]:
    low, high = sorted((draw(st.sampled_from(values)), draw(st.sampled_from(values))))
    return {"min": low, "max": high}


@st.composite
def criteria(draw: st.DrawFn) -> dict[str, Any]:
    fact = draw(st.sampled_from([name for name in FACTS if name != "never asked"]))
    match FACTS[fact]:
        case "number":
            op = draw(st.sampled_from([">=", "<=", "between"]))
            value: Any = sorted((draw(number), draw(number))) if op == "between" else draw(number)
        case "string":
            op, value = draw(st.sampled_from(["in", "not_in", "prefix_in"])), draw(strings)
        case "boolean":
            op, value = "is", draw(st.booleans())
        case _:
            op, value = draw(st.sampled_from(["any_of", "none_of"])), draw(members)
    return {"fact": fact, "op": op, "value": value}


@st.composite
def institution_records(draw: st.DrawFn) -> dict[str, Any] | None:
    if draw(st.booleans()):
        return None
    approved, answered, received = sorted(draw(st.tuples(*[st.integers(0, 50)] * 3)))
    median = draw(st.sampled_from([None, 0, 4, 40]))
    return {"received": received, "answered": answered, "approved": approved, "median_days": median}


@st.composite
def product_bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A product without its id."""
    return {
        "institution": "B",
        "name": "",
        "amount": draw(bounds(AMOUNTS)),
        "term": draw(bounds([0, 1, 3, 12, 36])),
        "annual_rate": draw(bounds([0.0, 3.45, 5.0, 24.0])),
        "guarantees": draw(guarantees),
        "decision_days": draw(st.sampled_from([None, 0, 1, 5, 29.5, 90])),
        "criteria": draw(st.lists(criteria(), max_size=4)),
        "institution_record": draw(institution_records()),
    }


@st.composite
def products(draw: st.DrawFn, counts: st.SearchStrategy[int] = COUNTS) -> list[dict[str, Any]]:
    """Up to four different products, repeated under other ids up to a count."""
    bodies = draw(st.lists(product_bodies(), min_size=1, max_size=4))
    count = draw(counts)
    # Ids run against the order of the list, so that ties are not broken by chance.
    return [{"id": f"P{(7 * at) % 1000:03d}-{at}", **bodies[at % len(bodies)]} for at in range(count)]


facts = st.fixed_dictionaries({}, optional={name: st.none() | OF_KIND[kind] for name, kind in FACTS.items()})


@st.composite
def needs(draw: st.DrawFn, most: int = 4) -> list[dict[str, Any]]:
    bodies = st.fixed_dictionaries(
        {
            "amount": st.sampled_from(AMOUNTS),
            "term": st.sampled_from([0, 1, 2, 3, 12, 36, 40]),
            "max_rate": st.sampled_from([None, 0, 3.45, 3.5, 25]),
            "guarantees": guarantees,
            "facts": facts,
        }
    )
    return [{"id": f"N{at}", **body} for at, body in enumerate(draw(st.lists(bodies, max_size=most)))]
