"""Where things stand, and that the standard library keeps its name."""

import os
import platform
from pathlib import Path

from xinyidai.settings import ROOT


def test_platform_is_the_standard_library_and_the_folder_is_only_a_source_root() -> None:
    assert Path(platform.__file__).parent == Path(os.__file__).parent
    assert [path.name for path in (ROOT / "platform").glob("*.py")] == []


def test_every_test_folder_is_a_package_and_none_is_called_platform() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()
    assert "platform" not in {folder.name for folder in folders}


def test_no_lock_holds_a_registry_address() -> None:
    for lock in [*ROOT.glob("requirements*.lock"), ROOT / "package-lock.json"]:
        text = lock.read_text()
        for sign in ("http://", "https://", "--index-url", "--extra-index-url", "--find-links", "file://"):
            lines = [line for line in text.splitlines() if sign in line and '"url"' not in line]
            assert lines == [], f"{lock.name}: {lines[:3]}"
    assert not (ROOT / "uv.lock").exists()
