"""Every text of the pages has its Chinese translation, and every translation keeps the placeholders."""

import re
from io import BytesIO

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from xinyidai.settings import ROOT

SOURCES = [
    ("python", ROOT / "platform/xinyidai", "**/*.py"),
    ("jinja2.ext:babel_extract", ROOT / "templates", "**/*.html"),
    ("jinja2.ext:babel_extract", ROOT / "templates", "**/*.txt"),
]
# Of two forms Chinese has the second only.
KEYWORDS = {"_": None, "N_": None, "say": None, "ngettext": (2,)}
PLACEHOLDER = re.compile(r"%\((\w+)\)")


def messages() -> dict[str, str]:
    """Message id → where it stands."""
    found: dict[str, str] = {}
    for method, folder, pattern in SOURCES:
        for path in folder.glob(pattern):
            for line, message, _comments, _context in extract(method, BytesIO(path.read_bytes()), keywords=KEYWORDS):
                for one in [message] if isinstance(message, str) else message:
                    if one:
                        found.setdefault(one, f"{path.relative_to(ROOT)}:{line}")
    return found


def catalogue() -> dict[str, str]:
    merged: dict[str, str] = {}
    for path in sorted((ROOT / "platform/xinyidai/locales/zh_CN").glob("*.po")):
        with path.open("rb") as source:
            for entry in read_po(source, locale="zh_CN"):
                if entry.id and entry.string:
                    merged[str(entry.id)] = str(entry.string)
    return merged


def test_every_text_has_a_chinese_translation() -> None:
    translated = catalogue()
    assert {text: place for text, place in messages().items() if text not in translated} == {}


def test_translations_keep_the_placeholders() -> None:
    differing = {
        text: chinese
        for text, chinese in catalogue().items()
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(chinese))
    }
    assert differing == {}


def test_one_text_has_one_translation_in_the_whole_house() -> None:
    seen: dict[str, set[str]] = {}
    for path in (ROOT / "platform/xinyidai/locales/zh_CN").glob("*.po"):
        with path.open("rb") as source:
            for entry in read_po(source, locale="zh_CN"):
                if entry.id and entry.string:
                    seen.setdefault(str(entry.id), set()).add(str(entry.string))
    assert {text: chinese for text, chinese in seen.items() if len(chinese) > 1} == {}


@pytest.mark.parametrize("locale_folder", ["zh_CN"])
def test_no_translation_is_marked_as_uncertain(locale_folder: str) -> None:
    for path in (ROOT / "platform/xinyidai/locales" / locale_folder).glob("*.po"):
        with path.open("rb") as source:
            assert [entry.id for entry in read_po(source) if entry.fuzzy and entry.id] == [], path.name
