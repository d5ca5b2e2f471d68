"""`python -m matching` on files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from matching.commands import main
from tests.matching.samples import need, product


def write(path: Path, *lines: bytes | dict[str, Any]) -> Path:
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
    )
    return path


def call(tmp_path: Path, command: str, needs: Path, products: Path, *more: str) -> tuple[int, list[dict[str, Any]]]:
    out = tmp_path / "out.jsonl"
    status = main([command, "--needs", str(needs), "--products", str(products), "--out", str(out), *more])
    return status, [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def products(tmp_path: Path) -> Path:
    return write(tmp_path / "products.jsonl", product(), product(id="P2", decision_days=3))


def test_rank_writes_the_best_products_of_each_need(tmp_path: Path, products: Path) -> None:
    needs = write(tmp_path / "needs.jsonl", need(), need(id="N2", amount=1))
    status, lines = call(tmp_path, "rank", needs, products, "--top", "1")
    assert status == 0
    assert [(line["need"], line["product"], line["rank"], line["verdict"]) for line in lines] == [
        ("N1", "P2", 1, "conditional")
    ]
    assert lines[0]["unknown"] == ["tax_grade"]
    assert round(sum(lines[0]["contributions"].values()), 6) == lines[0]["score"]


def test_explain_writes_every_pair(tmp_path: Path, products: Path) -> None:
    needs = write(tmp_path / "needs.jsonl", need(), need(id="N2", amount=1))
    status, lines = call(tmp_path, "explain", needs, products)
    assert status == 0
    assert [(line["need"], line["product"], line["verdict"]) for line in lines] == [
        ("N1", "P1", "conditional"),
        ("N1", "P2", "conditional"),
        ("N2", "P1", "ineligible"),
        ("N2", "P2", "ineligible"),
    ]


def test_hostile_lines_are_named_and_the_rest_goes_on(
    tmp_path: Path, products: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs = write(
        tmp_path / "needs.jsonl",
        b"\xef\xbb\xbf" + json.dumps(need()).encode(),
        b"",
        b"   \r",
        b"{not json}",
        b'{"id": "\xff"}',
        b'{"id": "N5", "id": "N6"}',
        b"[" * 100_000,
        json.dumps(need(id="N8")).replace("800000", "NaN").encode(),
        json.dumps(need(id="N9")).replace("800000", "1e999").encode(),
        json.dumps(need(id="N10")).replace("800000", "9" * 5000).encode(),
        b"[1, 2]",
        need(id="N12"),
        need(id="N1"),
    )
    status, lines = call(tmp_path, "rank", needs, products)
    assert status == 3
    assert {line["need"] for line in lines} == {"N1", "N12"}
    errors = capsys.readouterr().err.splitlines()
    named = [tuple(error.removeprefix(f"{needs}:").split(": ")[:2]) for error in errors]
    assert named == [
        ("4", "record"),
        ("5", "record"),
        ("6", "id"),
        ("7", "record"),
        ("8", "amount"),
        ("9", "amount"),
        ("10", "record"),
        ("11", "record"),
        ("13", "id"),
    ]


def test_empty_files_rank_to_an_empty_file(tmp_path: Path) -> None:
    empty = write(tmp_path / "empty.jsonl")
    assert call(tmp_path, "rank", empty, empty) == (0, [])
    assert call(tmp_path, "explain", empty, empty) == (0, [])


def test_a_wrong_call_ends_with_status_2(tmp_path: Path, products: Path) -> None:
    needs = write(tmp_path / "needs.jsonl", need())
    common = ["--needs", str(needs), "--products", str(products), "--out", str(tmp_path / "out")]
    for arguments in (["rank", *common, "--top", "0"], ["rank"], ["no-such"], [], ["rank", *common, "--top", "x"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    assert main(["rank", *common, "--weights", "1999-01-01"]) == 2
    assert main(["rank", *common[2:], "--needs", str(tmp_path / "absent")]) == 2
    assert main(["rank", *common[:4], "--out", str(tmp_path / "absent" / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_the_module_can_be_called_by_name(tmp_path: Path, products: Path) -> None:
    needs = write(tmp_path / "needs.jsonl", need(), b"null")
    arguments = ["rank", "--needs", str(needs), "--products", str(products), "--out", "-"]
    done = subprocess.run([sys.executable, "-m", "matching", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert [json.loads(line)["product"] for line in done.stdout.splitlines()] == ["P2", "P1"]
    assert done.stderr == f"{needs}:2: record: must be an object, not None\n"
