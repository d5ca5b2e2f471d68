"""The small pieces that a page has by the hundred. As macros they would be half of the time of a long list."""

from collections.abc import Callable
from functools import lru_cache

from markupsafe import Markup, escape

from xinyidai.web.assets import static_url

_SHORT_ASCII, _SHORT_HAN = 20, 11
"""Characters of a value that is never broken; a Chinese one is as wide as two others."""


@lru_cache(maxsize=1024)
def icon(name: str, title: str = "", **more: str) -> Markup:
    """``{{ icon("cash") }}``: an icon from the sprite, decorative unless it has a ``title``; ``class`` adds a class.

    New names go into ``icons.txt``.
    """
    spoken = Markup('role="img" aria-label="{}"').format(title) if title else Markup('aria-hidden="true"')
    return Markup('<svg class="{}" width="20" height="20" {} focusable="false"><use href="{}#{}"></use></svg>').format(
        f"icon {more.get('class', '')}".strip(), spoken, static_url("vendor/icons.svg"), name
    )


def table_cell(
    label: str,
    value: object = "",
    href: str = "",
    *,
    numeric: bool = False,
    primary: bool = False,
    short: bool = False,
    caller: Callable[[], Markup] | None = None,
) -> Markup:
    """One cell of a list, by value or by what stands inside ``{% call %}``.

    ``label`` names the cell where a row becomes a card; ``primary`` is what the row is about, its head; ``short`` is
    what must not be broken, as a date in a cell of more.
    """
    if caller is not None:
        content = f"<div>{caller()}</div>"
    else:
        words = str(value)
        short = short or len(words) <= (_SHORT_ASCII if words.isascii() else _SHORT_HAN)
        content = f'<a href="{escape(href)}">{escape(value)}</a>' if href else escape(value)
    tag, scope = ("th", ' scope="row"') if primary else ("td", "")
    kind = ' class="number"' if numeric else ' class="xy-short"' if short else ""
    return Markup(f'<{tag}{scope} data-label="{escape(label)}"{kind}>{content}</{tag}>')  # noqa: S704 - all escaped
