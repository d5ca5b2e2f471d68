"""Checks of single values. Each returns the value as the library keeps it, or None and one more problem."""

from collections.abc import Collection, Mapping

from matching.errors import FieldError

Problems = list[FieldError]

_INF = float("inf")


def shown(raw: object) -> str:
    """A raw value inside a message: short, and never its whole length."""
    text = repr(raw)
    return text if len(text) <= 60 else text[:57] + "..."


def number(raw: object, field: str, problems: Problems, *, minimum: float | None = None) -> float | None:
    """A finite number that float64 holds exactly. Booleans are not numbers."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        problems.append(FieldError(field, f"must be a number, not {shown(raw)}"))
        return None
    try:
        value = float(raw)
    except OverflowError:
        value = _INF
    if value != value or value in (_INF, -_INF):
        problems.append(FieldError(field, "must be a finite number"))
        return None
    if isinstance(raw, int) and int(value) != raw:
        problems.append(FieldError(field, f"is too large to be held exactly: {shown(raw)}"))
        return None
    if minimum is not None and value < minimum:
        problems.append(FieldError(field, f"must not be below {minimum:g}, but is {shown(raw)}"))
        return None
    return value + 0.0  # minus zero becomes zero


def text(raw: object, field: str, problems: Problems, *, empty: bool = True) -> str | None:
    if not isinstance(raw, str):
        problems.append(FieldError(field, f"must be a string, not {shown(raw)}"))
        return None
    if not raw and not empty:
        problems.append(FieldError(field, "must not be empty"))
        return None
    if not encodable(raw):
        problems.append(FieldError(field, "holds half of a surrogate pair, which is no character"))
        return None
    return raw


def encodable(raw: str) -> bool:
    """False for a string with a lone surrogate: JSON can spell it, UTF-8 cannot write it."""
    if raw.isascii():
        return True
    try:
        raw.encode()
    except UnicodeEncodeError:
        return False
    return True


def strings(raw: object, field: str, problems: Problems) -> tuple[str, ...] | None:
    if not isinstance(raw, list | tuple):
        problems.append(FieldError(field, f"must be a list of strings, not {shown(raw)}"))
        return None
    before = len(problems)
    for position, member in enumerate(raw):
        text(member, f"{field}[{position}]", problems)
    return tuple(raw) if len(problems) == before else None


def fields(
    raw: object, field: str, problems: Problems, *, required: Collection[str], optional: Collection[str] = ()
) -> Mapping[str, object] | None:
    """An object with these fields. Others are named rather than ignored: a misspelt field must not go unnoticed."""
    if not isinstance(raw, Mapping):
        problems.append(FieldError(field, f"must be an object, not {shown(raw)}"))
        return None
    prefix = "" if field == "record" else f"{field}."
    for name in raw:
        if not isinstance(name, str) or (name not in required and name not in optional):
            problems.append(FieldError(f"{prefix}{name}", "is not a field of this record"))
    for name in required:
        if name not in raw:
            problems.append(FieldError(f"{prefix}{name}", "is missing"))
    return raw
