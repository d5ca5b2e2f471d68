"""The commands of `python -m matching`, on JSON Lines files.

Exit status: 0 where all went well, 2 where the call itself is wrong, 3 where
any record was rejected (the rest is done all the same).
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from matching.engine import rank
from matching.errors import RecordError
from matching.explaining import explain
from matching.lines import read_lines
from matching.nearest import nearest
from matching.replay import lines
from matching.tables import NeedTable, ProductTable
from matching.weights import Weights, load_weights

CALL_WRONG, SOME_REJECTED = 2, 3


def main(arguments: Sequence[str]) -> int:
    """Run one command. A wrong call ends in SystemExit(2), as argparse does."""
    options = _parser().parse_args(arguments)
    rejected: list[RecordError] = []
    try:
        weights = load_weights(options.weights)
    except LookupError as error:
        return _call_wrong(error)
    try:
        needs = NeedTable.from_numbered(read_lines(options.needs), rejected=rejected, source=str(options.needs))
        products = ProductTable.from_numbered(
            read_lines(options.products), rejected=rejected, source=str(options.products)
        )
        with _output(options.out) as out:
            rejected += options.run(needs, products, weights, options, out)
    except OSError as error:
        return _call_wrong(error)
    for problem in rejected:
        print(problem, file=sys.stderr)
    return SOME_REJECTED if rejected else 0


def _call_wrong(error: Exception) -> int:
    print(f"python -m matching: {error}", file=sys.stderr)
    return CALL_WRONG


def _rank(
    needs: NeedTable, products: ProductTable, weights: Weights, options: argparse.Namespace, out: IO[str]
) -> Sequence[RecordError]:
    result = rank(needs, products, options.top, weights)
    _write(out, result.iter_records())
    return result.rejected


def _explain(
    needs: NeedTable, products: ProductTable, weights: Weights, options: argparse.Namespace, out: IO[str]
) -> Sequence[RecordError]:
    explanation = explain(needs, products, weights)
    _write(out, explanation.iter_records())
    return explanation.rejected


def _nearest(
    needs: NeedTable, products: ProductTable, weights: Weights, options: argparse.Namespace, out: IO[str]
) -> Sequence[RecordError]:
    found = nearest(needs, products, options.top, weights)
    _write(out, found.iter_records())
    return found.rejected


def _write(out: IO[str], records: Iterable[dict[str, Any]]) -> None:
    out.writelines(line + "\n" for line in lines(records))


@contextmanager
def _output(path: Path) -> Iterator[IO[str]]:
    """The output file, put in its place only when it is whole; `-` is standard output."""
    if str(path) == "-":
        yield sys.stdout
        return
    if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matching", description="Rank financing products for needs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    rank_command = _command(commands, "rank", _rank, "the best products of each need, with contributions")
    rank_command.add_argument("--top", type=_positive, default=10, metavar="K", help="products a need (10)")
    _command(commands, "explain", _explain, "every pair: verdict, failed criteria, unknown facts, score")
    text = "the closed products that the fewest and smallest changes would open"
    nearest_command = _command(commands, "nearest", _nearest, text)
    nearest_command.add_argument("--top", type=_positive, default=3, metavar="K", help="products a need (3)")
    return parser


def _command(commands: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    command.add_argument("--needs", type=Path, required=True, metavar="FILE", help="needs, JSON Lines")
    command.add_argument("--products", type=Path, required=True, metavar="FILE", help="products, JSON Lines")
    command.add_argument("--out", type=Path, required=True, metavar="FILE", help="result, JSON Lines; - for the screen")
    command.add_argument("--weights", metavar="VERSION", help="version of the weights (the current one)")
    command.set_defaults(run=run)
    return command


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value
