"""Files sent to the interface: as the body itself, or as a part of a form."""

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio.to_thread
from litestar.datastructures import UploadFile

from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_
from xinyidai.web.requests import Request

BODY_LIMIT = 1024 * 1024 * 1024
_FILE_NAME = "X-File-Name"


@dataclass(frozen=True, slots=True)
class SentFile:
    path: Path
    name: str
    digest: str


@asynccontextmanager
async def sent_file(request: Request) -> AsyncIterator[SentFile]:
    """The file on disk, gone at the end of the block; written piece by piece, so that memory stays flat."""
    with tempfile.TemporaryDirectory(prefix="xyd-api-") as folder:
        path = Path(folder) / "delivered"
        name = request.headers.get(_FILE_NAME, "delivery")
        if request.content_type[0] == "multipart/form-data":
            name = await _from_form(request, path)
        else:
            await _from_body(request, path)
        digest = await anyio.to_thread.run_sync(_digest, path)
        yield SentFile(path, Path(name).name[:200], digest)


async def _from_body(request: Request, path: Path) -> None:
    async with await anyio.open_file(path, "wb") as target:
        async for piece in request.stream():
            await target.write(piece)
    if path.stat().st_size == 0:
        raise InvalidInput({"file": N_("The request has no body. Please send the file as the body.")})


async def _from_form(request: Request, path: Path) -> str:
    form = await request.form()
    found = next((one for one in form.values() if isinstance(one, UploadFile)), None)
    if found is None:
        raise InvalidInput({"file": N_("The form holds no file. Please send one in the part “file”.")})
    await anyio.to_thread.run_sync(_copy, found, path)
    return found.filename or "delivery"


def _copy(uploaded: UploadFile, path: Path) -> None:
    uploaded.file.seek(0)
    with path.open("wb") as target:
        shutil.copyfileobj(uploaded.file, target)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
