"""The ranking as SQL, for DuckDB and PostgreSQL: by product, and by join."""

from matching import COMPONENTS
from xinyidai.cli.bench.matching_coded import FAR, CodedProduct, Market, Test

# The columns that every engine returns, in this order.
OUTPUT = ("need", "product", "rank", "conditional", *COMPONENTS)
_SYMBOLS = {"at_least": ">=", "at_most": "<="}


def by_product(market: Market, top: int) -> str:
    """One SELECT for each product, its bounds written in as constants."""
    return _ranked(" UNION ALL ".join(_product_query(product, market) for product in market.products), top)


def _product_query(product: CodedProduct, market: Market) -> str:
    margins = [
        margin(f"n.{fact}", literal(low), literal(high), literal(scale), low > -FAR, high < FAR)
        for fact, low, high, scale in product.margins
    ]
    cases = " ".join(f"WHEN {at} THEN {points}" for at, points in enumerate(product.ease))
    parts = {
        "cost": str(product.cost),
        "likelihood": likelihood(market, margins, literal(product.approval)),
        "speed": str(product.speed),
        "amount_fit": fit(market, "amount", _literals(product.amount), literal(0.01)),
        "term_fit": fit(market, "term", _literals(product.term), literal(1.0)),
        "collateral": f"CASE n.guarantee_code {cases} END",
        "record": str(product.record),
    }
    conditional = f"CASE WHEN n.unknown & {product.asked_bits} <> 0 THEN 1 ELSE 0 END"
    where = " AND ".join(_test(test) for test in product.tests)
    columns = ", ".join(f"{sql} AS {name}" for name, sql in parts.items())
    chosen = f"n.need, {product.number} AS product, {conditional} AS conditional, {columns}"
    return f"SELECT {chosen} FROM needs n WHERE {where}"  # noqa: S608


def literal(value: float) -> str:
    """A double to the last bit: a plain decimal may be read as a decimal type and converted with another rounding."""
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


def _literals(bounds: tuple[float, float, float]) -> tuple[str, str, str]:
    low, high, scale = bounds
    return literal(low), literal(high), literal(scale)


def _test(test: Test) -> str:
    if test.op == "in":
        return f"n.{test.column} IN ({', '.join(map(str, test.value))})"
    if test.op in _SYMBOLS:
        return f"n.{test.column} {_SYMBOLS[test.op]} {literal(test.value)}"
    return f"n.{test.column} & {test.value} {'<>' if test.op == 'any_bit' else '='} 0"


def by_join(market: Market, top: int) -> str:
    """Needs joined by region with the products that serve it, all bounds being columns of a products table."""
    first = market.products[0]
    margins = [
        margin(f"n.{fact}", f"p.{fact}_low", f"p.{fact}_high", f"p.{fact}_scale", low > -FAR, high < FAR)
        for fact, low, high, _ in first.margins
    ]
    cases = " ".join(f"WHEN {at} THEN p.ease{at}" for at in range(len(first.ease)))
    parts = {
        "cost": "p.cost",
        "likelihood": likelihood(market, margins, "p.approval"),
        "speed": "p.speed",
        "amount_fit": fit(market, "amount", ("p.amount_min", "p.amount_max", "p.amount_scale"), literal(0.01)),
        "term_fit": fit(market, "term", ("p.term_min", "p.term_max", "p.term_scale"), literal(1.0)),
        "collateral": f"CASE n.guarantee_code {cases} END",
        "record": "p.record",
    }
    columns = ", ".join(f"{sql} AS {name}" for name, sql in parts.items())
    wanted = [
        "n.amount BETWEEN p.amount_min AND p.amount_max",
        "n.term BETWEEN p.term_min AND p.term_max",
        "n.max_rate >= p.rate",
        "n.guarantees & p.guarantees <> 0",
        *[f"n.{name} & p.{name} <> 0" for name in ("section", "size", "tax_grade", "dishonest_debtor", "labels_any")],
        "n.labels_none & p.labels_none = 0",
        *[f"n.{fact}_hi >= p.{fact}_low" for fact, low, _, _ in first.margins if low > -FAR],
        *[f"n.{fact}_lo <= p.{fact}_high" for fact, _, high, _ in first.margins if high < FAR],
    ]
    return _ranked(
        f"SELECT n.need, p.product, CASE WHEN n.unknown & p.asked <> 0 THEN 1 ELSE 0 END AS conditional, {columns} "  # noqa: S608
        "FROM needs n JOIN serving s ON s.region6 = n.region6 JOIN products p ON p.product = s.product "
        f"WHERE {' AND '.join(wanted)}",
        top,
    )


def margin(value: str, low: str, high: str, scale: str, above: bool, below: bool) -> str:
    sides = [*([f"{value} - {low}"] if above else []), *([f"{high} - {value}"] if below else [])]
    inside = sides[0] if len(sides) == 1 else f"least({sides[0]}, {sides[1]})"
    clipped = f"least(greatest(({inside}) / {scale}, 0e0), 1e0)"
    return f"CASE WHEN {value} IS NULL THEN 5e5 ELSE floor(1000000 * {clipped} + 5e-1) END"


def likelihood(market: Market, margins: list[str], approval: str) -> str:
    weights = market.weights
    mean = f"({' + '.join(margins)}) / {len(margins)}e6"
    points = weights.points["likelihood"]
    return f"CAST(floor({points} * ({literal(weights.margin_share)} * ({mean}) + {approval}) + 5e-1) AS integer)"


def fit(market: Market, name: str, bounds: tuple[str, str, str], unit: str) -> str:
    low, high, scale = bounds
    nearer = f"least((n.{name} - {low}) / {scale}, ({high} - n.{name}) / greatest(n.{name}, {unit}))"
    points = market.weights.points[f"{name}_fit"]
    return f"CAST(floor({points} * least(greatest({nearer}, 0e0), 1e0) + 5e-1) AS integer)"


def _ranked(pairs: str, top: int) -> str:
    score = " + ".join(COMPONENTS)
    window = f"row_number() OVER (PARTITION BY need ORDER BY conditional, {score} DESC, product)"
    return (
        f"SELECT {', '.join(OUTPUT)} FROM (SELECT *, {window} AS rank FROM ({pairs}) pairs) ranked "  # noqa: S608
        f"WHERE rank <= {top}"
    )
