"""Criteria as data: what a product may state, and what is wrong with what it states."""

from collections.abc import Mapping

from matching.checks import Problems, fields, number, shown, strings, text
from matching.errors import FieldError
from matching.records import KIND_NAMES, KIND_OF_OP, Criterion, Kind, Value


def check_criteria(criteria: object, kinds: Mapping[str, Kind] | None = None) -> list[FieldError]:
    """Every problem of one product's list of criteria, an empty list where there is none.

    `kinds` says what kind each fact of the caller's catalogue is (``"number"``,
    ``"string"``, ``"boolean"``, ``"list"``); a criterion on one of them must then
    use an op of that kind. Facts that are not in it are left alone.
    Fields read ``criteria[0].op``.
    """
    problems: Problems = []
    for position, criterion in enumerate(parse_criteria(criteria, problems)):
        wanted = (kinds or {}).get(criterion.fact)
        if wanted is not None and wanted != criterion.kind:
            reason = f"{criterion.op} needs {KIND_NAMES[criterion.kind]}, but {criterion.fact} is {KIND_NAMES[wanted]}"
            problems.append(FieldError(f"criteria[{position}].op", reason))
    return problems


def parse_criteria(raw: object, problems: Problems) -> tuple[Criterion, ...]:
    """The criteria as written; with any problem the result is not to be used."""
    if not isinstance(raw, list | tuple):
        problems.append(FieldError("criteria", f"must be a list, not {shown(raw)}"))
        return ()
    parsed = [_criterion(one, f"criteria[{position}]", problems) for position, one in enumerate(raw)]
    kinds: dict[str, tuple[int, Kind]] = {}
    for position, criterion in enumerate(parsed):
        first, kind = kinds.setdefault(criterion.fact, (position, criterion.kind))
        if kind != criterion.kind:
            reason = (
                f"asks {criterion.fact} for {KIND_NAMES[criterion.kind]}, but criteria[{first}] for {KIND_NAMES[kind]}"
            )
            problems.append(FieldError(f"criteria[{position}].op", reason))
    return tuple(parsed)


# Stands where a criterion could not be read, so that the others keep their positions.
_UNREADABLE = Criterion("", "in", ())


# Criteria seen lately, by what they were written as: the same few thousand are stated by product after product.
_known: dict[object, Criterion] = {}
_KNOWN_AT_MOST = 100_000


def _criterion(raw: object, field: str, problems: Problems) -> Criterion:
    written = _written(raw)
    known = None if written is None else _known.get(written)
    if known is None:
        before = len(problems)
        known = _read(raw, field, problems)
        if written is not None and len(problems) == before:
            if len(_known) >= _KNOWN_AT_MOST:
                _known.clear()
            _known[written] = known
    return known


def _written(raw: object) -> object:
    """What a criterion says, with the types it says it in (1, 1.0 and true are not the same); None for odd ones."""
    if type(raw) is not dict or len(raw) != 3 or "value" not in raw:
        return None
    value = raw["value"]
    kind: object = type(value)
    if kind is list:
        value = tuple(value)
        kind = tuple(map(type, value))
    written = raw.get("fact"), raw.get("op"), kind, value
    try:
        hash(written)
    except TypeError:
        return None
    return written


def _read(raw: object, field: str, problems: Problems) -> Criterion:
    before = len(problems)
    record = fields(raw, field, problems, required=("fact", "op", "value"))
    if record is None or len(problems) > before:
        return _UNREADABLE
    fact = text(record["fact"], f"{field}.fact", problems, empty=False)
    op = record["op"]
    if not isinstance(op, str) or op not in KIND_OF_OP:
        problems.append(FieldError(f"{field}.op", f"unknown op {shown(op)}; known are {', '.join(KIND_OF_OP)}"))
        return _UNREADABLE
    value = _value(op, record["value"], f"{field}.value", problems)
    if fact is None or value is None:
        return _UNREADABLE
    return Criterion(fact, op, value)


def _value(op: str, raw: object, field: str, problems: Problems) -> Value | None:
    kind = KIND_OF_OP[op]
    if op == "between":
        return _bounds(raw, field, problems)
    if kind == "number":
        return number(raw, field, problems)
    if kind == "boolean":
        if isinstance(raw, bool):
            return raw
        problems.append(FieldError(field, f"must be true or false, not {shown(raw)}"))
        return None
    return strings(raw, field, problems)


def _bounds(raw: object, field: str, problems: Problems) -> tuple[float, float] | None:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        problems.append(FieldError(field, f"must be [low, high], not {shown(raw)}"))
        return None
    low, high = number(raw[0], f"{field}[0]", problems), number(raw[1], f"{field}[1]", problems)
    if low is None or high is None:
        return None
    if low > high:
        problems.append(FieldError(field, f"low {shown(raw[0])} is above high {shown(raw[1])}"))
        return None
    return low, high
