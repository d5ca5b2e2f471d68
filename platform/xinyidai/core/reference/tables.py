"""Reading the CSV files that lie beside the loaders."""

import csv
from importlib.resources import files

DATA = files("xinyidai.core.reference") / "data"


def read_table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines()))
