"""Files that people hand in as papers: what they really are, by their content, and whether they may be kept.

The name and the type that a browser states are not believed.
"""

import hashlib
import zipfile
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Protocol

from xinyidai.core.errors import InvalidInput
from xinyidai.core.i18n import N_, _

MAX_FILE = 10 * 1024 * 1024
ACCEPTED = ".pdf,.jpg,.jpeg,.png,.ofd"
"""For the file control of a form."""

PDF, JPEG, PNG, OFD = "application/pdf", "image/jpeg", "image/png", "application/ofd"
ENDINGS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png", OFD: ".ofd"}
_TAIL = 2048


class Scanner(Protocol):
    """Looks for what must not be kept, such as malicious code."""

    def finding(self, content: bytes) -> str | None:
        """The name of what was found; None where the content is clean. Raises OSError where it cannot be looked at."""


class NullScanner:
    """Finds nothing: for places without a scanner, and for tests."""

    def finding(self, content: bytes) -> str | None:
        return None


@dataclass(frozen=True)
class Paper:
    """A file that passed: its display name, its type by content, its bytes."""

    name: str
    media_type: str
    content: bytes

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def check_paper(name: str, content: bytes, scanner: Scanner | None = None, *, field: str = "files") -> Paper:
    """The file as it may be kept. Raises InvalidInput, at ``field``, with its name and what to do instead."""
    media_type = sniff(content)
    fault = _fault(content, media_type, scanner or NullScanner())
    if media_type is None or fault:
        raise InvalidInput({field: _(fault, name=_bare(name)[:60])})
    return Paper(_tidy(name, media_type), media_type, content)


def _fault(content: bytes, media_type: str | None, scanner: Scanner) -> str:
    """Why the file is not taken, as a message id; empty where it is."""
    if not content:
        return N_("%(name)s is empty. Please choose it again.")
    if len(content) > MAX_FILE:
        return N_("%(name)s is larger than 10 MB. Please hand in a smaller scan.")
    if media_type is None:
        return N_("%(name)s is neither PDF, OFD, JPEG nor PNG, whatever it is called. Please hand in one of these.")
    if not _whole(content, media_type):
        return N_("%(name)s is cut off or damaged. Please save it anew and choose it again.")
    try:
        harmful = scanner.finding(content) is not None
    except OSError:
        return N_("%(name)s could not be checked for viruses just now. Please try again in a few minutes.")
    return N_("%(name)s contains something harmful and was not taken.") if harmful else ""


def sniff(content: bytes) -> str | None:
    """The media type by the first bytes, of the kinds that are taken; None for every other."""
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return OFD if content.startswith(b"PK\x03\x04") and _is_ofd(content) else None


def _is_ofd(content: bytes) -> bool:
    """OFD (GB/T 33190) is a zip with OFD.xml at its root; nothing of it is unpacked here."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return "OFD.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def _whole(content: bytes, media_type: str) -> bool:
    end = content[-_TAIL:]
    marks = {PDF: b"%%EOF", JPEG: b"\xff\xd9", PNG: b"IEND"}
    return media_type not in marks or marks[media_type] in end


def _bare(name: str) -> str:
    """The last part of the name without control characters."""
    return "".join(one for one in name.replace("\\", "/").rsplit("/", 1)[-1] if one.isprintable()).strip(" .")


def _tidy(name: str, media_type: str) -> str:
    """With the ending that its content has."""
    bare = _bare(name)
    stem = bare.rsplit(".", 1)[0] if "." in bare else bare
    return (stem or "file")[:100] + ENDINGS[media_type]
