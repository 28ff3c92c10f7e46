"""Versions of lines: a correction is a new one, and none is ever lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Generic, NamedTuple, TypeVar

Line = TypeVar("Line", bound=NamedTuple)
RECORDED: Final = "recorded"
CORRECTED: Final = "corrected"
UNCHANGED: Final = "unchanged"


@dataclass(frozen=True, slots=True)
class LineVersion(Generic[Line]):
    """A version of a line, with who told it and when. Of one that was taken back, `value` is None
    and the line's own says nothing.
    """

    line: Line
    value: Decimal | None
    version: int
    author: str
    recorded_at: datetime

    def fields(self) -> dict[str, Any]:
        """The line's parts, and what is told of the version."""
        parts = {name: getattr(self, name) for name in ("version", "author", "recorded_at")}
        return {**self.line._asdict(), **parts}


def outcome_of(line: Line, value: Decimal | None, latest: LineVersion[Line] | None) -> str:
    """Whether a line is recorded, corrected or unchanged by being told; `value` is None where that
    takes it back.
    """
    if latest is None or latest.value is None:
        return UNCHANGED if value is None else RECORDED
    return UNCHANGED if (latest.line, latest.value) == (line, value) else CORRECTED


def version_after(latest: LineVersion[Line] | None) -> int:
    return 1 if latest is None else latest.version + 1


def told_twice(keys: Iterable[object]) -> list[int]:
    """Which of them stand above already, by their numbers from 0."""
    keys = list(keys)
    firsts = {key: place for place, key in reversed(list(enumerate(keys)))}
    return [place for place, key in enumerate(keys) if firsts[key] != place]
