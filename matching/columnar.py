"""Whole columns taken in at once, by the same rules as records one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from matching.checks import Problems, text
from matching.columns import CodedColumn, Column, Floats, Mask, NumberColumn
from matching.errors import FieldError
from matching.intake import Intake
from matching.parse import parse_fact
from matching.records import Kind


def read(
    intake: Intake,
    ids: Sequence[str],
    amount: ArrayLike,
    term: ArrayLike,
    max_rate: ArrayLike | None,
    guarantees: Sequence[Sequence[str]] | CodedColumn,
    facts: Mapping[str, object],
    unknown: Mapping[str, ArrayLike],
) -> dict[str, Any]:
    """The fields of a NeedTable, without the needs refused."""
    length = len(ids)
    no_limit = np.full(length, np.nan) if max_rate is None else np.asarray(max_rate)
    kept = _good_ids(intake, ids)
    quantities = {
        "amount": _quantity(intake, "amount", amount, kept),
        "term": _quantity(intake, "term", term, kept),
        "max_rate": _quantity(intake, "max_rate", no_limit, kept, nan_allowed=True),
    }
    offered = _coded(intake, "guarantees", "list", guarantees, np.zeros(length, bool), kept)
    _refuse(intake, "guarantees", offered.codes < 0, "is missing", kept)
    columns: dict[tuple[str, Kind], Column] = {}
    for name, raw in facts.items():
        kind, column = _fact(intake, name, raw, unknown.get(name), kept)
        columns[name, kind] = column
    rows = np.flatnonzero(kept)
    quantities["max_rate"][np.isnan(quantities["max_rate"])] = np.inf
    return {
        "ids": list(ids) if len(rows) == length else [ids[row] for row in rows.tolist()],
        "lines": rows + 1,
        **{name: values[rows] for name, values in quantities.items()},
        "guarantees": offered.take(rows),
        "facts": {key: column.take(rows) for key, column in columns.items()},
    }


def _good_ids(intake: Intake, ids: Sequence[str]) -> Mask:
    kept = np.ones(len(ids), bool)
    for row, name in enumerate(ids):
        problems: Problems = []
        if text(name, "id", problems, empty=False) is None or not intake.is_new(name, row + 1):
            kept[row] = False
        intake.refuse(row + 1, problems)
    return kept


def _refuse(intake: Intake, field: str, wrong: Mask, reason: str, kept: Mask) -> None:
    for row in np.flatnonzero(wrong):
        intake.refuse(int(row) + 1, [FieldError(field, reason)])
    kept[wrong] = False


def _numbers(field: str, raw: ArrayLike, length: int) -> Floats:
    array = np.asarray(raw)
    if array.shape != (length,):
        raise ValueError(f"{field}: has shape {array.shape}, but there are {length} ids")
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{field}: must be an array of numbers, not of {array.dtype}")
    return array.astype(np.float64)


def _quantity(intake: Intake, field: str, raw: ArrayLike, kept: Mask, *, nan_allowed: bool = False) -> Floats:
    values = _numbers(field, raw, len(kept))
    finite = np.isfinite(values) | (np.isnan(values) if nan_allowed else False)
    _refuse(intake, field, ~finite, "must be a finite number", kept)
    _refuse(intake, field, values < 0, "must not be below 0", kept)
    return values + 0.0


def _fact(intake: Intake, name: str, raw: Any, unknown: ArrayLike | None, kept: Mask) -> tuple[Kind, Column]:
    field, length = f"facts.{name}", len(kept)
    hidden = np.zeros(length, bool) if unknown is None else np.asarray(unknown, bool)
    if isinstance(raw, np.ma.MaskedArray):
        hidden, raw = hidden | np.ma.getmaskarray(raw), raw.data
    if hidden.shape != (length,):
        raise ValueError(f"{field}: the mask has shape {hidden.shape}, but there are {length} ids")
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "iuf":
        values = np.where(hidden, np.nan, _numbers(field, raw, length))
        _refuse(intake, field, ~np.isfinite(values) & ~hidden, "must be a finite number", kept)
        if raw.dtype.kind != "f":
            _refuse(intake, field, ~hidden & (abs(values) > 2.0**53), "is too large to be held exactly", kept)
        return "number", NumberColumn(values + 0.0)
    if isinstance(raw, np.ndarray) and raw.dtype.kind == "b":
        if raw.shape != (length,):
            raise ValueError(f"{field}: has shape {raw.shape}, but there are {length} ids")
        return "boolean", CodedColumn(np.where(hidden, -1, raw).astype(np.int32), [False, True])
    kind = _kind(field, raw)
    return kind, _coded(intake, field, kind, raw, hidden, kept)


def _kind(field: str, raw: Any) -> Kind:
    """Strings or lists, by the first that is known; a column of nothing known counts as strings."""
    members = raw.categories if isinstance(raw, CodedColumn) else raw
    first = next((one for one in members if one is not None), "")
    if isinstance(first, bool):
        return "boolean"
    if isinstance(first, str):
        return "string"
    if isinstance(first, list | tuple):
        return "list"
    raise TypeError(f"{field}: must hold numbers, booleans, strings or lists of strings, not {type(first).__name__}")


def _coded(intake: Intake, field: str, kind: Kind, raw: Any, hidden: Mask, kept: Mask) -> CodedColumn:
    given = raw if isinstance(raw, CodedColumn) else _encode(raw)
    if len(given.codes) != len(kept):
        raise ValueError(f"{field}: has {len(given.codes)} entries, but there are {len(kept)} ids")
    codes = np.where(hidden, -1, given.codes).astype(np.int32)
    categories = []
    for code, category in enumerate(given.categories):
        problems: Problems = []
        fact = parse_fact(category, field, problems)
        if not problems and not _is(kind, fact):
            problems.append(FieldError(field, f"is not of the kind of the column, {kind}"))
        for problem in problems[:1]:
            _refuse(intake, problem.field, codes == code, problem.reason, kept)
        categories.append(fact)
    return CodedColumn(codes, categories)


def _is(kind: Kind, fact: object) -> bool:
    return isinstance(fact, {"string": str, "list": tuple, "boolean": bool, "number": float}[kind])


def _encode(raw: Sequence[Any]) -> CodedColumn:
    code_of: dict[Any, int] = {}
    codes = np.empty(len(raw), np.int32)
    for row, one in enumerate(raw):
        member = tuple(one) if isinstance(one, list) else str(one) if isinstance(one, str) else one
        codes[row] = -1 if member is None else code_of.setdefault(member, len(code_of))
    return CodedColumn(codes, list(code_of))
