"""The one key that others are derived from: it signs form tokens and webhooks."""

import hashlib
import hmac
import secrets
from pathlib import Path

from xinyidai.settings import Settings


def secret_key(settings: Settings) -> str:
    """XYD_SECRET_KEY; on the embedded database one is made at the first start and kept beside it."""
    if secret := settings.secret_key.get_secret_value():
        return secret
    if settings.database_url and not settings.demo:
        raise ValueError("XYD_SECRET_KEY is needed where DATABASE_URL is set: all processes must share it.")
    kept: Path = settings.data_dir / "secret_key"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(32))
    return kept.read_text()


def derived_key(settings: Settings, purpose: str) -> str:
    """A key for one purpose, as 64 hexadecimal digits: the same each time, and of no use for finding the first."""
    return hmac.new(secret_key(settings).encode(), purpose.encode(), hashlib.sha256).hexdigest()
