"""The points of one field: numbers or addresses, as many as are tried, and what is none of them."""

from collections.abc import Callable
from typing import NamedTuple


class Points(NamedTuple):
    """`unread` holds what is no point, and what was not tried, as it was written."""

    readable: list[str]
    unread: list[str]
    tried: int


def points_of(
    raw: str, pieces: list[str], read: Callable[[str], str | None], *, most: int
) -> Points:
    """The field as one point, else its pieces one by one; at most `most` of them are tried."""
    whole = read(raw) if most > 0 else None
    if whole is not None:
        return Points([whole], [], 1)
    tried = [piece.strip() for piece in pieces[: max(0, most)]]
    points = [(piece, read(piece)) for piece in tried if piece]
    readable = [point for _, point in points if point is not None]
    if not readable:
        return Points([], [raw.strip()] if raw.strip() else [], len(tried))
    left = [piece.strip() for piece in pieces[len(tried) :]]
    unread = [piece for piece, point in points if point is None] + [
        piece for piece in left if piece
    ]
    return Points(readable, unread, len(tried))
