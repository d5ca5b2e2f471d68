"""How the rankings of all needs went, and how far the one under way has come."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from xinyidai.core.errors import NotFound
from xinyidai.core.paging import Listing, ListRequest, order_by

_SORTS = {"started": "started_at", "needs": "needs", "changed": "changed"}
_RUNS = """
    select r.id, r.started_at, r.finished_at, r.given_up_at, r.night is not null as nightly,
           coalesce(u.display_name, '') as asked_by, r.needs,
           coalesce(c.done, 0) as done, coalesce(c.ranked, 0) as ranked, coalesce(c.changed, 0) as changed,
           coalesce(c.unchanged, 0) as unchanged, coalesce(c.skipped, 0) as skipped, coalesce(c.failed, 0) as failed
      from rerank_runs r
      left join users u on u.id = r.asked_by
      left join lateral (select sum(ranked + unchanged + skipped + failed) as done, sum(ranked) as ranked,
                                sum(changed) as changed, sum(unchanged) as unchanged, sum(skipped) as skipped,
                                sum(failed) as failed
                           from rerank_chunks where rerun_id = r.id) c on true
"""


@dataclass(frozen=True, slots=True)
class RerankLine:
    """One run. In needs: ``done`` = ``ranked`` + ``unchanged`` + ``skipped`` + ``failed``."""

    id: UUID
    started_at: datetime
    finished_at: datetime | None
    given_up_at: datetime | None
    nightly: bool
    asked_by: str
    needs: int
    done: int
    ranked: int
    changed: int
    unchanged: int
    skipped: int
    failed: int

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None or self.given_up_at is not None


def list_reruns(session: Session, request: ListRequest) -> Listing[RerankLine]:
    """The latest first unless another order is asked for."""
    connection = session.connection()
    total: int = connection.scalar(text("select count(*) from rerank_runs")) or 0
    order = order_by(request.sort, _SORTS, "-started")
    rows = connection.execute(
        text(f"select * from ({_RUNS}) runs order by {order} limit :size offset :offset"),  # noqa: S608
        {"size": request.size, "offset": request.offset},
    )
    lines = [_line(row) for row in rows]
    return Listing(lines, total, request.page, request.size, request.sort or "-started")


def rerun(session: Session, rerun_id: UUID) -> RerankLine:
    """Raises NotFound where there is no such run."""
    row = session.connection().execute(text(f"{_RUNS} where r.id = :id"), {"id": rerun_id}).one_or_none()
    if row is None:
        raise NotFound()
    return _line(row)


def rerun_under_way(session: Session) -> RerankLine | None:
    row = (
        session.connection()
        .execute(
            text(f"{_RUNS} where r.finished_at is null and r.given_up_at is null order by r.started_at desc limit 1")
        )
        .one_or_none()
    )
    return None if row is None else _line(row)


def _line(row: object) -> RerankLine:
    values = tuple(row)  # type: ignore[arg-type, var-annotated]
    return RerankLine(*values[:6], *(int(one) for one in values[6:]))
