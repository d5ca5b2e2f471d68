"""Work on chunks: one side reads and checks, the other writes, each on its own connection where there are two."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")

_WAIT_SECONDS = 0.2


class _End:
    """Closes the stream; carries what went wrong."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Ahead(Generic[T]):
    def __init__(self, source: Iterator[T], depth: int) -> None:
        self._source = source
        self._waiting: queue.Queue[T | _End] = queue.Queue(depth)
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="credit-intake-reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._given_up.set()
        self._thread.join()

    def _run(self) -> None:
        end = _End()
        try:
            for item in self._source:
                if not self._put(item):
                    return
        except BaseException as error:  # raised again on the other side
            end = _End(error)
        self._put(end)

    def _put(self, item: T | _End) -> bool:
        while not self._given_up.is_set():
            try:
                self._waiting.put(item, timeout=_WAIT_SECONDS)
            except queue.Full:
                continue
            return True
        return False

    def __iter__(self) -> Iterator[T]:
        while True:
            item = self._waiting.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item


@contextmanager
def ahead(source: Iterator[T], depth: int = 2) -> Iterator[Iterator[T]]:
    """Iterate ``source`` in a thread of its own, at most ``depth`` items ahead; its errors are raised here."""
    running = _Ahead(source, depth)
    running.start()
    try:
        yield iter(running)
    finally:
        running.stop()
