"""Addresses of the same page with some of its query changed: sorting, turning the page, clearing a filter."""

from urllib.parse import parse_qsl, urlencode


def changed_query(query: str, **changes: object) -> str:
    """``query`` (without its question mark) with parameters set, or taken out where the new value is None.

    Starts with ``?`` even when nothing is left, so that the link always leads to the bare page.
    """
    kept = [(key, value) for key, value in parse_qsl(query, keep_blank_values=False) if key not in changes]
    new = [(key, str(value)) for key, value in changes.items() if value is not None]
    return "?" + urlencode(kept + new)


def query_pairs(query: str, *without: str) -> list[tuple[str, str]]:
    """What a form that changes ``without`` must carry along as hidden fields."""
    return [(key, value) for key, value in parse_qsl(query, keep_blank_values=False) if key not in without]


LINK_FILTERS = {"changed_query": changed_query, "query_pairs": query_pairs}
