"""Which words are agreed to on a day, and the words of every version that ever was."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from xinyidai.consents.types import ConsentPurpose
from xinyidai.core.i18n import current_locale

_FOLDER = files("xinyidai.consents.wordings")


@dataclass(frozen=True, slots=True)
class Wording:
    """One text for one purpose, in the reader's language."""

    version: str
    title: str
    paragraphs: tuple[str, ...]


@cache
def versions() -> tuple[str, ...]:
    """Every version, the oldest first; each is named by the first day on which it applies."""
    return tuple(sorted(file.name.removesuffix(".toml") for file in _FOLDER.iterdir() if file.name.endswith(".toml")))


def current_version(today: date) -> str:
    """The version that applies on ``today``; before the first there is only the first."""
    return max((one for one in versions() if one <= today.isoformat()), default=versions()[0])


@cache
def _texts(version: str) -> dict[str, dict[str, object]]:
    return tomllib.loads((_FOLDER / f"{version}.toml").read_text(encoding="utf-8"))


def wording(version: str, purpose: ConsentPurpose) -> Wording:
    """Raises KeyError for a version or a purpose that never was."""
    if version not in versions():
        raise KeyError(version)
    language = "zh" if current_locale() == "zh_CN" else "en"
    text = _texts(version)[purpose.value]
    paragraphs = text[language]
    if not isinstance(paragraphs, list):
        raise TypeError(f"wording {version}: {purpose} is not a list of paragraphs")
    return Wording(version, str(text[f"title_{language}"]), tuple(str(one) for one in paragraphs))
