"""Names of what a filter points at, for its controls and for the line that says what is shown."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session


def institution_choices(session: Session) -> list[tuple[str, str]]:
    """Id and name of every lender but test ones, in order of name."""
    found = session.execute(text("select id::text, name from institutions where not is_test order by name_pinyin, id"))
    return [(row[0], row[1]) for row in found]


def product_name(session: Session, product_id: UUID) -> str | None:
    statement = text(
        "select v.name from product_versions v where v.product_id = :id and v.state <> 'draft'"
        " order by v.version desc limit 1"
    )
    return session.execute(statement, {"id": product_id}).scalar()


def enterprise_name(session: Session, enterprise_id: UUID) -> str | None:
    return session.execute(text("select name from enterprises where id = :id"), {"id": enterprise_id}).scalar()
