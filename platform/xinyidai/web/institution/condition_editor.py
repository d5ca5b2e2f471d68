"""The editor of a product's conditions: rows of a form to criteria and back, without scripts.

A row keeps what was typed. Amounts are typed in 万元 and held in yuan; of a number the reader fills in the lowest
value, the highest, or both, and the op follows from that.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from xinyidai.core.i18n import N_, _
from xinyidai.core.money import wan_from_yuan, yuan_from_wan
from xinyidai.core.reference import divisions, industries
from xinyidai.products.fact_catalogue import CATALOGUE
from xinyidai.products.facts import Fact, Unit

PREFIX = "criteria-"
_SEPARATORS = re.compile(r"[,;，；、\s]+")
_OP_LABELS = {
    "in": N_("is one of"),
    "not_in": N_("is none of"),
    "any_of": N_("holds at least one of"),
    "none_of": N_("holds none of"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as it was typed. ``values`` are ticked boxes, ``codes`` what was written beside them."""

    fact: str
    op: str = ""
    low: str = ""
    high: str = ""
    values: tuple[str, ...] = ()
    codes: str = ""


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as the template draws it; ``control`` is ``number``, ``boolean``, ``choice`` or ``coded``."""

    position: int
    label: str
    source: str
    by_consent: bool
    control: str
    fact: str
    unit: str = ""
    whole: bool = False
    ops: list[tuple[str, str]] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)
    code_help: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What the rows come to: the criteria, and a sentence for each row that cannot be read."""

    criteria: tuple[dict[str, Any], ...]
    errors: dict[str, str]


def read_rows(data: Mapping[str, Any]) -> list[Row]:
    """The rows of a posted form, in their order. Rows of facts that the catalogue does not know are dropped."""
    positions = sorted(
        int(name.removeprefix(PREFIX).removesuffix("-fact"))
        for name in data
        if re.fullmatch(rf"{PREFIX}\d{{1,3}}-fact", name)
    )
    rows = [_posted(data, f"{PREFIX}{position}") for position in positions]
    return [row for row in rows if row.fact in CATALOGUE]


def _posted(data: Mapping[str, Any], stem: str) -> Row:
    def text(part: str) -> str:
        value = data.get(f"{stem}-{part}", "")
        return str(value[-1] if isinstance(value, list) else value).strip()

    ticked = data.get(f"{stem}-values", [])
    values = tuple(str(one) for one in (ticked if isinstance(ticked, list) else [ticked]))
    return Row(text("fact"), text("op"), text("low"), text("high"), values, text("codes"))


def rows_of(criteria: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Rows that show stored criteria."""
    return [_shown(one, CATALOGUE[one["fact"]]) for one in criteria if one["fact"] in CATALOGUE]


def _shown(criterion: Mapping[str, Any], fact: Fact) -> Row:
    op, value = criterion["op"], criterion["value"]
    if fact.kind == "number":
        low, high = value if op == "between" else (value, None) if op == ">=" else (None, value)
        return Row(fact.name, op, _typed(fact, low), _typed(fact, high))
    if fact.kind == "boolean":
        return Row(fact.name, op, values=("true" if value else "false",))
    if fact.is_coded:
        return Row(fact.name, op, values=tuple(value), codes=_(", ").join(one for one in value))
    return Row(fact.name, op, values=tuple(value))


def _typed(fact: Fact, value: float | None) -> str:
    if value is None:
        return ""
    number = Decimal(str(value))
    return f"{(wan_from_yuan(number) if fact.unit is Unit.YUAN else number).normalize():f}"


def form_values(rows: Sequence[Row], city: str) -> dict[str, object]:
    """What a FormState needs to show the rows again."""
    shown: dict[str, object] = {}
    for position, row in enumerate(rows):
        stem = f"{PREFIX}{position}"
        fact = CATALOGUE[row.fact]
        boxes = {code for code, _name in _boxes(fact, city)}
        written = [code for code in _split(row.codes) if code not in boxes]
        shown |= {
            f"{stem}-fact": row.fact,
            f"{stem}-op": row.op,
            f"{stem}-low": row.low,
            f"{stem}-high": row.high,
            f"{stem}-values": list(row.values),
            f"{stem}-codes": _(", ").join(written),
        }
    return shown


def row_views(rows: Sequence[Row], city: str) -> list[RowView]:
    return [_view(position, CATALOGUE[row.fact], city) for position, row in enumerate(rows)]


def _view(position: int, fact: Fact, city: str) -> RowView:
    return RowView(
        position=position,
        label=fact.label,
        source=fact.source.label,
        by_consent=fact.by_consent,
        control=fact.kind if fact.kind in ("number", "boolean") else "coded" if fact.is_coded else "choice",
        fact=fact.name,
        unit=fact.unit.label if fact.unit else "",
        whole=bool(fact.unit and fact.unit.whole),
        ops=[(op, _(_OP_LABELS[op])) for op in fact.allowed_ops if op in _OP_LABELS],
        choices=_boxes(fact, city),
        code_help=_code_help(fact),
    )


def _boxes(fact: Fact, city: str) -> list[tuple[str, str]]:
    """What can be ticked: of regions the city and its districts, of industries the sections."""
    if fact.kind == "boolean":
        yes, no = fact.phrases["is true"], fact.phrases["is false"]
        return [("true", _(yes)), ("false", _(no))]
    if fact.name == "industry":
        return [(one.code, f"{one.code} {one.name_en if _is_english() else one.name}") for one in industries.sections()]
    if fact.name == "region":
        here = divisions.path(city)[-1:]
        return [(one.stem, one.name) for one in (*here, *divisions.children(city)) if not one.is_pseudo]
    return fact.choices() if fact.choices else []


def _is_english() -> bool:
    return industries.name_of("C") != industries.table()["C"].name


def _code_help(fact: Fact) -> str:
    if fact.name == "region":
        return _("Other divisions by code, for example 3703 or 370303, parted by commas.")
    if fact.name == "industry":
        return _("Finer industries by code or name, for example C26, C2614 or 食品制造业, parted by commas.")
    return ""


def fact_choices() -> list[tuple[str, str]]:
    """The facts that a new row can ask for."""
    return [(fact.name, fact.label) for fact in CATALOGUE.values()]


def read_criteria(rows: Sequence[Row]) -> Read:
    """The criteria that the rows state. A row that cannot be read has its sentence under ``criteria-0``…"""
    criteria: list[dict[str, Any]] = []
    errors: dict[str, str] = {}
    for position, row in enumerate(rows):
        try:
            criteria.append(_criterion(row, CATALOGUE[row.fact]))
        except ValueError as error:
            errors[f"{PREFIX}{position}"] = _(str(error))
    return Read(tuple(criteria), errors)


def _criterion(row: Row, fact: Fact) -> dict[str, Any]:
    if fact.kind == "number":
        return {"fact": fact.name, **_bounds(_number(fact, row.low), _number(fact, row.high))}
    if fact.kind == "boolean":
        if len(row.values) != 1:
            raise ValueError(N_("Please choose one of the two."))
        return {"fact": fact.name, "op": "is", "value": row.values[0] == "true"}
    values = list(row.values)
    if fact.is_coded:
        values = list(dict.fromkeys([*values, *(_canonical(fact, code) for code in _split(row.codes))]))
    if not values:
        raise ValueError(N_("Please choose at least one value."))
    op = row.op if row.op in fact.allowed_ops else fact.allowed_ops[0]
    return {"fact": fact.name, "op": op, "value": values}


def _bounds(low: int | float | None, high: int | float | None) -> dict[str, Any]:
    if low is not None and high is not None:
        if low > high:
            raise ValueError(N_("The lowest value is above the highest."))
        return {"op": "between", "value": [low, high]}
    if low is None and high is None:
        raise ValueError(N_("Please enter a lowest or a highest value, or remove this condition."))
    return {"op": ">=", "value": low} if low is not None else {"op": "<=", "value": high}


def _number(fact: Fact, typed: str) -> int | float | None:
    text = unicodedata.normalize("NFKC", typed).replace(",", "").strip()
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 10**12:
        raise ValueError(N_("Please enter a number, for example 80 or 4.35."))
    if fact.unit is Unit.YUAN:
        number = yuan_from_wan(number)
    return int(number) if number == number.to_integral_value() else float(number)


def _split(codes: str) -> list[str]:
    return [one for one in _SEPARATORS.split(unicodedata.normalize("NFKC", codes)) if one]


def _canonical(fact: Fact, code: str) -> str:
    """The code as criteria hold it; what cannot be read stays as typed, so that the check names it."""
    if fact.name == "region":
        division = divisions.find(code)
        return division.stem if division else code
    return industries.normalise(code) or code
