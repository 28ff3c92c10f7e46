"""What stages of leads have come to, how many stand in each now, and what a sale is worth."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from services.kpi.repository.rollups.counters import COMPANY
from shared.database import Session

MOST_LEADS: Final = 20_000  # from which chances are told, those that came last
_COLUMNS: Final = {
    "source": "CAST(source_id AS text)",
    "manager": "CAST(owner_id AS text)",
    **{name: name for name in ("channel", "campaign", "region", "product", "pipeline")},
}
_RECENT: Final = """
WITH recent AS MATERIALIZED (
    SELECT pipeline, stage, won_at, lost_at, aside_at, amount, currency, visits FROM lead_story
    WHERE known_until = DATE 'infinity' AND NOT is_test AND received_at >= :begins_at
        AND received_at < :now {where}
    ORDER BY received_at DESC LIMIT :limit)
"""
_STAGES: Final = f"""{_RECENT}
SELECT pipeline, visit ->> 0 AS stage,
    sum(CAST(visit ->> 2 AS double precision) + coalesce(greatest(date_part('epoch',
        coalesce(aside_at, CAST(:now AS timestamptz)) - CAST(visit ->> 3 AS timestamptz)
        ), 0), 0)) AS seconds,
    count(*) FILTER (WHERE is_last AND won_at IS NOT NULL) AS won,
    count(*) FILTER (WHERE is_last AND won_at IS NULL AND lost_at IS NOT NULL) AS lost,
    count(*) FILTER (WHERE is_last AND won_at IS NULL AND lost_at IS NULL AND aside_at IS NULL)
        AS open
FROM recent CROSS JOIN LATERAL jsonb_array_elements(visits) AS v (visit)
    CROSS JOIN LATERAL (SELECT visit ->> 0 = stage AS is_last) AS l
GROUP BY pipeline, visit ->> 0
"""
_CHECK: Final = f"""{_RECENT}
SELECT avg(amount) AS amount FROM recent WHERE won_at IS NOT NULL AND currency = :currency
"""


class StageFacts(NamedTuple):
    """How long leads stood in a stage together, how many were won and lost from there, and how many
    stand in it now.
    """

    stage: str
    seconds: float
    won: int
    lost: int
    open: int


async def read_stages(
    session: Session, begins_at: datetime, now: datetime, axis: str, key: str | None
) -> list[StageFacts]:
    """Of the leads that came since then, of the company or one value of an axis; stages of another
    pipeline are others.
    """
    rows = await session.execute(_of(_STAGES, axis), _params(begins_at, now, axis, key))
    return [
        StageFacts(f"{row.pipeline}\x1f{row.stage}", row.seconds, row.won, row.lost, row.open)
        for row in rows
    ]


async def read_check(
    session: Session,
    begins_at: datetime,
    now: datetime,
    axis: str,
    key: str | None,
    *,
    currency: str,
) -> Decimal | None:
    """The average money of those of them that were won; None without any."""
    params = {**_params(begins_at, now, axis, key), "currency": currency}
    amount: Decimal | None = await session.scalar(_of(_CHECK, axis), params)
    return amount


def _of(statement: str, axis: str) -> str:
    where = "" if axis == COMPANY else f"AND {_COLUMNS[axis]} = :key"
    return statement.format(where=where)


def _params(begins_at: datetime, now: datetime, axis: str, key: str | None) -> Mapping[str, Any]:
    params = {"begins_at": begins_at, "now": now, "limit": MOST_LEADS}
    return params if axis == COMPANY else params | {"key": key}
