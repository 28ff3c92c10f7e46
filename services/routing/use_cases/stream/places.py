"""Places in the stream: the id of an event as a client gives it back to go on behind it."""

import re
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

_PLACE = re.compile(r"([0-9a-f]{12})-([0-9]{1,18})")


class Place(NamedTuple):
    """A row of the journal in one life of its data."""

    life: str
    position: int

    def as_text(self) -> str:
        return f"{_short(self.life)}-{self.position}"


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin; `reset` says why not at the place that was asked for."""

    position: int
    reset: str | None = None


def place_of(text: str | None, life: str, *, present: int, last: int, most: int) -> Start:
    """Where to go on for somebody who gives this text: `present` without any. A place is `unknown`
    that is none of this life, or behind its `last` row; `too_old` if more than `most` rows have
    been written since.
    """
    if not text:
        return Start(present)
    match = _PLACE.fullmatch(text)
    if match is None or match[1] != _short(life):
        return Start(present, "unknown")
    position = int(match[2])
    if position > last:
        return Start(present, "unknown")
    if present - position > most:
        return Start(present, "too_old")
    return Start(position)


def _short(life: str) -> str:
    """The random end of a life's id."""
    return UUID(life).hex[-12:]
