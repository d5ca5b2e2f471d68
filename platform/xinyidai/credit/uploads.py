"""Big files from a page: kept in pieces, taken in by a worker, watched on their page meanwhile."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, delete, insert, text
from sqlmodel import Session, col, select

from xinyidai.accounts.models import User
from xinyidai.core.acting import as_platform
from xinyidai.core.actor import SYSTEM, Actor, Role
from xinyidai.core.bilingual import Said
from xinyidai.core.db import ActorSession, unit_of_work
from xinyidai.core.errors import Forbidden, InvalidInput, NotFound, XydError
from xinyidai.core.i18n import N_
from xinyidai.core.tabular import FileProblem
from xinyidai.credit.catalogue import Dataset, catalogue
from xinyidai.credit.commands import DeliverFile
from xinyidai.credit.intake import Progress, empty_staging, refuse_delivery, take_in
from xinyidai.credit.intake.access import delivering_unit
from xinyidai.credit.jobs import TakeInUpload
from xinyidai.credit.models import CreditUpload, CreditUploadPiece
from xinyidai.outbox.jobs import enqueue

BIG_UPLOAD = 2 * 1024**2
"""Bytes from which on a worker takes the file in; smaller ones are done while the page waits."""
PIECE = 1024**2
_TELL_EVERY_SECONDS = 1.0
_TELL = text(
    "update credit_uploads set share_read = :share, lines_read = :lines where id = :id and finished_at is null"
)


@dataclass(frozen=True, slots=True)
class UploadState:
    """How far an upload is, or what became of it."""

    id: UUID
    dataset: Dataset
    source_unit: str
    file_name: str
    uploaded_at: datetime
    percent: int
    lines_read: int
    finished: bool
    batch_id: UUID | None
    repeated: bool
    problem: Said | None


def keep_upload(
    session: ActorSession, actor: Actor, command: DeliverFile, path: Path, name: str, now: datetime
) -> CreditUpload:
    """Keep the file and have it taken in, both with the caller's transaction. Raises Forbidden, InvalidInput."""
    dataset = catalogue().datasets.get(command.dataset)
    if dataset is None or actor.user_id is None:
        raise NotFound()
    unit = delivering_unit(session, actor, dataset, command.source_unit)
    upload = CreditUpload(
        dataset=dataset.code,
        source_unit=unit,
        file_name=name,
        file_bytes=path.stat().st_size,
        lines_stated=command.lines_stated,
        units_confirmed=command.units_confirmed,
        uploaded_at=now,
        uploaded_by=actor.user_id,
    )
    with as_platform(session):
        session.add(upload)
        session.flush()
        with path.open("rb") as stream:
            number = 0
            while piece := stream.read(PIECE):
                values = {"upload_id": upload.id, "number": number, "content": piece}
                session.execute(insert(CreditUploadPiece), [values])
                number += 1
        enqueue(session, TakeInUpload(upload.id), now)
    return upload


def take_in_upload(session: ActorSession, upload_id: UUID, now: datetime, helper: Engine | None) -> None:
    """The worker's part: take the file in as its uploader, note what became of it, and throw the pieces away.

    ``helper`` gives connections of their own: for reading ahead, and for telling the page how far it is.
    """
    upload = session.get(CreditUpload, upload_id)
    if upload is None or upload.finished_at is not None:
        return
    actor = _uploader(session, upload)
    with _file_of(session, upload_id) as path:
        savepoint = session.begin_nested()
        try:
            result = take_in(
                session,
                actor,
                upload.dataset,
                path,
                now,
                source_unit=upload.source_unit,
                file_name=upload.file_name,
                lines_stated=upload.lines_stated,
                units_confirmed=upload.units_confirmed,
                progress=_teller(helper, upload_id),
                helper=helper,
            )
            savepoint.commit()
            upload.batch_id, upload.repeated = result.batch.id, result.repeated
            upload.lines_read, upload.share_read = result.batch.lines_read, 1.0
        except (FileProblem, Forbidden, InvalidInput) as refused:
            savepoint.rollback()
            _note_refusal(session, upload, actor, path, refused, now)
    upload.finished_at = now
    session.add(upload)
    session.execute(delete(CreditUploadPiece).where(col(CreditUploadPiece.upload_id) == upload_id))
    session.flush()
    if helper is None:
        empty_staging(session)


def _uploader(session: Session, upload: CreditUpload) -> Actor:
    user = session.get_one(User, upload.uploaded_by)
    return Actor(Role(user.role), user.id, region=user.region)


def _note_refusal(
    session: ActorSession, upload: CreditUpload, actor: Actor, path: Path, refused: XydError, now: datetime
) -> None:
    if isinstance(refused, FileProblem):
        unit, name = upload.source_unit, upload.file_name
        batch = refuse_delivery(session, actor, upload.dataset, path, refused, now, source_unit=unit, file_name=name)
        upload.batch_id = batch.id
        upload.problem, values = refused.message_id, refused.values
    else:
        upload.problem, values = N_("This department may not deliver this data set any more."), {}
    upload.problem_values = {key: str(value) for key, value in values.items()}


@contextmanager
def _file_of(session: Session, upload_id: UUID) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="xyd-upload-") as folder:
        path = Path(folder) / "delivered"
        pieces = select(CreditUploadPiece.number).where(CreditUploadPiece.upload_id == upload_id)
        with path.open("wb") as target:
            for number in sorted(session.exec(pieces)):
                one = select(CreditUploadPiece.content).where(
                    CreditUploadPiece.upload_id == upload_id, CreditUploadPiece.number == number
                )
                target.write(session.exec(one).one())
        yield path


def _teller(helper: Engine | None, upload_id: UUID) -> Callable[[Progress], None]:
    """Tells the page now and then, in transactions of its own that others can see at once."""
    told = 0.0

    def tell(state: Progress) -> None:
        nonlocal told
        if helper is None or time.monotonic() - told < _TELL_EVERY_SECONDS:
            return
        told = time.monotonic()
        with unit_of_work(helper, SYSTEM) as session:
            values = {"share": min(state.fraction, 1.0), "lines": state.lines, "id": upload_id}
            session.connection().execute(_TELL, values)

    return tell


def upload_state(session: Session, upload_id: UUID) -> UploadState:
    """Row-level security decides whose are seen; NotFound for all others."""
    found = session.get(CreditUpload, upload_id)
    if found is None:
        raise NotFound()
    return _state(found)


def running_uploads(session: Session) -> list[UploadState]:
    """Those that are not finished, the newest first."""
    statement = (
        select(CreditUpload)
        .where(col(CreditUpload.finished_at).is_(None))
        .order_by(col(CreditUpload.uploaded_at).desc(), col(CreditUpload.id))
        .limit(20)
    )
    return [_state(one) for one in session.exec(statement)]


def _state(upload: CreditUpload) -> UploadState:
    values = tuple((upload.problem_values or {}).items())
    return UploadState(
        id=upload.id,
        dataset=catalogue().datasets[upload.dataset],
        source_unit=upload.source_unit,
        file_name=upload.file_name,
        uploaded_at=upload.uploaded_at,
        percent=int(upload.share_read * 100),
        lines_read=upload.lines_read,
        finished=upload.finished_at is not None,
        batch_id=upload.batch_id,
        repeated=upload.repeated,
        problem=Said(upload.problem, values) if upload.problem else None,
    )
