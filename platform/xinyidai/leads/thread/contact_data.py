"""Whether a text gives away how somebody can be reached. Pure; errs on the side of asking the writer again."""

import re
import unicodedata

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-–—.·_]{1,2}(?=\d)")
_PATTERNS = (
    re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"),  # mobile numbers
    re.compile(r"(?<!\d)0\d{2,3}\d{7,8}(?!\d)"),  # landlines with their area code
    re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(?:微信|薇信|威信|vx|wx|wechat|qq)\s*(?:号|id)?\s*[::是为]?\s*[a-z0-9][\w-]{4,}", re.IGNORECASE),
)


def gives_contact_data(text: str) -> bool:
    """Phone numbers (also spaced or full-width), mail addresses, and accounts of the usual messengers."""
    plain = unicodedata.normalize("NFKC", text)
    joined = _BETWEEN_DIGITS.sub("", plain)
    return any(pattern.search(one) for pattern in _PATTERNS for one in (plain, joined))
