"""The offer as officers type it: its fees stand in numbered rows, and each mistake is told at its own field."""

from collections.abc import Mapping

from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_, _
from xinyidai.core.validation import parse
from xinyidai.lending.commands import MakeOffer, OfferedFee

FEE_ROWS = 5
FEE_FIELDS = ("kind", "payee", "basis", "value", "due", "method")
IN_YUAN, IN_PERCENT = "yuan", "percent"
_TELLS = ("kind", "payee", "value")
"""A row in which none of these is filled in is no row: the selects beside them always say something."""


def parse_offer(typed: Mapping[str, object]) -> MakeOffer:
    """Raises InvalidInput with one sentence for every wrong field of the offer and of its rows of fees."""
    wrong: dict[str, str] = {}
    fees: list[OfferedFee] = []
    for row in range(1, FEE_ROWS + 1):
        given = {name: str(typed.get(f"fee_{name}_{row}") or "").strip() for name in FEE_FIELDS}
        if not any(given[name] for name in _TELLS):
            continue
        try:
            fees.append(_fee(given))
        except InvalidInput as error:
            wrong |= {f"fee_{_AT.get(name, name)}_{row}": message for name, message in error.fields.items()}
    try:
        command = parse(MakeOffer, {**typed, "fees": fees})
    except InvalidInput as error:
        raise InvalidInput({**error.fields, **wrong}) from error
    if wrong:
        raise InvalidInput(wrong)
    return command


_AT = {"yuan": "value", "percent": "value"}


def _fee(given: Mapping[str, str]) -> OfferedFee:
    basis = IN_YUAN if given["basis"] == IN_YUAN else IN_PERCENT
    if not given["value"]:
        raise InvalidInput({"value": N_("Please fill in this field.")})
    return parse(
        OfferedFee, {name: given[name] for name in ("kind", "payee", "due", "method")} | {basis: given["value"]}
    )


def basis_choices() -> list[tuple[str, str]]:
    return [(IN_PERCENT, _("% of the loan")), (IN_YUAN, _("yuan"))]
