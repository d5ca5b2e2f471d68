"""A mirror, not a fence: prints the longest modules and functions, and refuses only what nobody can read."""

import ast
from pathlib import Path

from xinyidai.settings import ROOT

LIMIT_MODULE = 600
LIMIT_FUNCTION = 90


def sources() -> list[Path]:
    return [path for part in ("platform/xinyidai", "matching") for path in (ROOT / part).rglob("*.py")]


def functions(path: Path) -> list[tuple[int, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_modules_and_functions_stay_readable() -> None:
    modules = sorted(((path.read_text().count("\n"), str(path.relative_to(ROOT))) for path in sources()), reverse=True)
    longest = sorted((entry for path in sources() for entry in functions(path)), reverse=True)
    print("\nlongest modules:", *modules[:8], "longest functions:", *longest[:8], sep="\n  ")
    assert [entry for entry in modules if entry[0] > LIMIT_MODULE] == []
    assert [entry for entry in longest if entry[0] > LIMIT_FUNCTION] == []
