"""Past imports of registry files."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.errors import NotFound
from xinyidai.core.paging import Listing, ListRequest, order_by
from xinyidai.enterprises.models import RegistryImport

_SORTS = {"started": "started_at", "file": "file_name", "read": "read", "rejected": "rejected"}
_COLUMNS = "id, file_name, started_at, read, accepted, updated, unchanged, rejected, noted"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One file; read = accepted + updated + unchanged + rejected."""

    id: UUID
    file_name: str
    started_at: datetime
    read: int
    accepted: int
    updated: int
    unchanged: int
    rejected: int
    noted: int


def list_imports(session: Session, request: ListRequest) -> Listing[ImportLine]:
    """The latest first unless another order is asked for."""
    values: dict[str, object] = {"term": request.search, "size": request.size, "offset": request.offset}
    where = "strpos(lower(file_name), lower(:term)) > 0" if request.search else "true"
    connection = session.connection()
    total: int = connection.scalar(text(f"select count(*) from registry_imports where {where}"), values) or 0  # noqa: S608
    order = order_by(request.sort, _SORTS, "-started")
    rows = connection.execute(
        text(f"select {_COLUMNS} from registry_imports where {where} order by {order} limit :size offset :offset"),  # noqa: S608
        values,
    )
    return Listing([ImportLine(*row) for row in rows], total, request.page, request.size, request.sort or "-started")


def registry_import(session: Session, import_id: UUID) -> ImportLine:
    row = session.get(RegistryImport, import_id)
    if row is None:
        raise NotFound()
    return ImportLine(
        row.id,
        row.file_name,
        row.started_at,
        row.read,
        row.accepted,
        row.updated,
        row.unchanged,
        row.rejected,
        row.noted,
    )
