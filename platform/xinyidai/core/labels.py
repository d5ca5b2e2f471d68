"""Closed vocabularies with a name that a person reads."""

from enum import StrEnum
from typing import Self

from xinyidai.core.i18n import _


class LabelledEnum(StrEnum):
    """A string enumeration whose members carry an English label, translated when it is shown.

    Write members as ``CREDIT = "credit", N_("unsecured")``.
    """

    _message: str

    def __new__(cls, value: str, message: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member._message = message or value
        return member

    @property
    def label(self) -> str:
        return _(self._message)

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Value and label of every member, in order of declaration, for form controls."""
        return [(member.value, member.label) for member in cls]
