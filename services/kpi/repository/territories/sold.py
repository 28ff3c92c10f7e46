"""What is sold where, by regions and products, from the sums of sales."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from services.kpi.domain.months import later
from services.kpi.domain.paths.pieces import MONTH
from services.kpi.domain.paths.segments import grouping_of
from services.kpi.repository.money.paths import chosen
from shared.database import Session

_MONTHS: Final = 12  # that are over, and looked back upon
_LOOKBACK_DAYS: Final = 90
_SOLD: Final = """
SELECT segment.region, segment.product, s.currency, sum(s.firsts + s.repeats) AS quantity,
    sum(s.first_amount + s.repeat_amount) AS amount
FROM sale_sum AS s JOIN segment USING (segment_id)
WHERE s.unit = :unit AND s.grouping = :grouping AND s.begins >= :since
    AND s.models & CAST(:model AS smallint) <> 0 AND s.since_days <= :lookback_days
GROUP BY segment.region, segment.product, s.currency HAVING sum(s.firsts + s.repeats) > 0
"""


class PlaceSold(NamedTuple):
    """How many sales that stand a region and product have (None where these do not say it), and
    what those of a currency brought; it is empty where that is not known.
    """

    region: str | None
    product: str | None
    currency: str
    quantity: Decimal
    amount: Decimal


async def list_sold_places(session: Session, now: datetime) -> list[PlaceSold]:
    """Of the last twelve months of UTC that are over, and of this one. A sale is of its own region
    and product, else of those of the last inquiry that was not direct, as in plans.
    """
    since = later(now.astimezone(UTC).date().replace(day=1), -_MONTHS)
    params = {
        "unit": MONTH,
        "grouping": grouping_of(("region", "product")),
        "since": datetime(since.year, since.month, 1, tzinfo=UTC),
        **chosen("last_non_direct", _LOOKBACK_DAYS),
    }
    return [PlaceSold(*row) for row in await session.execute(_SOLD, params)]
