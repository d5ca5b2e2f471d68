"""One error tree. Each error carries the status it answers with and a sentence that says what to do next."""

from collections.abc import Mapping

from xinyidai.core.i18n import N_, _


class XydError(Exception):
    """An expected refusal. ``message`` is a message id; ``values`` fill its placeholders when it is shown."""

    status = 400
    code = "bad-request"

    def __init__(self, message: str, /, **values: object) -> None:
        self.message_id = message
        self.values = values
        super().__init__(message % values if values else message)

    @property
    def message(self) -> str:
        return _(self.message_id, **self.values)


class NotFound(XydError):
    """Nothing there, or nothing that this actor may see: the two give the same answer."""

    status = 404
    code = "not-found"

    def __init__(self) -> None:
        super().__init__(N_("We cannot find what you are looking for."))


class Forbidden(NotFound):
    """Shown as not found, so that an address cannot be probed."""


class Conflict(XydError):
    """The state has moved on since the page was shown."""

    status = 409
    code = "conflict"


class TooLarge(XydError):
    """More was sent than the form takes."""

    status = 413
    code = "too-large"

    def __init__(self) -> None:
        super().__init__(N_("What you sent is too large."))


class TooMany(XydError):
    """Tried too often; wait before the next attempt."""

    status = 429
    code = "too-many-requests"


class InvalidInput(XydError):
    """Input that cannot be accepted: a sentence for each field, as a message id or a finished text."""

    status = 422
    code = "invalid-input"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(N_("Please correct the marked fields."))
        self.fields = dict(fields)

    def __str__(self) -> str:
        return "; ".join(f"{field}: {text}" for field, text in self.fields.items())


class UnknownYear(XydError):
    """A working-day deadline reaches into a year whose holidays are not published yet."""

    status = 503
    code = "unknown-year"
