"""What inquiries are told apart by, all of it together: a segment.

A report groups by some of the dimensions; a grouping is a number with a bit for each of them.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.kpi.domain.facts import InquiryFact
from services.kpi.domain.paths.pieces import DAY, HOUR, MONTH, QUARTER

_LONGEST_WORD: Final = 500


class Segment(NamedTuple):
    """`ad_channel` and `campaign` are the marks of links, compared without case; None is none."""

    source: UUID | None = None
    channel: str | None = None
    ad_channel: str | None = None
    campaign: str | None = None
    region: str | None = None
    product: str | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it names neither an advertising channel nor a campaign."""
        return self.ad_channel is None and self.campaign is None


NOWHERE: Final = Segment()
DIMENSIONS: Final = Segment._fields
EVERY_GROUPING: Final = range(1 << len(DIMENSIONS))


EVERYTHING: Final = len(EVERY_GROUPING) - 1


def segment_of(inquiry: InquiryFact) -> Segment:
    return Segment(
        inquiry.source_id,
        inquiry.channel,
        word(inquiry.utm_source),
        word(inquiry.utm_campaign),
        inquiry.region,
        inquiry.product,
    )


@lru_cache(maxsize=10_000)
def word(text: str | None) -> str | None:
    """As spend's names are compared; what is longer than any of them stays as it is."""
    if text is None or len(text) > _LONGEST_WORD:
        return text
    return unicodedata.normalize("NFC", text).strip().lower() or None


@lru_cache(maxsize=50_000)
def segment_id(segment: Segment) -> int:
    """The same number for the same segment, of 64 bits: two of a million segments meet by a chance
    of one to thirty millions.
    """
    text = json.dumps([None if part is None else str(part) for part in segment])
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def grouping_of(dimensions: Iterable[str]) -> int:
    """The number of a grouping; names that are no dimensions have no part in it."""
    return sum(1 << DIMENSIONS.index(name) for name in dimensions if name in DIMENSIONS)


@lru_cache(maxsize=200_000)
def restricted(segment: Segment, grouping: int) -> Segment:
    """The segment of which only the grouping's dimensions are told."""
    values: list[Any] = [
        value if grouping >> place & 1 else None for place, value in enumerate(segment)
    ]
    return Segment(*values)


NOTHING: Final = 0
# By these sums are kept: a report by some of the dimensions of one of them is told from few rows.
# The more a segment tells, the fewer of a day are of it: then months alone are worth keeping. Years
# by one of two dimensions would be many sums of both: its months are kept, too.
KEPT_UNITS: Final[Mapping[int, Sequence[str]]] = {
    NOTHING: (MONTH, DAY, HOUR, QUARTER),
    grouping_of(("region",)): (MONTH,),
    grouping_of(("product",)): (MONTH,),
    grouping_of(("source", "channel")): (MONTH, DAY),
    grouping_of(("ad_channel", "campaign")): (MONTH, DAY),
    grouping_of(("region", "product")): (MONTH, DAY),
    EVERYTHING: (MONTH,),
}
# How many people came again is kept by each of these alone: people of two groups do not add up.
AGAIN_GROUPINGS: Final = frozenset(
    {
        NOTHING,
        *(1 << place for place in range(len(DIMENSIONS))),
        grouping_of(("ad_channel", "campaign")),
    }
)


@lru_cache(maxsize=len(EVERY_GROUPING))
def summed_by(grouping: int) -> Mapping[str, int]:
    """Of each unit, the longest first, by which grouping sums are kept that tell a report by this
    one.
    """
    by_unit: dict[str, int] = {}
    for other, units in KEPT_UNITS.items():
        if other & grouping == grouping:
            by_unit = dict.fromkeys(units, other) | by_unit
    return {unit: by_unit[unit] for unit in KEPT_UNITS[NOTHING] if unit in by_unit}


def alike(one: Segment, other: Segment) -> int:
    """The grouping of all dimensions in which two segments are the same."""
    return sum(
        1 << place for place, pair in enumerate(zip(one, other, strict=True)) if pair[0] == pair[1]
    )


@lru_cache(maxsize=len(EVERY_GROUPING))
def groupings_within(grouping: int) -> int:
    """A set of groupings, a bit for each: those by some of these dimensions, or by none."""
    return sum(1 << number for number in EVERY_GROUPING if number & grouping == number)


class Parts(NamedTuple):
    """Of a segment, those by which sums are kept: their numbers by grouping, and by these numbers
    what they are.
    """

    numbers: Mapping[int, int]
    segments: Mapping[int, Segment]


@lru_cache(maxsize=50_000)
def parts_of(segment: Segment) -> Parts:
    parts = {
        grouping: restricted(segment, grouping) for grouping in {*KEPT_UNITS, *AGAIN_GROUPINGS}
    }
    numbers = {grouping: segment_id(part) for grouping, part in parts.items()}
    return Parts(numbers, {numbers[grouping]: part for grouping, part in parts.items()})


def as_number(groupings: int) -> int:
    """A set of groupings as a signed number of 64 bits."""
    sign_bit = 1 << EVERYTHING
    return (groupings ^ sign_bit) - sign_bit
