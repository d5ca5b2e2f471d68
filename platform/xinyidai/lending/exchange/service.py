"""Taking a filled-in table back."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from xinyidai.audit.service import record
from xinyidai.core.actor import Actor
from xinyidai.core.db import attempt
from xinyidai.core.errors import Forbidden, InvalidInput
from xinyidai.core.i18n import N_, _
from xinyidai.core.tabular import FileProblem, Reject, Row, open_table
from xinyidai.lending.exchange.columns import BY_NAME, recognise
from xinyidai.lending.exchange.models import ExchangeUpload
from xinyidai.lending.exchange.rows import is_filled_in, read_row
from xinyidai.lending.exchange.steps import STANDARD_TERMS, Terms, do_row
from xinyidai.lending.services.offers import only_lenders

MOST_ROWS = 1_000
"""Filled-in rows of one file. Each may move money under locks; a bank with more of them has an interface."""
MOST_LINES = 5_000
"""Rows of one file, filled in or not: what the table that goes out can hold comes back whole."""


_TOO_MANY = N_("The table has more than %(most)s filled-in rows. Please bring it back in parts.")
_MOST_TITLES = 50
"""Titles that are not of this table and are told; a sheet can have thousands."""


@dataclass(slots=True)
class _Counts:
    terms: Terms
    done: int = 0
    unchanged: int = 0
    refusals: list[dict[str, object]] = field(default_factory=list)
    refused_lines: set[int] = field(default_factory=set)
    filled_in: int = 0
    not_read: list[str] = field(default_factory=list)

    def refuse(self, line: int, column: str, value: str, message: str) -> None:
        self.refused_lines.add(line)
        self.refusals.append({"line": line, "column": column, "value": value[:200], "message": message})


def take_back_table(
    session: Session,
    actor: Actor,
    path: Path,
    now: datetime,
    *,
    file_name: str,
    trial: bool,
    terms: Terms = STANDARD_TERMS,
) -> ExchangeUpload:
    """Do what the table asks for, row by row: a row is done whole or not at all, and does not stop the others.

    The same table again changes nothing. With ``trial`` everything is checked and undone. Raises InvalidInput at
    ``file`` for what is no table, lacks the column of the leads, or has too many rows (``MOST_ROWS``, ``MOST_LINES``).
    A payout above the four-eyes amount of the ``terms`` is refused in its row: two people record it at the desk.
    """
    only_lenders(actor)
    if actor.institution_id is None:
        raise Forbidden()
    counts = _Counts(terms)
    savepoint = session.begin_nested()
    try:
        _do_table(session, actor, path, now, counts)
    except FileProblem as problem:
        savepoint.rollback()
        raise InvalidInput({"file": problem.message}) from problem
    except InvalidInput:
        savepoint.rollback()
        raise
    if trial:
        savepoint.rollback()
        session.expire_all()
    else:
        savepoint.commit()
    upload = ExchangeUpload(
        institution_id=actor.institution_id,
        received_at=now,
        received_by=actor.user_id,
        file_name=file_name,
        file_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        trial=trial,
        rows_read=counts.done + counts.unchanged + len(counts.refused_lines),
        rows_done=counts.done,
        rows_unchanged=counts.unchanged,
        rows_refused=len(counts.refused_lines),
        refusals=counts.refusals,
        columns_not_read=[title[:100] for title in counts.not_read[:_MOST_TITLES]],
    )
    session.add(upload)
    session.flush()
    figures = {"done": counts.done, "refused": len(counts.refused_lines), "trial": trial}
    record(session, actor, "exchange.taken_back", "exchange_upload", upload.id, now, **figures)
    return upload


def _do_table(session: Session, actor: Actor, path: Path, now: datetime, counts: _Counts) -> None:
    with open_table(path) as table:
        titles = recognise(table.header)
        counts.not_read = [title for title in table.header if title and title not in titles.values()]
        for number, item in enumerate(table, start=1):
            if number > MOST_LINES:
                message = _("The table has more than %(most)s rows. Please bring it back in parts.", most=MOST_LINES)
                raise InvalidInput({"file": message})
            if isinstance(item, Reject):
                counts.refuse(item.line, item.field, item.value, str(item.reason))
                continue
            cells = {name: item.cells[title] for name, title in titles.items()}
            if not is_filled_in(cells):
                counts.unchanged += 1
                continue
            counts.filled_in += 1
            if counts.filled_in > MOST_ROWS:
                raise InvalidInput({"file": _(_TOO_MANY, most=MOST_ROWS)})
            _do_line(session, actor, item, cells, titles, now, counts)


def _do_line(
    session: Session,
    actor: Actor,
    row: Row,
    cells: dict[str, str],
    titles: dict[str, str],
    now: datetime,
    counts: _Counts,
) -> None:
    changed = False
    with attempt(session) as outcome:
        asked = read_row(cells)
        changed = asked is not None and do_row(session, actor, asked, now, terms=counts.terms)
    if outcome.ok:
        counts.done += changed
        counts.unchanged += not changed
    for name, sentence in outcome.errors.items():
        column = BY_NAME.get(name, BY_NAME["lead_id"])
        counts.refuse(row.line, titles.get(column.name, column.label), cells.get(column.name, ""), sentence)
