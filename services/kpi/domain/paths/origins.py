"""The one inquiry that a sale is credited to, by the models that name one, at every lookback; and
for whom of the same group the person had bought before.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from services.kpi.domain.attribution import MODELS
from services.kpi.domain.paths.credits import MOST_LOOKBACK_DAYS
from services.kpi.domain.paths.rows import Credit, SoldAgain
from services.kpi.domain.paths.segments import (
    EVERYTHING,
    NOWHERE,
    Segment,
    alike,
    as_number,
    groupings_within,
    segment_id,
)
from services.kpi.domain.sales.people import Sale

ORIGIN_MODELS: Final = tuple(
    1 << MODELS.index(model) for model in ("first", "last", "last_non_direct")
)
EVERY_ORIGIN: Final = sum(ORIGIN_MODELS)
BEYOND_DAYS: Final = MOST_LOOKBACK_DAYS + 1  # before it every lookback ends
_EVERY_GROUPING: Final = groupings_within(EVERYTHING)


class Origin(NamedTuple):
    """What a sale is credited to by some models, when the lookback is at least `since_days` and
    less than `until_days`: the inquiry's segment, with the sale's own region and product.
    """

    models: int
    since_days: int
    until_days: int
    segment: Segment


class Sold(NamedTuple):
    sale: Sale
    origins: Sequence[Origin]


def origins_of(
    sale: Sale, shares: Iterable[Credit], segments: Mapping[int, Segment]
) -> tuple[Origin, ...]:
    """The origins of a sale, told from what its segments have of it."""
    models_of: dict[tuple[int, int, Segment], int] = defaultdict(int)
    gains = [share for share in shares if share.models & EVERY_ORIGIN and share.parts > 0]
    for model in ORIGIN_MODELS:
        begins = sorted(
            (share.since_days, share.segment_id) for share in gains if share.models & model
        )
        ends = [days for days, _ in begins[1:]] + [BEYOND_DAYS]
        for (since_days, number), until_days in zip(begins, ends, strict=True):
            segment = _own(segments.get(number, NOWHERE), sale)
            models_of[since_days, until_days, segment] |= model
    return tuple(
        Origin(models, since_days, until_days, segment)
        for (since_days, until_days, segment), models in models_of.items()
    )


def _own(segment: Segment, sale: Sale) -> Segment:
    if sale.region is None and sale.product is None:
        return segment
    return segment._replace(
        region=segment.region if sale.region is None else sale.region,
        product=segment.product if sale.product is None else sale.product,
    )


def as_text(origins: Iterable[Origin]) -> str:
    """As a sale keeps them: lists of models, days and the segment's number."""
    return json.dumps(sorted((*origin[:3], segment_id(origin.segment)) for origin in origins))


def as_numbers(text: str) -> list[tuple[int, int, int, int]]:
    """Models, days and the segment's number of each origin that a sale keeps."""
    return [tuple(one) for one in json.loads(text)]


class _Open(NamedTuple):
    """In which groupings nothing earlier is found yet of a sale with this origin."""

    origin: Origin
    groupings: int


def sold_again(sold: Sequence[Sold]) -> Iterator[SoldAgain]:
    """For each sale the earlier ones that are the last before in some grouping; the sales are all
    of one person that stand, in time.
    """
    latest: dict[Sequence[Origin], Sold] = {}  # by time, the latest at the end
    for one in sold:
        waiting = [_Open(origin, _EVERY_GROUPING) for origin in one.origins]
        for earlier in reversed(latest.values()):
            matches: dict[tuple[int, int, Segment, int], int] = defaultdict(int)
            waiting = [rest for each in waiting for rest in _meet(each, earlier.origins, matches)]
            for (since_days, until_days, segment, groupings), models in matches.items():
                yield SoldAgain(
                    sale_id=one.sale.sale_id,
                    earlier_id=earlier.sale.sale_id,
                    since_days=since_days,
                    models=models,
                    until_days=until_days,
                    at=one.sale.at,
                    earlier_at=earlier.sale.at,
                    segment_id=segment_id(segment),
                    groupings=as_number(groupings),
                    is_third=(earlier.sale.number or 0) > 1,
                )
            if not waiting:
                break
        latest.pop(one.origins, None)
        latest[one.origins] = one


def _meet(
    waiting: _Open, earlier: Iterable[Origin], matches: dict[tuple[int, int, Segment, int], int]
) -> Iterator[_Open]:
    """Note in which groupings an earlier sale is found; gives where it is not."""
    for other in earlier:
        since_days = max(waiting.origin.since_days, other.since_days)
        until_days = min(waiting.origin.until_days, other.until_days)
        models = waiting.origin.models & other.models
        if not models or since_days >= until_days:
            continue
        segment = waiting.origin.segment
        groupings = groupings_within(alike(segment, other.segment)) & waiting.groupings
        if groupings:
            matches[since_days, until_days, segment, groupings] |= models
        if waiting.groupings & ~groupings:
            origin = Origin(models, since_days, until_days, segment)
            yield _Open(origin, waiting.groupings & ~groupings)
