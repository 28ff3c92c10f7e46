"""Standard output and error that cannot fail: a line that cannot be written is dropped and counted.

Invariant: `write` neither raises nor waits, whatever the reader, the disk or the encoding does.
"""

import atexit
import io
import logging
import os
import select
import sys
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TextIO

MAX_WAITING = 2000  # pieces of text kept for a slow reader; what comes on top is dropped
MAX_CHARACTERS = 16_384  # of one piece; the rest is cut off
RETRY_SECONDS = 1.0  # how often a non-blocking pipe that is full is looked at again
EXIT_SECONDS = 1.0  # how long the end of the process waits for the last lines


class Sink(io.TextIOBase):
    """A text stream over a file descriptor, written by a thread of its own from a bounded queue.

    The thread may be stuck in a pipe that nobody reads, or on a disk that does not answer; whoever
    writes is not.
    """

    def __init__(self, descriptor: int, *, encoding: str = "utf-8") -> None:
        self._descriptor = descriptor
        self._encoding = encoding
        self._waiting: SimpleQueue[str | threading.Event] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._overflowed = 0  # counted by those who write
        self._failed = 0  # counted by the thread
        self._torn = False
        _sinks.append(self)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    @property
    def dropped(self) -> int:
        """Lines that were not written, about."""
        return self._overflowed + self._failed

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, text: str) -> int:
        if self._waiting.qsize() >= MAX_WAITING:
            self._overflowed += text.count("\n")
            return len(text)
        self._waiting.put(text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}…\n")
        self._ensure_thread()
        return len(text)

    def flush(self) -> None:
        """Does not wait: see `drain`."""

    def drain(self, seconds: float) -> bool:
        """Wait until what was written before has left or was dropped; False when time is up."""
        marker = threading.Event()
        self._waiting.put(marker)
        self._ensure_thread()
        return marker.wait(seconds)

    def _ensure_thread(self) -> None:
        # None at first; dead in a forked child, which has a copy of the queue but no thread.
        if self._thread is None or not self._thread.is_alive():
            with suppress(RuntimeError):  # no thread to be had now: the next line tries again
                self._thread = threading.Thread(target=self._empty, name="sink", daemon=True)
                self._thread.start()

    def _empty(self) -> None:
        while True:
            pieces, markers = self._gather()
            try:
                self._write_out("".join(pieces).encode(self._encoding, "backslashreplace"))
            except Exception:  # noqa: BLE001  without this thread nothing would ever be written again
                self._failed += 1
            for marker in markers:
                marker.set()

    def _gather(self) -> tuple[list[str], list[threading.Event]]:
        """All that is queued, at least one item: text, and the markers of those that drain."""
        pieces: list[str] = []
        markers: list[threading.Event] = []
        item = self._waiting.get()
        with suppress(Empty):
            while True:
                if isinstance(item, str):
                    pieces.append(item)
                else:
                    markers.append(item)
                item = self._waiting.get_nowait()
        return pieces, markers

    def _write_out(self, data: bytes) -> None:
        rest = memoryview(b"\n" + data if self._torn and data else data)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
                self._torn = False
            except BlockingIOError:
                _wait_for_room(self._descriptor)
            except OSError:
                # Disk full, reader gone, device broken, descriptor closed: it may pass, so the
                # next lines are tried again. A line cut in two must not swallow the next one.
                self._failed += max(1, bytes(rest).count(b"\n"))
                self._torn = len(rest) < len(data)
                return


_sinks: list[Sink] = []
_unsaid_lines = 0


def count_unsaid() -> None:
    """Count a line that could not even be rendered."""
    global _unsaid_lines  # noqa: PLW0603  a count of the process
    _unsaid_lines += 1


def dropped_lines() -> int:
    """Lines that this process could not write, about."""
    return _unsaid_lines + sum(sink.dropped for sink in _sinks)


def protect_streams() -> None:
    """Make standard output and error sinks, for whatever prints, logs or warns in this process.

    A stream that somebody has put in their place is theirs and stays.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # Closed by whoever started us: the next file opened would take the number's place.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is sys.__stdout__:
        sys.stdout = _protected(sys.stdout, 1)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _protected(sys.stderr, 2)
    logging.raiseExceptions = False
    atexit.register(_drain_all)


def _protected(stream: TextIO | None, descriptor: int) -> TextIO:
    encoding = "utf-8"
    if stream is not None:
        encoding = stream.encoding or encoding
        with suppress(OSError, ValueError):
            stream.flush()
    return Sink(descriptor, encoding=encoding)  # type: ignore[return-value]


def _wait_for_room(descriptor: int) -> None:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLOUT)
    waiting.poll(RETRY_SECONDS * 1000)


def _drain_all() -> None:
    for sink in _sinks:
        sink.drain(EXIT_SECONDS)
