"""Real delivered files, read where they lie: beside the repository, or where ``XYD_REAL_DATA`` says."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parents[2] / "shared" / "data"


def real_file(name: str) -> Path:
    """The path of a real file; skips the calling test by name where it is missing."""
    path = Path(os.environ.get("XYD_REAL_DATA", _BESIDE)) / name
    if not path.exists():
        pytest.skip(f"real file {name} is not on this machine")
    return path
