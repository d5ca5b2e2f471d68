"""Column kinds that every table uses: ids, moments, money, lists and documents."""

from typing import Any

from sqlalchemy import DateTime, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

MONEY = Numeric(18, 2)
"""Yuan with two decimals, ``Decimal`` in Python."""
RATE = Numeric(7, 4)
"""Percent a year."""


def id_field() -> Any:
    """Primary key made by the database, ordered by time."""
    return Field(default=None, primary_key=True, sa_column_kwargs={"server_default": text("uuidv7()")})


def moment(*, nullable: bool = False, index: bool = False) -> Any:
    """An instant, ``timestamptz``."""
    default: Any = None if nullable else ...
    return Field(default=default, sa_type=DateTime(timezone=True), nullable=nullable, index=index)


def money(*, nullable: bool = False) -> Any:
    default: Any = None if nullable else ...
    return Field(default=default, sa_type=MONEY, nullable=nullable)


def rate(*, nullable: bool = False) -> Any:
    default: Any = None if nullable else ...
    return Field(default=default, sa_type=RATE, nullable=nullable)


def long_text(*, nullable: bool = False) -> Any:
    default: Any = None if nullable else ""
    return Field(default=default, sa_type=Text, nullable=nullable)


def text_list() -> Any:
    return Field(
        default_factory=list, sa_type=ARRAY(Text), nullable=False, sa_column_kwargs={"server_default": text("'{}'")}
    )


def document(*, nullable: bool = False) -> Any:
    """A JSON document, ``jsonb``."""
    default: Any = None if nullable else ...
    return Field(default=default, sa_type=JSONB, nullable=nullable)
