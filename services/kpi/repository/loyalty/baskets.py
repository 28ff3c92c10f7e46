"""What the same people bought."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kpi.repository.money.relations import View
from shared.database import Session


@dataclass(frozen=True, slots=True)
class Baskets:
    """`people` bought something that has a name; `buyers` of each product, and `pairs` of products
    with the people who bought both.
    """

    people: int
    buyers: dict[str, int]
    pairs: Sequence[tuple[str, str, int]]


async def count_baskets(session: Session, view: View, least: int, most_products: int) -> Baskets:
    """Pairs of at least so many people, of the products with the most buyers."""
    owned = f"""
WITH owned AS MATERIALIZED (
    SELECT DISTINCT s.person_id, s.product FROM sale AS s
    WHERE {view.within("s")} AND s.taken_back_at IS NULL AND s.product <> ''
),
many AS MATERIALIZED (
    SELECT product, count(*) AS people FROM owned GROUP BY product HAVING count(*) >= :least
    ORDER BY people DESC, product LIMIT :most
)"""
    params = view.params() | {"least": least, "most": most_products}
    (whole,) = await session.execute(
        f"{owned} SELECT (SELECT count(DISTINCT person_id) FROM owned) AS people,"
        " (SELECT coalesce(json_object_agg(product, people), '{}') FROM many) AS buyers",
        params,
    )
    rows = await session.execute(
        f"""{owned}, held AS MATERIALIZED (SELECT owned.* FROM owned JOIN many USING (product))
SELECT one.product AS first, other.product AS second, count(*) AS people
FROM held AS one JOIN held AS other USING (person_id) WHERE one.product < other.product
GROUP BY 1, 2 HAVING count(*) >= :least
""",
        params,
    )
    return Baskets(whole.people, dict(whole.buyers), [tuple(row) for row in rows])
