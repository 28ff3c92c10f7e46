"""The points of one field: numbers or addresses, as many as are tried, and what is none of them."""

from collections.abc import Callable
from typing import NamedTuple


class Points(NamedTuple):
    """`unreadable` holds the raw pieces that are no point or were not tried."""

    readable: list[str]
    unreadable: list[str]
    attempts: int


def points_of(
    raw: str, pieces: list[str], reader: Callable[[str], str | None], *, most: int
) -> Points:
    """The field as one point, else its pieces one by one; at most `most` of them are tried."""
    whole = reader(raw) if most > 0 else None
    if whole is not None:
        return Points([whole], [], 1)
    candidates = [piece.strip() for piece in pieces[: max(0, most)]]
    points = [(piece, reader(piece)) for piece in candidates if piece]
    readable = [point for _, point in points if point is not None]
    if not readable:
        return Points([], [raw.strip()] if raw.strip() else [], len(candidates))
    rest = [piece.strip() for piece in pieces[len(candidates) :]]
    unreadable = [piece for piece, point in points if point is None] + [
        piece for piece in rest if piece
    ]
    return Points(readable, unreadable, len(candidates))
