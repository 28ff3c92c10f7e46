"""Whatever becomes of the disk or the reader, who writes a line goes on at once."""

import errno
import json
import os
import time
from collections.abc import Iterator

import pytest
import structlog

from shared.observability.logging import set_up_logging
from shared.observability.sink import MAX_WAITING, Sink, dropped_lines

ERRORS = [errno.ENOSPC, errno.EPIPE, errno.EIO, errno.EBADF, errno.EFBIG, errno.EROFS, errno.EDQUOT]
SOON_SECONDS = 30.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The reading and the writing end."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("number", ERRORS, ids=[errno.errorcode[number] for number in ERRORS])
def test_a_line_that_cannot_be_written_is_counted_and_the_next_one_comes(
    number: int, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = pipe
    stream = Sink(writing)
    write = os.write

    def refuse(descriptor: int, data: bytes) -> int:
        if descriptor == writing:
            raise OSError(number, os.strerror(number))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", refuse)
    stream.write("lost\nlost too\n")
    assert stream.drain(SOON_SECONDS)
    monkeypatch.setattr(os, "write", write)
    stream.write("heard\n")
    assert stream.drain(SOON_SECONDS)
    assert os.read(reading, 100) == b"heard\n"
    assert stream.dropped == 2


def test_a_line_cut_in_two_does_not_swallow_the_next(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = pipe
    stream = Sink(writing)
    write = os.write
    room = [3]

    def run_full(descriptor: int, data: bytes) -> int:
        if descriptor == writing and not room:
            raise OSError(errno.ENOSPC, "full")
        return write(descriptor, data[: room.pop()] if descriptor == writing else data)

    monkeypatch.setattr(os, "write", run_full)
    stream.write("half a line\n")
    assert stream.drain(SOON_SECONDS)
    monkeypatch.setattr(os, "write", write)
    stream.write("whole\n")
    assert stream.drain(SOON_SECONDS)
    assert os.read(reading, 100) == b"hal\nwhole\n"


@pytest.mark.parametrize("blocking", [True, False])
def test_nobody_waits_for_a_reader_who_does_not_read(
    pipe: tuple[int, int], *, blocking: bool
) -> None:
    reading, writing = pipe
    os.set_blocking(writing, blocking)
    stream = Sink(writing)
    began = time.monotonic()
    for number in range(4 * MAX_WAITING):
        stream.write(f"{number} {'x' * 100}\n")
    assert time.monotonic() - began < SOON_SECONDS
    assert not stream.drain(0.05)
    assert stream.dropped > MAX_WAITING
    read = b""
    while b"the reader is back" not in read:  # and then everything that waited comes
        read += os.read(reading, 65_536)
        stream.write("the reader is back\n")
    while not stream.drain(0.01):
        os.read(reading, 65_536)


def test_what_the_alphabet_lacks_is_spelt(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    stream = Sink(writing, encoding="ascii")
    stream.write("Анна \udc80\n")
    assert stream.drain(SOON_SECONDS)
    assert os.read(reading, 100) == b"\\u0410\\u043d\\u043d\\u0430 \\udc80\n"


class _Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_a_log_call_returns_even_when_its_line_cannot_be_made(pipe: tuple[int, int]) -> None:
    before = structlog.get_config()
    reading, writing = pipe
    stream = Sink(writing)
    set_up_logging(level="info", form="json", stream=stream)
    log = structlog.get_logger()
    dropped = dropped_lines()
    try:
        log.warning("door.unavailable", error=_Unspeakable())
        log.warning("door.unavailable", error="DiskFullError", name="log")  # any word is a value
    finally:
        structlog.configure(**before)
    assert stream.drain(SOON_SECONDS)
    line = json.loads(os.read(reading, 1000))
    assert (line["error"], line["name"]) == ("DiskFullError", "log")
    assert dropped_lines() == dropped + 1
