"""What is sold where, by regions and products, from the sums of sales."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from services.kpi.domain.months import later
from services.kpi.domain.paths.pieces import MONTH
from services.kpi.domain.paths.segments import grouping_of
from services.kpi.domain.territories.coverage import Sold
from services.kpi.repository.money.paths import chosen
from services.kpi.repository.rollups.blocks import day_at
from shared.database import Session

_MONTHS: Final = 12  # that are over, and looked back upon
_LOOKBACK_DAYS: Final = 90
# By segment whether a month has sales of it, the last months first: most are found by the first
# look, where all sums of these months would be many times as many.
_SOLD: Final = """
SELECT segment.region, segment.product FROM segment, LATERAL (
    SELECT FROM unnest(CAST(:months AS timestamptz[])) AS month (begins), LATERAL (
        SELECT FROM sale_sum AS s WHERE s.unit = :unit AND s.grouping = :grouping
            AND s.begins = month.begins AND s.segment_id = segment.segment_id
            AND s.firsts + s.repeats > 0 AND s.models & CAST(:model AS smallint) <> 0
            AND s.since_days <= :lookback_days LIMIT 1) AS one LIMIT 1) AS sold
WHERE segment.source IS NULL AND segment.channel IS NULL AND segment.ad_channel IS NULL
    AND segment.campaign IS NULL{where}
"""


async def list_sold_places(session: Session, now: datetime, **names: Collection[str]) -> list[Sold]:
    """Of the last twelve months of UTC that are over, and of this one. A sale is of its own region
    and product, else of those of the last inquiry that was not direct, as in plans. `names`:
    values of `region` or `product` of which alone it is asked.
    """
    present = now.astimezone(UTC).date().replace(day=1)
    params = {
        "unit": MONTH,
        "grouping": grouping_of(("region", "product")),
        "months": [day_at(later(present, -number)) for number in range(_MONTHS + 1)],
        **chosen("last_non_direct", _LOOKBACK_DAYS),
    }
    where = "".join(f" AND segment.{name} = ANY(CAST(:of_{name} AS text[]))" for name in names)
    params |= {f"of_{name}": sorted(values) for name, values in names.items()}
    return [Sold(*row) for row in await session.execute(_SOLD.format(where=where), params)]
