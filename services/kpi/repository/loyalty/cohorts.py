"""Who came back, by the month of the first sale."""

from dataclasses import dataclass
from datetime import date

from services.kpi.repository.loyalty.customers import MONTH
from services.kpi.repository.money.relations import View
from shared.database import Session


@dataclass(frozen=True, slots=True)
class CohortCell:
    """Of customers whose first sale lies in `cohort` so many bought in `month`; first days."""

    cohort: date
    month: date
    customers: int


async def count_cohorts(session: Session, view: View) -> list[CohortCell]:
    """Who came back, by the month of the first sale and that of the later ones."""
    month = MONTH.format("s.at")
    statement = f"""
WITH bought AS MATERIALIZED (
    SELECT s.person_id, s.number, {month} AS month FROM sale AS s
    WHERE {view.within("s")} AND s.taken_back_at IS NULL
)
SELECT first.month AS cohort, came.month, count(*) AS customers
FROM bought AS first JOIN (SELECT DISTINCT person_id, month FROM bought) AS came USING (person_id)
WHERE first.number = 1 GROUP BY 1, 2 ORDER BY 1, 2
"""
    rows = await session.execute(statement, view.params() | {"zone": view.period.zone.key})
    return [CohortCell(**row) for row in rows]
