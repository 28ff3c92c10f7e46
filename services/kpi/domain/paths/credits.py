"""Whom a sale is credited to, by every model and for every lookback at once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.attribution import MODELS
from services.kpi.domain.paths.rows import Credit
from services.kpi.domain.paths.segments import NOWHERE, segment_id
from services.kpi.domain.sales.credit import SoldPath, TouchPoint, credits_of
from services.kpi.domain.sales.people import Sale

MOST_LOOKBACK_DAYS: Final = 730
MOST_TOUCH_POINTS: Final = 50
# A shop may date an order a little before the inquiry by which it was placed comes in.
SAME_VISIT: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_EVERY_MODEL: Final = (1 << len(MODELS)) - 1
_SEGMENT = int
_Share = tuple[Fraction, Decimal]


class Point(NamedTuple):
    """An inquiry of the person, neither a test nor spam."""

    at: datetime
    inquiry_id: UUID
    segment_id: _SEGMENT
    is_direct: bool


def credits_for(sale: Sale, points: Sequence[Point]) -> list[Credit]:
    """What each segment has of a sale; `points` are all of the person's, in time."""
    near = [point for point in points if _lookback(sale.at, point) <= MOST_LOOKBACK_DAYS
            and point.at <= sale.at + SAME_VISIT]  # fmt: skip
    path = tuple(
        (_lookback(sale.at, point), point.inquiry_id, point.segment_id, point.is_direct)
        for point in near[-MOST_TOUCH_POINTS:]
    )
    return [
        Credit(
            sale_id=sale.sale_id,
            at=sale.at,
            segment_id=change.segment_id,
            since_days=change.since_days,
            models=change.models,
            parts=change.share.numerator,
            whole=change.share.denominator,
            amount=change.amount,
            currency=sale.currency if sale.currency and sale.amount is not None else "",
            is_off=sale.taken_back_at is not None,
        )
        for change in _changes(sale.amount if sale.currency else None, sale.currency, path)
    ]


def _lookback(at: datetime, point: Point) -> int:
    """The fewest whole days within which the inquiry lies before the sale."""
    return max(1, (at - point.at) // _DAY + 1)


class _Change(NamedTuple):
    segment_id: _SEGMENT
    since_days: int
    models: int
    share: Fraction
    amount: Decimal


# A customer of many sales is told again with each of them, and most have not changed.
@lru_cache(maxsize=20_000)
def _changes(
    amount: Decimal | None,
    currency: str | None,
    path: tuple[tuple[int, UUID, _SEGMENT, bool], ...],
) -> tuple[_Change, ...]:
    if len(path) <= 1:
        return tuple(_whole(amount or Decimal(0), path))
    all_changes: list[_Change] = []
    before: dict[int, dict[_SEGMENT, _Share]] = {number: {} for number in range(len(MODELS))}
    for days in sorted({1, *(point[0] for point in path)}):
        touch_points = [TouchPoint((point[2],), point[3]) for point in path
                        if point[0] <= days]  # fmt: skip
        sold = SoldPath(amount, currency, (segment_id(NOWHERE),), touch_points)
        shares = {
            number: {
                credit.key[0]: (credit.share, credit.amount or Decimal(0))
                for credit in credits_of(sold, model)
            }
            for number, model in enumerate(MODELS)
        }
        all_changes += _differences(before, shares, days)
        before = shares
    return tuple(all_changes)


def _whole(
    amount: Decimal, path: tuple[tuple[int, UUID, _SEGMENT, bool], ...]
) -> Iterator[_Change]:
    """A sale with one inquiry before it, or none: by every model one segment has it all."""
    days = [point[0] for point in path]
    if days != [1]:
        yield _Change(segment_id(NOWHERE), 1, _EVERY_MODEL, Fraction(1), amount)
    for since_days, _, segment, _ in path:
        if since_days > 1:
            yield _Change(segment_id(NOWHERE), since_days, _EVERY_MODEL, Fraction(-1), -amount)
        yield _Change(segment, since_days, _EVERY_MODEL, Fraction(1), amount)


def _differences(
    before: dict[int, dict[_SEGMENT, _Share]], now: dict[int, dict[_SEGMENT, _Share]], days: int
) -> Iterator[_Change]:
    """What is changed, once for all models in which it is the same."""
    models: dict[tuple[_SEGMENT, Fraction, Decimal], int] = defaultdict(int)
    nothing = (Fraction(0), Decimal(0))
    for number, shares in now.items():
        for segment in shares.keys() | before[number].keys():
            share, amount = shares.get(segment, nothing)
            share_before, amount_before = before[number].get(segment, nothing)
            if share != share_before or amount != amount_before:
                models[segment, share - share_before, amount - amount_before] |= 1 << number
    for (segment, share, amount), bits in models.items():
        yield _Change(segment, days, bits, share, amount)
