"""Who came back, by the month of the first sale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kpi.repository.loyalty.buying import buying
from services.kpi.repository.money.relations import View
from shared.database import Session


@dataclass(frozen=True, slots=True)
class CohortCell:
    """Of customers whose first sale lies in the month numbered `cohort` so many bought in `month`;
    numbers count from 1.
    """

    cohort: int
    month: int
    customers: int


async def count_cohorts(
    session: Session, view: View, months: Sequence[datetime]
) -> list[CohortCell]:
    """Who came back, by the month of the first sale and that of the later ones. `months` are the
    moments at which they begin; of several sales in one only the first counts.
    """
    statement = f"""{buying(view)},
newcomer AS (
    SELECT ats, reached, months, width_bucket(first_at, months) AS cohort
    FROM buying, (SELECT CAST(:months AS timestamptz[]) AS months OFFSET 0) AS of_period
    WHERE before = 0
),
again AS (
    SELECT *, width_bucket(ats[place], months) AS month
    FROM newcomer, generate_series(2, reached) AS place WHERE reached > 1 OFFSET 0
)
SELECT cohort, cohort AS month, count(*) AS customers FROM newcomer GROUP BY 1
UNION ALL
SELECT cohort, month, count(*) FROM again WHERE ats[place - 1] < months[month] GROUP BY 1, 2
"""
    rows = await session.execute(statement, view.params() | {"months": list(months)})
    return [CohortCell(**row) for row in rows]
