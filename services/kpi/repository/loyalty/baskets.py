"""Who bought what."""

from collections.abc import Mapping, Sequence

from services.kpi.repository.loyalty.buying import BOUGHT, buying
from services.kpi.repository.money.relations import View
from shared.database import Session


async def list_baskets(session: Session, view: View) -> Mapping[str, Sequence[int]]:
    """The buyers of each product that has a name, by numbers from 0 to below how many buyers there
    are of anything; whoever bought it twice stands there twice.
    """
    statement = f"""{buying(view)},
numbered AS (
    SELECT {BOUGHT} AS products, CAST(row_number() OVER () - 1 AS integer) AS number FROM buying
)
SELECT product, array_agg(number) AS people
FROM numbered, unnest(products) AS product WHERE product <> '' GROUP BY product
"""
    rows = await session.execute(statement, view.params())
    return {row.product: row.people for row in rows}
