"""Reading the office's pages as a deputy director does: a figure, its link, and the rows behind it."""

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import Element

import html5lib

from tests.web.conftest import Browser

WAN = Decimal(10_000)


def parsed(html: str) -> Element:
    root: Element = html5lib.parse(html, namespaceHTMLElements=False)
    return root


def said(element: Element | None) -> str:
    """The text a reader sees, spaces joined."""
    return " ".join("".join(element.itertext() if element is not None else []).split())


def number_in(text: str) -> Decimal:
    """The first figure of a text: 1,234.5."""
    found = re.search(r"-?[\d,]+(\.\d+)?", text)
    assert found, text
    return Decimal(found.group().replace(",", ""))


def with_class(root: Element, name: str) -> list[Element]:
    return [element for element in root.iter() if name in element.get("class", "").split()]


def export(browser: Browser, href: str) -> list[dict[str, str]]:
    """Every row of the list at ``href``, from the file beside it."""
    path, _, query = href.partition("?")
    answer = browser.get(f"{path}/export?{query}")
    assert answer.status_code == 200, answer.text[:500]
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def summed(rows: list[dict[str, str]], column: str) -> Decimal:
    """A column in 万元 as yuan."""
    return sum((Decimal(row[column]) for row in rows), Decimal(0)) * WAN


def foot(browser: Browser, href: str) -> str:
    """What the sum under the list says; a list without rows has none."""
    totals = with_class(parsed(browser.page(href)), "xy-total")
    return said(totals[0]) if totals else "0"


@dataclass(frozen=True)
class Figure:
    label: str
    href: str
    values: tuple[str, ...]


def rows_with_links(root: Element) -> list[Figure]:
    """Each table row whose head opens something: what it is called, where it leads, what its cells say."""
    found = []
    for row in root.iter("tr"):
        head = row.find("th")
        link = next(head.iter("a"), None) if head is not None else None
        if head is not None and link is not None and head.get("scope") == "row":
            found.append(Figure(said(head), str(link.get("href")), tuple(said(cell) for cell in row.findall("td"))))
    return found


def cards(root: Element) -> dict[str, Figure]:
    """The headline figures by label."""
    found = {}
    for card in with_class(root, "xy-stat"):
        label, value, note = (
            said(next(iter(with_class(card, f"xy-stat-{part}")), None)) for part in ("label", "value", "note")
        )
        href = with_class(card, "xy-stat-link")[0].get("href", "")
        found[label] = Figure(label, href, (value, note))
    return found
