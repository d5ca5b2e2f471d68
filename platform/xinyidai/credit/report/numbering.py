"""Number and code of an issued document: with both, anyone can have it verified."""

import secrets
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without those that are taken for one another."""
CODE_LENGTH = 10


def new_number(session: Session, city_region: str, today: date) -> str:
    """20 digits: 6 of the place, 8 of the day, 6 in order of issue, reports and assessments together."""
    serial = session.connection().scalar(text("select nextval('credit_report_numbers')"))
    return f"{city_region:0<6.6}{today:%Y%m%d}{int(serial or 0) % 1_000_000:06}"


def new_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))


def masked(name: str) -> str:
    """``枣庄****有限公司``: enough to compare with the paper in hand, too little to learn a name by trying numbers."""
    if len(name) <= 6:
        return name[:1] + "*" * (len(name) - 1)
    return name[:2] + "*" * (len(name) - 6) + name[-4:]
