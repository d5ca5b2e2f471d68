"""Files that come with a form."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from litestar.datastructures import UploadFile
from litestar.params import MultipartBody

from xinyidai.core.errors import InvalidInput
from xinyidai.core.files import MAX_FILE, Paper, Scanner, check_paper
from xinyidai.core.i18n import N_
from xinyidai.web.requests import Request

UPLOAD_LIMIT = 50 * 1024 * 1024

Upload = MultipartBody[dict[str, Any]]
"""A posted form with files in it."""


class kept_on_disk:
    """An uploaded file as a file on disk, which readers of tables want, gone at the end of the block."""

    def __init__(self, uploaded: object) -> None:
        self._uploaded = uploaded

    def __enter__(self) -> tuple[Path, str]:
        if not isinstance(self._uploaded, UploadFile) or not self._uploaded.filename:
            raise InvalidInput({"file": N_("Please choose a file.")})
        self._folder = tempfile.TemporaryDirectory(prefix="xyd-upload-")
        path = Path(self._folder.name) / "delivered"
        self._uploaded.file.seek(0)
        with path.open("wb") as target:
            shutil.copyfileobj(self._uploaded.file, target)
        return path, Path(self._uploaded.filename).name

    def __exit__(self, *_error: object) -> None:
        self._folder.cleanup()


def papers_of(request: Request, data: dict[str, Any], name: str = "files") -> list[Paper]:
    """Every file that was chosen under ``name``, judged by its content. Raises InvalidInput at that field."""
    scanner: Scanner = request.app.state.scanner
    given = data.get(name)
    many = given if isinstance(given, list) else [given]
    chosen = [one for one in many if isinstance(one, UploadFile) and one.filename]
    papers = []
    for one in chosen:
        one.file.seek(0)
        papers.append(check_paper(Path(one.filename).name, one.file.read(MAX_FILE + 1), scanner, field=name))
    return papers
