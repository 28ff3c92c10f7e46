"""Sales that stand, as columns: a day of them is read in one row, and counted without making an
object of each.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from struct import Struct
from typing import Final, NamedTuple

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # from which PostgreSQL counts microseconds
MICROSECOND: Final = timedelta(microseconds=1)
DECIMALS: Final = 4  # of the units in which amounts are counted


# What the bits of a sale's sign say, see `Stretch`.
RETURNING: Final = 1
JOINED: Final = 4
FIRST_ORIGIN: Final = 128


class Names(NamedTuple):
    """`places` of each sale's name among `names`, of four bytes, the highest first."""

    places: bytes = b""
    names: Sequence[str] = ()


NOTHING: Final = Names()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Of each sale the id of the person, of 16 bytes; when it was and when the person's sale before
    was, or the same again, in microseconds since EPOCH, of eight; the how manieth of the person it
    is, of four; the usual time between their sales before it in half microseconds, 0 for none, of
    eight; a sign of one, in bits whether it is not the person's first, and is a win and an order in
    one; origins, of 13 bytes each, one after the other: models, in bits, from and to
    before how many days of lookback, of two, and the segment, of eight, where the first of a sale
    has FIRST_ORIGIN beside its models; product, currency and manager, the
    empty text for none, and the amount: in units of 10^-DECIMALS, of eight bytes, or as numbers
    where these are not enough; the values of other axes, as those of a product, which the usual
    model credits. The highest byte comes first. What was not asked for is empty. Of sums of sales
    `counts` say of how many each is, of four bytes: their amount is that of all in the currency,
    and what has no price is summed apart.
    """

    people: bytes = b""
    ats: bytes = b""
    befores: bytes = b""
    numbers: bytes = b""
    usuals: bytes = b""
    signs: bytes = b""
    origins: bytes = b""
    counts: bytes = b""
    products: Names = NOTHING
    currencies: Names = NOTHING
    managers: Names = NOTHING
    sources: Names = NOTHING
    channels: Names = NOTHING
    ad_channels: Names = NOTHING
    campaigns: Names = NOTHING
    regions: Names = NOTHING
    amounts: bytes | Sequence[Decimal] = b""


Stretches = Sequence[Stretch]


class Touches(NamedTuple):
    """Of each call, message and meeting the id of the person, of 16 bytes, and when it was, in
    microseconds since EPOCH, of eight; the highest byte comes first.
    """

    people: bytes = b""
    ats: bytes = b""


def digest_of(stretches: Iterable[Stretch]) -> bytes:
    """That of all their columns: no other sales have the same."""
    digest = blake2b()
    for stretch in stretches:
        for each in fields(stretch):
            column = getattr(stretch, each.name)
            raw = column if isinstance(column, bytes) else repr(column).encode()
            digest.update(b"%s %d " % (each.name.encode(), len(raw)))
            digest.update(raw)
    return digest.digest()


def named(values: Sequence[str]) -> Names:
    """The names as a column."""
    codes = _numbers()
    places = [codes[value] for value in values]
    return Names(Struct(f">{len(places)}I").pack(*places), list(codes))


def micros(at: datetime) -> int:
    """Microseconds since EPOCH."""
    return (at - EPOCH) // MICROSECOND


def joined(columns: Iterable[Names]) -> tuple[bytes, list[str], list[tuple[int, list[int]]]]:
    """All places one after the other, all names, and of each column how long it is and where its
    names lie among all.
    """
    codes = _numbers()
    places: list[bytes] = []
    meanings: list[tuple[int, list[int]]] = []
    for column in columns:
        places.append(column.places)
        meanings.append((len(column.places) // 4, [codes[name] for name in column.names]))
    return b"".join(places), list(codes), meanings


def _numbers() -> defaultdict[str, int]:
    """Names get numbers from 0 when they are first asked for."""
    codes: defaultdict[str, int] = defaultdict()
    codes.default_factory = codes.__len__
    return codes
