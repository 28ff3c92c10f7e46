"""What can be sold at most, as far as potentials say it, and how that adds up."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Context, Decimal
from operator import attrgetter
from typing import Final, Literal, NamedTuple
from uuid import UUID

from services.kpi.domain.territories.potential import KOPECK
from services.kpi.domain.territories.sold import Share

Why = Literal["no_potential", "no_territory", "no_region", "no_product", "nothing_sold"]
_EXACT: Final = Context(prec=60, rounding=ROUND_CEILING)


class Gap(NamedTuple):
    """Why a node is not covered: what has no potential, lies in no territory, is only sold without
    a region or product, or of what nothing is sold by which to tell.
    """

    why: Why
    territory_id: UUID | None = None
    region: str | None = None
    product: str | None = None


class Cover(NamedTuple):
    """`sales` is what can be sold at most, None where the gaps leave that open; `unplaced` what of
    it is for sales without a region or product.
    """

    sales: Decimal | None
    gaps: Sequence[Gap] = ()
    unplaced: Decimal = Decimal(0)


def sum_of(covers: Iterable[Cover | None]) -> Cover | None:
    """Nothing as soon as one of them is."""
    total, unplaced = Decimal(0), Decimal(0)
    for cover in covers:
        if cover is None or cover.sales is None:
            return None
        total += cover.sales
        unplaced += cover.unplaced
    return Cover(total, (), unplaced)


def with_unplaced(cover: Cover | None, share: Share) -> Cover | None:
    """With as much more as such sales were to those that can be placed: they are held against no
    part, so that nothing is refused because of them. Nothing where none can be placed.
    """
    if cover is None or cover.sales is None or not share.is_placed:
        return None
    if not share.unplaced:
        return cover
    more = _EXACT.divide(_EXACT.multiply(cover.sales, share.unplaced), share.placed)
    more = more.quantize(KOPECK, context=_EXACT)
    return Cover(cover.sales + more, (), cover.unplaced + more)


def least_of(covers: Iterable[Cover | None]) -> Cover | None:
    """The one that allows the least; None where none is known."""
    ways = [cover for cover in covers if cover is not None and cover.sales is not None]
    if len(ways) > 1:
        return min(ways, key=attrgetter("sales"))
    return ways[0] if ways else None
