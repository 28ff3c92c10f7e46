"""One hostile generator for one reader, and how long the reader takes for what it makes."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from services.intake.domain.requests import ChannelError, Unauthenticated

Hostile = Callable[[int], Any]


@dataclass(frozen=True, slots=True)
class Row:
    """`hostile(size)` makes about `size` bytes of mischief, `read` hands them to `reader`."""

    name: str
    reader: Callable[..., object]
    hostile: Hostile
    read: Callable[[Any], object]

    def seconds(self, size: int) -> float:
        """CPU seconds of one reading; a refusal is an answer, any other error is a fault."""
        content = self.hostile(size)
        with _undisturbed():
            began = time.process_time()
            with suppress(ChannelError, Unauthenticated):
                self.read(content)
            return time.process_time() - began


def rows(
    reader: Callable[..., object],
    hostiles: dict[str, Hostile],
    *,
    read: Callable[[Any], object] | None = None,
    name: str | None = None,
) -> tuple[Row, ...]:
    """A row for each hostile; `read` tells how the reader is called, when not with it alone."""
    called = name or f"{reader.__module__.rpartition('.')[2]}.{reader.__name__}"
    return tuple(
        Row(f"{called}: {attack}", reader, hostile, read or reader)
        for attack, hostile in hostiles.items()
    )


def every(step: int, hostiles: dict[str, Hostile]) -> dict[str, Hostile]:
    """Some of them: for what hands its content to a reader that has rows for all."""
    return dict(islice(hostiles.items(), 0, None, step))


def remembered(hostile: Hostile) -> Hostile:
    """For mischief that many readers are given: made once of each size."""
    return lru_cache(maxsize=4)(hostile)


def flood(unit: str) -> Hostile:
    """One thing again and again."""
    return lambda size: unit * max(1, size // max(1, len(unit.encode("utf-8", "surrogatepass"))))


def between(before: str, unit: str, after: str = "") -> Hostile:
    """A flood with something in front of it and behind it."""
    return lambda size: before + flood(unit)(size) + after


def numbered(unit: str, *, before: str = "", after: str = "", glue: str = "") -> Hostile:
    """Things that differ: each `{}` of `unit` is the next number of seven digits."""
    width = len(unit.format("1234567").encode()) + len(glue)

    def made(size: int) -> str:
        units = (unit.format(1_000_000 + number) for number in range(max(1, size // width)))
        return before + glue.join(units) + after

    return made


def as_bytes(hostile: Hostile) -> Hostile:
    return lambda size: hostile(size).encode()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """The collector would count the whole test run's objects into one reading."""
    gc.collect(0)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
