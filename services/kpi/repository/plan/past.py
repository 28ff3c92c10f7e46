"""What was sold in months of the past by the axes of a plan, and whether it was guaranteed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from services.kpi.domain.plan.terms import PartyKind, Rule
from services.kpi.repository.money.paths import CREDITED, chosen
from shared.database import Session
from shared.statements import columns

LOOKBACK_DAYS: Final = 90
_NOW: Final = "{0}.known_until = 'infinity'"
# What the rule calls guaranteed: `domain/plan/terms.py` says it in words.
NATURE: Final = """
usual AS (
    SELECT sale_id FROM sold WHERE number >= :least_gaps + 2
        AND 100 * abs(2000000 * extract(epoch FROM at - previous_at) - usual_halves)
            <= CAST(:tolerance AS integer) * usual_halves
),
person AS (
    SELECT s.sale_id, s.at, s.previous_at, c.contact_id
    FROM sold AS s JOIN usual USING (sale_id), LATERAL (
        SELECT s.person_id AS contact_id
        UNION SELECT contact_id FROM contact_link WHERE canonical_id = s.person_id
    ) AS c
),
touched AS (
    SELECT DISTINCT p.sale_id FROM person AS p JOIN touch AS t USING (contact_id)
    WHERE t.at > p.previous_at AND t.at <= p.at
),
bound AS (
    SELECT DISTINCT s.sale_id FROM sold AS s JOIN unnest(CAST(:customers AS uuid[]),
        CAST(:firsts AS date[]), CAST(:lasts AS date[])) AS k (person_id, first, last)
    USING (person_id) WHERE CAST(s.at AT TIME ZONE :zone AS date) BETWEEN k.first AND k.last
),
guaranteed AS (
    SELECT sale_id FROM usual EXCEPT SELECT sale_id FROM touched
    UNION SELECT sale_id FROM bound
)"""
CAME: Final = f"""
came AS (
    SELECT c.sale_id, c.segment_id FROM credit AS c
    WHERE c.at >= :begins_at AND c.at < :ends_at AND {_NOW.format("c")} AND {CREDITED}
    GROUP BY c.sale_id, c.segment_id HAVING sum(c.parts) > 0
)"""
STANDING: Final = f"""
sold AS (
    SELECT s.* FROM sale AS s
    WHERE s.at >= :begins_at AND s.at < :ends_at AND {_NOW.format("s")} AND s.taken_back_at IS NULL
)"""
MONTHS: Final = """unnest(CAST(:month_begins AS timestamptz[]),
        CAST(:month_ends AS timestamptz[]), CAST(:months AS integer[])) AS m (begins_at, ends_at,
        month) JOIN sold ON sold.at >= m.begins_at AND sold.at < m.ends_at"""
IS_GUARANTEED: Final = "sold.sale_id IN (SELECT sale_id FROM guaranteed)"
REVENUE: Final = "coalesce(sum(sold.amount) FILTER (WHERE sold.currency = :currency), 0)"
PARTIES: Final[Mapping[PartyKind, str]] = {
    "channel": "coalesce(segment.channel, '')",
    "customer": "CAST(sold.person_id AS text)",
}
PLACES: Final = {
    "region": "coalesce(sold.region, segment.region, '')",
    "product": "coalesce(sold.product, segment.product, '')",
    "seller": "coalesce(CAST(sold.manager_id AS text), '')",
}
_SOLD: Final = f"""
WITH {STANDING}, {NATURE}, {CAME}
SELECT {PLACES["region"]} AS region, {PLACES["product"]} AS product, {{party}} AS party,
    {PLACES["seller"]} AS seller, m.month, {IS_GUARANTEED} AS is_guaranteed,
    {REVENUE} AS revenue, count(*) AS quantity
FROM {MONTHS} LEFT JOIN came USING (sale_id) LEFT JOIN segment USING (segment_id)
GROUP BY 1, 2, 3, 4, 5, 6 LIMIT :limit
"""


class Month(NamedTuple):
    """A month of the past that tells of the month of a plan with this number."""

    begins_at: datetime
    ends_at: datetime
    number: int


class SoldRow(NamedTuple):
    """What was sold of a combination in a month, in the currency and as a number of sales."""

    region: str
    product: str
    party: str
    seller: str
    month: int
    is_guaranteed: bool
    revenue: Decimal
    quantity: int


async def list_sold(
    session: Session,
    months: Sequence[Month],
    *,
    party: PartyKind,
    currency: str,
    rule: Rule,
    zone: str,
    limit: int,
) -> list[SoldRow]:
    """By combination and month, one more than `limit` at most; sales that were taken back are none.
    Channels are those of the last inquiry that was not direct.
    """
    params = params_of(months, currency=currency, rule=rule, zone=zone) | {"limit": limit + 1}
    await session.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    rows = await session.execute(_SOLD.format(party=PARTIES[party]), params)
    return [SoldRow(**row) for row in rows]


def params_of(months: Sequence[Month], *, currency: str, rule: Rule, zone: str) -> dict[str, Any]:
    """What the clauses above take."""
    return {
        "begins_at": min(month.begins_at for month in months),
        "ends_at": max(month.ends_at for month in months),
        "currency": currency,
        "least_gaps": rule.least_gaps,
        "tolerance": rule.tolerance_percent,
        "zone": zone,
        **columns("month_begins month_ends months", months),
        **columns("customers firsts lasts", rule.contracts),
        **chosen("last_non_direct", LOOKBACK_DAYS),
    }
