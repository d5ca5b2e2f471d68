"""What a form page shows again: the values as they were typed and one message for each wrong field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xinyidai.core.i18n import _


@dataclass(frozen=True, slots=True)
class FormState:
    """A form as the templates need it. ``values`` may hold any object; several choices are a sequence.

    The name ``""`` in ``errors`` carries a message that belongs to no single field.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    """Before the ids of the controls, where a page has two forms with fields of one name."""
    labels: dict[str, str] = field(default_factory=dict, compare=False)
    """What the controls drawn so far are called, so that the summary of errors can name them."""

    def named(self, name: str, label: str) -> str:
        """Called by each control; answers nothing to draw."""
        self.labels[name] = label
        return ""

    def value(self, name: str) -> str:
        """The text for a control; what was never filled in is empty."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def chosen(self, name: str, option: object) -> bool:
        """Whether a select, radio or checkbox stands on this option."""
        value = self.values.get(name)
        if isinstance(value, bool):
            return value is option or str(value).lower() == str(option)
        if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
            return str(option) in {str(one) for one in value}
        return value is not None and str(value) == str(option)

    def error(self, name: str) -> str:
        """The message at a field, or nothing."""
        return self.errors.get(name, "")


def refused(values: Mapping[str, object], errors: Mapping[str, str]) -> FormState:
    """The form as it was typed, with the services' messages in the reader's language."""
    return FormState(values, {name: _(message) for name, message in errors.items()})


def texts(data: Mapping[str, object], *, lists: Sequence[str] = ()) -> dict[str, object]:
    """A posted form as commands want it: each name in ``lists`` a list (empty where nothing was ticked), the rest text.

    The form's own token is left out.
    """
    result: dict[str, object] = {}
    for name, value in data.items():
        if name.startswith("_"):
            continue
        # A null character is text to nobody, and no database column takes it.
        many = [str(one).replace("\x00", "") for one in (value if isinstance(value, list) else [value])]
        result[name] = many if name in lists else many[-1]
    return {**{name: [] for name in lists}, **result}
