"""From what a form or a machine sent to a frozen command, or to one sentence per field."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_, _


class Command(BaseModel):
    """Input of one use case. Blank text counts as not given."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="ignore")


C = TypeVar("C", bound=BaseModel)

_CANNOT_BE_KEPT = N_("This text holds characters that cannot be kept. Please type it anew.")
_MESSAGES = {
    "missing": N_("Please fill in this field."),
    "extra_forbidden": N_("There is no field of this name."),
    "string_type": N_("Please enter a text."),
    "string_unicode": _CANNOT_BE_KEPT,
    "string_too_short": N_("Please enter at least %(min_length)s characters."),
    "string_too_long": N_("Please enter at most %(max_length)s characters."),
    "decimal_parsing": N_("Please enter a number, for example 80 or 4.35."),
    "decimal_type": N_("Please enter a number, for example 80 or 4.35."),
    "decimal_max_places": N_("Please use at most %(decimal_places)s decimals."),
    "decimal_max_digits": N_("This number has too many digits."),
    "decimal_whole_digits": N_("This number has too many digits."),
    "finite_number": N_("Please enter a number, for example 80 or 4.35."),
    "int_parsing": N_("Please enter a whole number."),
    "int_type": N_("Please enter a whole number."),
    "int_parsing_size": N_("This number has too many digits."),
    "int_from_float": N_("Please enter a whole number."),
    "greater_than": N_("Please enter a number above %(gt)s."),
    "greater_than_equal": N_("Please enter at least %(ge)s."),
    "less_than": N_("Please enter a number below %(lt)s."),
    "less_than_equal": N_("Please enter at most %(le)s."),
    "enum": N_("Please choose one of the listed values."),
    "literal_error": N_("Please choose one of the listed values."),
    "uuid_parsing": N_("Please choose one of the listed values."),
    "uuid_type": N_("Please choose one of the listed values."),
    "bool_parsing": N_("Please answer yes or no."),
    "bool_type": N_("Please answer yes or no."),
    "tuple_type": N_("Please send a list."),
    "list_type": N_("Please send a list."),
    "model_type": N_("Please send an object with named fields."),
    "too_short": N_("Please choose at least one."),
    "too_long": N_("Please choose at most %(max_length)s."),
    "date_from_datetime_parsing": N_("Please enter a date such as 2026-11-22."),
    "date_parsing": N_("Please enter a date such as 2026-11-22."),
    "date_type": N_("Please enter a date such as 2026-11-22."),
    "date_from_datetime_inexact": N_("Please enter a date such as 2026-11-22."),
}


def _sentence(error_type: str, context: Mapping[str, object], fallback: str) -> str:
    message = _MESSAGES.get(error_type)
    if message is None:
        # A validator of ours raised ValueError(message id); pydantic keeps the exception in the context.
        own = context.get("error")
        return _(str(own)) if isinstance(own, Exception) else fallback
    return _(message, **{key: value for key, value in context.items() if key != "error"})


def parse(command: type[C], data: Mapping[str, object], *, exact: bool = False) -> C:
    """Validate ``data`` into ``command``.

    Raises InvalidInput with one sentence, in the current language, for each field that is wrong. ``exact`` is for
    programs: a field that the command does not know is refused too, and one inside a list is named with its place.
    """
    given = {key: value for key, value in data.items() if value not in ("", None)}
    fields = {name: _(_CANNOT_BE_KEPT) for name, value in given.items() if _holds_nul(value)}
    if fields:
        raise InvalidInput(fields)
    try:
        return command.model_validate(given, extra="forbid" if exact else None)
    except ValidationError as error:
        for problem in error.errors():
            place = problem["loc"] if exact else problem["loc"][:1]
            name = ".".join(map(str, place)) or "form"
            fields.setdefault(name, _sentence(problem["type"], problem.get("ctx", {}), problem["msg"]))
        raise InvalidInput(fields) from error


def _holds_nul(value: object) -> bool:
    """The one character that no text of the database can hold, wherever it stands."""
    if isinstance(value, Mapping):
        return any(map(_holds_nul, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_nul, value))
    return isinstance(value, str) and "\0" in value
