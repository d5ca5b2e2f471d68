"""The static files, and their addresses."""

import hashlib
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"


@lru_cache(maxsize=256)
def static_url(path: str) -> str:
    """Address of a static file with its content in it, so that browsers may keep it for good."""
    file = STATIC / path
    version = hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "missing"
    return f"/static/{path}?v={version}"
