"""Looking into handed-in files for malicious code: by a ClamAV daemon, or not at all."""

import socket
import struct
from collections.abc import Iterator

from xinyidai.core.files import NullScanner, Scanner
from xinyidai.settings import Settings

TIMEOUT_SECONDS = 20
_CHUNK = 64 * 1024


class ClamdScanner:
    """Sends the content to a clamd over TCP (INSTREAM); one connection for each file."""

    def __init__(self, address: str) -> None:
        host, _colon, port = address.rpartition(":")
        self._address = (host, int(port))

    def finding(self, content: bytes) -> str | None:
        with socket.create_connection(self._address, timeout=TIMEOUT_SECONDS) as connection:
            connection.sendall(b"zINSTREAM\0")
            for part in _parts(content):
                connection.sendall(struct.pack("!I", len(part)) + part)
            connection.sendall(struct.pack("!I", 0))
            answer = b"".join(iter(lambda: connection.recv(4096), b"")).rstrip(b"\0").decode("utf-8", "replace")
        if answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        if answer.endswith(" OK"):
            return None
        raise OSError(f"clamd answered {answer!r}")


def _parts(content: bytes) -> Iterator[bytes]:
    return (content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK))


def scanner_of(settings: Settings) -> Scanner:
    """The scanner that XYD_SCANNER names; an unknown name is refused at the start."""
    if settings.scanner == "null":
        return NullScanner()
    if settings.scanner == "clamd":
        return ClamdScanner(settings.clamd_address)
    raise ValueError(f"XYD_SCANNER must be clamd or null, not {settings.scanner!r}")
