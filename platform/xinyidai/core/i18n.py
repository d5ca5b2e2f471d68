"""The two languages of the pages: Chinese first, English second.

English texts are the message ids, so the English pages need no catalogue. Chinese lives in
``xinyidai/locales/zh_CN/*.po``, one file per area of the house, read once at start: there is no
compiled artefact that could fall behind its source.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache
from importlib.resources import files

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

DEFAULT_LOCALE = "zh_CN"
LOCALES = {"zh_CN": "中文", "en": "English"}

_locale: ContextVar[str] = ContextVar("xyd_locale", default=DEFAULT_LOCALE)


@cache
def translations(locale: str) -> NullTranslations:
    """All catalogues of one language merged; a message id that stands in two files must agree."""
    merged = NullTranslations() if locale == "en" else Translations()
    if isinstance(merged, Translations):
        folder = files("xinyidai") / "locales" / locale
        for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if path.name.endswith(".po"):
                compiled = io.BytesIO()
                with path.open("rb") as source:
                    write_mo(compiled, read_po(source, locale=locale))
                compiled.seek(0)
                merged.merge(Translations(compiled))
    return merged


def current_locale() -> str:
    return _locale.get()


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Speak ``locale`` inside the block; an unknown language means the default one."""
    token = _locale.set(locale if locale in LOCALES else DEFAULT_LOCALE)
    try:
        yield
    finally:
        _locale.reset(token)


def set_locale(locale: str) -> None:
    """Speak ``locale`` for the rest of this context (one request); prefer ``use_locale`` elsewhere."""
    _locale.set(locale if locale in LOCALES else DEFAULT_LOCALE)


def N_(message: str) -> str:
    """Mark a message for translation without translating it yet."""
    return message


def ngettext(one: str, many: str, number: Decimal | int, /, **values: object) -> str:
    """``one`` of a thing or ``many`` of it. Chinese counts without a plural, so only ``many`` is translated."""
    counted = one if number == 1 and current_locale() == "en" else many
    return _(counted, **values)


def _(message: str, /, **values: object) -> str:
    """Translate ``message`` into the current language and fill its ``%(name)s`` placeholders."""
    text: str = translations(_locale.get()).gettext(message) if message else ""
    return text % values if values else text
