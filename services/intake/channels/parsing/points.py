"""The points of one field: numbers or addresses, as many as are tried, and what is none of them."""

from collections.abc import Mapping
from typing import NamedTuple


class Points(NamedTuple):
    """`unreadable` holds the raw pieces that are no point or were not tried.

    `extensions`: number → the digits to dial after it.
    """

    readable: list[str]
    unreadable: list[str]
    attempts: int
    extensions: Mapping[str, str] = {}
