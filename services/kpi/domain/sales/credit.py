"""Credits a sale to the inquiries before it. Sums are exact: together they are the sale itself."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from services.kpi.domain.attribution import Model, shares, split, unit_of, winner

Key = tuple[Any, ...]
_WHOLE = Fraction(1)


class TouchPoint(NamedTuple):
    """An inquiry before a sale: the group it belongs to, and whether it names neither an
    advertising channel nor a campaign.
    """

    key: Key
    is_direct: bool


class SoldPath(NamedTuple):
    """A sale and its touch points in time; without one it is credited to `nowhere`."""

    amount: Decimal | None
    currency: str | None
    nowhere: Key
    touch_points: Sequence[TouchPoint]


class Credit(NamedTuple):
    """What a group has of one sale; `amount` is None for a sale without one."""

    key: Key
    share: Fraction
    amount: Decimal | None


@dataclass(slots=True)
class Earned:
    """What a group has of all sales: their number, which may be a fraction, and by currency the
    amounts and the number of those that have one.
    """

    sales: Fraction = Fraction(0)
    amounts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def credits_of(path: SoldPath, model: Model) -> list[Credit]:
    """What each group has of a sale, once for each group that has something."""
    points = path.touch_points
    if not points:
        return [Credit(path.nowhere, _WHOLE, path.amount)]
    is_direct = [point.is_direct for point in points]
    place = winner(model, is_direct)
    if place is not None:
        return [Credit(points[place].key, _WHOLE, path.amount)]
    parts = shares(model, is_direct)
    amounts: Sequence[Decimal | None] = [None] * len(parts)
    if path.amount is not None:
        amounts = split(path.amount, parts, unit_of(path.amount, path.currency))
    sums: dict[Key, Credit] = {}
    for (key, _), share, amount in zip(points, parts, amounts, strict=True):
        before = sums.get(key, Credit(key, Fraction(0), None if amount is None else Decimal(0)))
        total = None if amount is None or before.amount is None else before.amount + amount
        sums[key] = Credit(key, before.share + share, total)
    return list(sums.values())
