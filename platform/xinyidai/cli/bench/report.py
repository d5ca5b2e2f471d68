"""What every benchmark says of its figures and of the machine it ran on."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

Figures = dict[str, dict[str, Any]]
"""Name → {"value", "unit", "goal", "met", "against"}, as ``--json`` prints them."""


def figure(
    value: float, unit: str, goal: float | None = None, *, above: bool = True, against: str | None = None
) -> dict[str, Any]:
    """One figure, with four digits. ``above``: the goal is a least, not a most."""
    said: dict[str, Any] = {"value": float(f"{value:.4g}"), "unit": unit}
    if goal is not None:
        said |= {"goal": f"{'>=' if above else '<='} {goal:g}", "met": value >= goal if above else value <= goal}
    return said | ({"against": against} if against else {})


def machine(packages: Sequence[str]) -> dict[str, str]:
    """The processor, its cores, and the versions of what was measured."""
    cpu = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or "unknown",
    )
    return {
        "processor": cpu,
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of a page, and the empty line after it."""
    lines = [head, tuple("---" for _ in head), *rows]
    return [*(f"| {' | '.join(cells)} |" for cells in lines), ""]


def figure_table(figures: Figures) -> list[str]:
    """All figures as a table of a page: what was measured beside what was asked."""
    rows = [
        (
            name,
            f"{one['value']:g} {one['unit']}",
            str(one.get("goal", "")),
            "" if "met" not in one else "yes" if one["met"] else "**no**",
            str(one.get("against", "")),
        )
        for name, one in figures.items()
    ]
    return table(("figure", "measured", "goal", "met", "against"), rows)


def write_page(path: Path, parts: Iterable[str], about: Mapping[str, str]) -> None:
    """A page for ``docs/benchmarks/``, closed by the machine it was measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, *table(("machine", ""), list(about.items()))]), encoding="utf-8")
