"""A stored key that sorts Chinese names as a directory does: by pinyin, syllable by syllable.

The database has no Chinese collation of its own. Keys are plain ASCII: ``山东`` → ``shan1 dong1``; sort them
with the collation "C".
"""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.contrib.tone_convert import to_tone3

LONGEST_KEY = 400


def sort_key(name: str) -> str:
    """Syllables with tone numbers (5 for none), parted by blanks; runs of Latin letters and digits in lower case.

    A character with several readings takes the one of the word it stands in: 银行 is yin2 hang2, 重庆 is
    chong2 qing4. Only such words are looked for, which makes it ten times as fast as segmenting the name.
    """
    return " ".join(_syllables(name))[:LONGEST_KEY]


def _syllables(name: str) -> Iterator[str]:
    irregular = _irregular_words()
    position = 0
    while position < len(name):
        character = name[position]
        words = irregular.get(character, {})
        for word, reading in words.items():
            if name.startswith(word, position):
                yield from reading
                position += len(word)
                break
        else:
            run = position + 1
            while _is_latin(character) and run < len(name) and _is_latin(name[run]):
                run += 1
            yield from filter(None, [name[position:run].lower() if _is_latin(character) else _syllable(character)])
            position = run


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


@cache
def _syllable(character: str) -> str:
    """The first reading of a character alone; empty for marks, which do not order names."""
    readings = PINYIN_DICT.get(ord(character), "")
    return _numbered(readings.split(",")[0]) if readings else ""


@cache
def _numbered(syllable: str) -> str:
    return str(to_tone3(syllable, v_to_u=False, neutral_tone_with_five=True)).replace("ü", "v")


@cache
def _irregular_words() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """By first character, longest first: the words whose reading differs from that of their characters alone."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for word in sorted(PHRASES_DICT, key=len, reverse=True):
        readings = [reading[0] for reading in PHRASES_DICT[word]]
        alone = [PINYIN_DICT.get(ord(character), "").split(",")[0] for character in word]
        if readings != alone and len(readings) == len(word):
            found.setdefault(word[0], {})[word] = tuple(map(_numbered, readings))
    return MappingProxyType(found)
