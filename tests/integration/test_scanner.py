"""Handed-in files go to the virus scanner: a daemon that speaks clamd's protocol on a real socket."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from xinyidai.core.errors import InvalidInput
from xinyidai.core.files import NullScanner, check_paper
from xinyidai.core.i18n import use_locale
from xinyidai.integrations.scanner import ClamdScanner, scanner_of
from xinyidai.settings import Settings

EVIL = b"%PDF-1.4\nEICAR\n%%EOF\n"
GOOD = b"%PDF-1.4\n" + b"x" * 200_000 + b"\n%%EOF\n"


def _answer(connection: socket.socket) -> None:
    with connection, connection.makefile("rb") as stream:
        assert stream.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", stream.read(4))[0]:
            content += stream.read(size)
        found = b"Eicar-Signature FOUND" if b"EICAR" in content else b"OK" if content else b"size limit exceeded ERROR"
        connection.sendall(b"stream: " + found + b"\0")


@contextmanager
def daemon(times: int) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: [_answer(server.accept()[0]) for _ in range(times)], daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join(timeout=5)


def test_a_clean_file_is_taken_and_a_harmful_one_is_refused_by_name() -> None:
    with daemon(3) as address, use_locale("en"):
        scanner = ClamdScanner(address)
        assert scanner.finding(EVIL) == "Eicar-Signature"
        assert check_paper("plan.pdf", GOOD, scanner).content == GOOD
        with pytest.raises(InvalidInput) as refused:
            check_paper("invoice.pdf", EVIL, scanner)
    assert refused.value.fields == {"files": "invoice.pdf contains something harmful and was not taken."}


def test_what_cannot_be_looked_at_is_not_taken() -> None:
    with daemon(1) as address, pytest.raises(OSError, match="size limit"):
        ClamdScanner(address).finding(b"")
    with use_locale("en"), pytest.raises(InvalidInput) as refused:
        check_paper("plan.pdf", GOOD, ClamdScanner(address))
    assert "could not be checked" in refused.value.fields["files"]


def test_the_setting_names_the_scanner() -> None:
    assert isinstance(scanner_of(Settings(scanner="null")), NullScanner)
    assert isinstance(scanner_of(Settings(scanner="clamd", clamd_address="av:3310")), ClamdScanner)
    with pytest.raises(ValueError, match="XYD_SCANNER"):
        scanner_of(Settings(scanner="norton"))
