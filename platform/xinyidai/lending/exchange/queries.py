"""The table that goes out, and past tables that came back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.errors import NotFound
from xinyidai.core.money import wan_from_yuan
from xinyidai.core.paging import Listing, ListRequest
from xinyidai.leads.types import ENDED_WITHOUT_MONEY, LeadStatus
from xinyidai.lending.exchange.columns import COLUMNS
from xinyidai.lending.exchange.models import ExchangeUpload

_OPEN_LEADS = text("""
    select l.id as lead_id, n.number as need_number, e.name as enterprise, coalesce(e.usci, e.internal_code) as code,
           v.name as product, n.amount, n.term_months, l.status, l.respond_by
      from leads l join needs n on n.id = l.need_id join enterprises e on e.id = l.enterprise_id
      join product_versions v on v.id = l.product_version_id
     where l.institution_id = :institution_id
       and (not l.status = any(:over)
            or (l.status = 'funded' and exists (select 1 from line_balances b where b.lead_id = l.id
                                                   and b.outstanding > 0)))
     order by l.respond_by, l.id limit :most
""")
_UPLOADS = text("""
    select u.id, u.received_at, u.file_name, u.trial, u.rows_read, u.rows_done, u.rows_unchanged, u.rows_refused,
           p.display_name as by_whom, count(*) over () as total
      from exchange_uploads u left join users p on p.id = u.received_by
     order by u.received_at desc, u.id desc limit :size offset :offset
""")


@dataclass(frozen=True, slots=True)
class UploadRow:
    id: UUID
    received_at: datetime
    file_name: str
    trial: bool
    rows_read: int
    rows_done: int
    rows_unchanged: int
    rows_refused: int
    by_whom: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    line: int
    column: str
    value: str
    message: str


@dataclass(frozen=True, slots=True)
class UploadSheet:
    """One table that came back, with each refused cell."""

    id: UUID
    received_at: datetime
    file_name: str
    trial: bool
    rows_read: int
    rows_done: int
    rows_unchanged: int
    rows_refused: int
    refusals: list[Refusal]
    columns_not_read: list[str]


def open_leads_table(session: Session, institution_id: UUID, most: int) -> Iterator[list[object]]:
    """Rows of the table that goes out: leads that can still move or still owe, the most urgent first.

    The columns that the bank fills in are empty.
    """
    over = [status.value for status in ENDED_WITHOUT_MONEY | {LeadStatus.FUNDED}]
    for row in session.execute(_OPEN_LEADS, {"institution_id": institution_id, "over": over, "most": most}):
        known = {
            "lead_id": str(row.lead_id),
            "need_number": row.need_number,
            "enterprise": row.enterprise,
            "code": row.code,
            "product": row.product,
            "wanted": wan_from_yuan(row.amount),
            "term": row.term_months,
            "status": LeadStatus(row.status).label,
            "respond_by": row.respond_by.isoformat(),
        }
        yield [known.get(column.name) for column in COLUMNS]


def past_uploads(session: Session, request: ListRequest) -> Listing[UploadRow]:
    found = session.execute(_UPLOADS, {"size": request.size, "offset": request.offset}).all()
    rows = [UploadRow(*row[:-1]) for row in found]
    return Listing(rows, found[0].total if found else 0, request.page, request.size)


def upload_sheet(session: Session, upload_id: UUID) -> UploadSheet:
    """Raises NotFound for what is not there or not this institution's."""
    found = session.get(ExchangeUpload, upload_id)
    if found is None:
        raise NotFound()
    refusals = [
        Refusal(int(str(one["line"])), str(one["column"]), str(one["value"]), str(one["message"]))
        for one in found.refusals
    ]
    fields = found.model_dump(include=set(UploadRow.__dataclass_fields__) - {"by_whom"})
    return UploadSheet(**fields, refusals=refusals, columns_not_read=found.columns_not_read)
