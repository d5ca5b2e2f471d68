"""What the pages list: consents, and who has read an enterprise's data."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Date, DateTime, Text, Uuid
from sqlmodel import Session

from xinyidai.consents.types import ConsentEnd, ConsentPurpose, purpose_label, shown_label
from xinyidai.core.actor import Role
from xinyidai.core.clock import BUSINESS_ZONE
from xinyidai.core.errors import NotFound
from xinyidai.core.i18n import N_, _
from xinyidai.core.labels import LabelledEnum
from xinyidai.core.paging import Listing, ListRequest, order_by


class ConsentState(LabelledEnum):
    IN_FORCE = "in_force", N_("in force")
    ENDED = "ended", N_("ended")


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One consent. ``institution`` None is the platform itself."""

    id: UUID
    number: str
    institution_id: UUID | None
    institution: str | None
    purpose: ConsentPurpose
    datasets: tuple[str, ...]
    wording_version: str
    valid_from: date
    valid_until: date
    given_at: datetime
    given_by: str | None
    ended_at: datetime | None
    end_reason: ConsentEnd | None
    enterprise: str
    enterprise_code: str | None

    @property
    def recipient(self) -> str:
        return self.institution or _("this platform")

    def in_force(self, today: date) -> bool:
        return self.ended_at is None and self.valid_from <= today <= self.valid_until

    def state(self, today: date) -> ConsentState:
        return ConsentState.IN_FORCE if self.in_force(today) else ConsentState.ENDED


_CONSENTS = """
    select c.id, c.number, c.institution_id, i.name as institution, c.purpose, c.datasets, c.wording_version,
           c.valid_from, c.valid_until, c.given_at, u.display_name as given_by, c.ended_at, c.end_reason,
           e.name as enterprise, coalesce(e.usci, e.internal_code) as enterprise_code,
           (c.ended_at is null and c.valid_until >= :today) as in_force, coalesce(i.name_pinyin, '') as name_pinyin
      from consents c
      join enterprises e on e.id = c.enterprise_id
      left join institutions i on i.id = c.institution_id
      left join users u on u.id = c.given_by
     where c.enterprise_id = :enterprise
"""
_CONSENT_SORTS = {"given": "given_at", "until": "valid_until", "to": "name_pinyin"}


def list_consents(
    session: Session, enterprise_id: UUID, request: ListRequest, today: date, *, state: str = ""
) -> Listing[ConsentLine]:
    """Those in force first; within, the newest first unless another order is asked for."""
    conditions = {
        "in_force": state == ConsentState.IN_FORCE,
        "not in_force": state == ConsentState.ENDED,
        "(strpos(lower(number), lower(:term)) > 0 or strpos(coalesce(institution, ''), :term) > 0)": request.search,
    }
    where = " and ".join(condition for condition, asked in conditions.items() if asked) or "true"
    order = order_by(request.sort, _CONSENT_SORTS, "-given")
    query = text(
        f"select *, count(*) over () as total from ({_CONSENTS}) as rows where {where}"  # noqa: S608 - constants
        f" order by in_force desc, {order} limit :size offset :offset"
    ).bindparams(bindparam("today", type_=Date))
    values = {
        "enterprise": enterprise_id,
        "today": today,
        "term": request.search,
        "size": request.size,
        "offset": request.offset,
    }
    rows = session.execute(query, values).mappings().all()
    return Listing(
        [_consent(row) for row in rows], rows[0]["total"] if rows else 0, request.page, request.size, request.sort
    )


def one_consent(session: Session, enterprise_id: UUID, consent_id: UUID, today: date) -> ConsentLine:
    query = text(f"{_CONSENTS} and c.id = :id").bindparams(bindparam("today", type_=Date))
    row = session.execute(query, {"enterprise": enterprise_id, "id": consent_id, "today": today}).mappings()
    found = row.one_or_none()
    if found is None:
        raise NotFound()
    return _consent(found)


def _consent(row: RowMapping) -> ConsentLine:
    return ConsentLine(
        id=row["id"],
        number=row["number"],
        institution_id=row["institution_id"],
        institution=row["institution"],
        purpose=ConsentPurpose(row["purpose"]),
        datasets=tuple(row["datasets"]),
        wording_version=row["wording_version"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        given_at=row["given_at"],
        given_by=row["given_by"],
        ended_at=row["ended_at"],
        end_reason=ConsentEnd(row["end_reason"]) if row["end_reason"] else None,
        enterprise=row["enterprise"],
        enterprise_code=row["enterprise_code"],
    )


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One look at the enterprise's data. The reader is named by institution and role: persons stay private."""

    at: datetime
    institution: str | None
    role: str
    shown: str
    datasets: tuple[str, ...]
    purpose: str
    consent_id: UUID | None
    consent: str | None

    @property
    def reader(self) -> str:
        return f"{self.institution} · {self.role}" if self.institution else self.role


@dataclass(frozen=True, slots=True)
class ReadFilter:
    """``datasets``: one of them at least was shown; none named asks for all."""

    institution_id: UUID | None = None
    datasets: Collection[str] = ()
    since: date | None = None
    until: date | None = None


_READS = """
    select r.id, r.at, i.name as institution, i.name_pinyin, r.actor_role, r.what, r.datasets, r.purpose,
           r.consent_id, c.number as consent
      from credit_reads r
      left join institutions i on i.id = r.institution_id
      left join consents c on c.id = r.consent_id
     where r.enterprise_id = :enterprise
       and (cast(:institution as uuid) is null or r.institution_id = :institution)
       and (cardinality(:datasets) = 0 or r.datasets && :datasets)
       and (cast(:since as timestamptz) is null or r.at >= :since)
       and (cast(:before as timestamptz) is null or r.at < :before)
"""
_READ_SORTS = {"at": "at", "who": "name_pinyin"}


def list_reads(session: Session, enterprise_id: UUID, request: ListRequest, chosen: ReadFilter) -> Listing[ReadLine]:
    """Who has read the enterprise's data, the latest first unless another order is asked for."""
    order = order_by(request.sort, _READ_SORTS, "-at")
    query = text(
        f"select *, count(*) over () as total from ({_READS}) as rows"  # noqa: S608 - constants
        f" order by {order} limit :size offset :offset"
    ).bindparams(
        bindparam("datasets", type_=ARRAY(Text)),
        bindparam("institution", type_=Uuid),
        bindparam("since", type_=DateTime(timezone=True)),
        bindparam("before", type_=DateTime(timezone=True)),
    )
    values = {
        "enterprise": enterprise_id,
        "institution": chosen.institution_id,
        "datasets": sorted(chosen.datasets),
        "since": chosen.since and _begins(chosen.since),
        "before": chosen.until and _begins(chosen.until + timedelta(days=1)),
        "size": request.size,
        "offset": request.offset,
    }
    rows = session.execute(query, values).mappings().all()
    found = [_read(row) for row in rows]
    return Listing(found, rows[0]["total"] if rows else 0, request.page, request.size, request.sort or "-at")


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, BUSINESS_ZONE)


def _read(row: RowMapping) -> ReadLine:
    return ReadLine(
        at=row["at"],
        institution=row["institution"],
        role=Role(row["actor_role"]).label,
        shown=shown_label(row["what"]),
        datasets=tuple(row["datasets"]),
        purpose=purpose_label(row["purpose"]),
        consent_id=row["consent_id"],
        consent=row["consent"],
    )


def readers_of(session: Session, enterprise_id: UUID) -> list[tuple[str, str]]:
    """Institutions that have read something, by pinyin, as choices of a filter."""
    rows = session.execute(
        text(
            "select i.id, i.name from institutions i where exists (select 1 from credit_reads r"
            " where r.enterprise_id = :enterprise and r.institution_id = i.id) order by i.name_pinyin, i.id"
        ),
        {"enterprise": enterprise_id},
    )
    return [(str(row.id), row.name) for row in rows]
