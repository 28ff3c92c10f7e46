"""What is sold where, by regions and products, from the sums of sales."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from services.kpi.domain.labels import label_key
from services.kpi.domain.months import later
from services.kpi.domain.paths.pieces import MONTH
from services.kpi.domain.paths.segments import grouping_of
from services.kpi.domain.territories.sold import Sold, SoldSum, SoldYear
from services.kpi.repository.money.paths import chosen
from services.kpi.repository.rollups.blocks import day_at
from shared.database import Session

_MONTHS: Final = 12  # that are over, and looked back upon
_LOOKBACK_DAYS: Final = 90
_REGION, _PRODUCT = grouping_of(("region",)), grouping_of(("product",))
_BOTH: Final = _REGION | _PRODUCT
_OF_PLACES: Final = """segment.source IS NULL AND segment.channel IS NULL
    AND segment.ad_channel IS NULL AND segment.campaign IS NULL"""
_COUNTED: Final = """s.models & CAST(:model AS smallint) <> 0 AND s.since_days <= :lookback_days"""
# By segment whether a month has sales of it, the last months first: most are found by the first
# look, where all sums of these months would be many times as many.
_SOLD: Final = f"""
SELECT segment.region, segment.product FROM segment, LATERAL (
    SELECT FROM unnest(CAST(:months AS timestamptz[])) AS month (begins), LATERAL (
        SELECT FROM sale_sum AS s WHERE s.unit = :unit AND s.grouping = :grouping
            AND s.begins = month.begins AND s.segment_id = segment.segment_id
            AND s.firsts + s.repeats > 0 AND {_COUNTED} LIMIT 1) AS one LIMIT 1) AS sold
WHERE {_OF_PLACES}{{where}}
"""
# What has no region or no product, and the sums of all that has: few segments beside all places.
_SUMS: Final = f"""
SELECT s.grouping, segment.region, segment.product, s.currency,
    sum(s.firsts + s.repeats) AS quantity, sum(s.first_amount + s.repeat_amount) AS amount
FROM segment, unnest(CAST(:groupings AS smallint[])) AS by (grouping),
    unnest(CAST(:months AS timestamptz[])) AS month (begins), LATERAL (
        SELECT * FROM sale_sum AS s WHERE s.unit = :unit AND s.grouping = by.grouping
            AND s.begins = month.begins AND s.segment_id = segment.segment_id
            AND {_COUNTED} OFFSET 0) AS s
WHERE {_OF_PLACES} AND '' IN (coalesce(segment.region, ''), coalesce(segment.product, ''))
    AND (segment.region IS NULL OR by.grouping & {_REGION} <> 0)
    AND (segment.product IS NULL OR by.grouping & {_PRODUCT} <> 0){{where}}
GROUP BY s.grouping, segment.region, segment.product, s.currency
"""
_SPELLINGS: Final = f"""
SELECT DISTINCT segment.{{name}} FROM segment WHERE {_OF_PLACES} AND segment.{{name}} IS NOT NULL
"""


async def read_sold(session: Session, now: datetime, **names: Collection[str]) -> SoldYear:
    """Of the last twelve months of UTC that are over, and of this one. A sale is of its own region
    and product, else of those of the last inquiry that was not direct, as in plans. `names`:
    values of `region` or `product` of which alone it is asked.
    """
    present = now.astimezone(UTC).date().replace(day=1)
    params: dict[str, Any] = {
        "unit": MONTH,
        "months": [day_at(later(present, -number)) for number in range(_MONTHS + 1)],
        **chosen("last_non_direct", _LOOKBACK_DAYS),
    }
    where = "".join(f" AND segment.{name} = ANY(CAST(:of_{name} AS text[]))" for name in names)
    params |= {f"of_{name}": sorted(values) for name, values in names.items()}
    rows = await session.execute(_SOLD.format(where=where), params | {"grouping": _BOTH})
    places = [Sold(*row) for row in rows]
    if all(region and product for region, product in places):
        return SoldYear(places)
    groupings = [grouping_of(()), _REGION, _PRODUCT, _BOTH]
    rows = await session.execute(_SUMS.format(where=where), params | {"groupings": groupings})
    return SoldYear(places, [_sum(*row) for row in rows])


def _sum(grouping: int, region: str | None, product: str | None, *amounts: Any) -> SoldSum:
    place = region or None if grouping & _REGION else ""
    return SoldSum(place, product or None if grouping & _PRODUCT else "", *amounts)


async def list_spellings(session: Session, name: str, keys: Collection[str]) -> list[str]:
    """How regions or products with these keys are written in what was ever sold."""
    rows = await session.execute(_SPELLINGS.format(name=name))
    return [row[0] for row in rows if label_key(row[0]) in keys]
