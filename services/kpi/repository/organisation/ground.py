"""What closed leads took of work, and which approved plan a manager has for a month."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from services.kpi.domain.organisation.needs import Ground
from shared.database import Session

MOST_CLOSED: Final = 2000  # leads behind rates, those closed last
_CLOSED: Final = """
closed AS MATERIALIZED (
    SELECT lead_id, won_at, amount, currency, visits FROM lead_story
    WHERE known_until = DATE 'infinity' AND NOT is_test {whose}
        AND coalesce(won_at, lost_at) >= :begins_at AND coalesce(won_at, lost_at) < :ends_at
    ORDER BY coalesce(won_at, lost_at) DESC, lead_id LIMIT :limit)
"""
_OWN: Final = "AND coalesce(closed_by, owner_id) = :manager_id"
_GROUND: Final = f"""
WITH {_CLOSED}
SELECT count(*) AS leads, count(won_at) AS sales,
    count(*) FILTER (WHERE won_at IS NOT NULL AND amount IS NOT NULL
        AND currency = :currency) AS priced,
    coalesce(sum(amount) FILTER (WHERE won_at IS NOT NULL AND currency = :currency), 0) AS money,
    count(*) FILTER (WHERE EXISTS (SELECT FROM jsonb_array_elements(visits) AS visit
        WHERE visit ->> 0 = :offer_stage)) AS offers,
    (SELECT json_object_agg(kind, number) FROM (
        SELECT kind, count(*) AS number FROM closed JOIN touch USING (lead_id) GROUP BY kind
    ) AS work) AS work
FROM closed
"""
_PLAN: Final = """
SELECT plan_id, v.number, s.number AS seller
FROM plan_value AS s JOIN plan USING (plan_id) JOIN plan_version AS v USING (plan_id)
WHERE s.axis = 'seller' AND s.value = CAST(:manager_id AS text) AND v.state = 'approved'
    AND first_month <= CAST(:month AS date)
    AND first_month + months * interval '1 month' > CAST(:month AS date)
ORDER BY v.approved_at DESC, v.number DESC LIMIT 1
"""


class Stretch(NamedTuple):
    """From one moment to before another."""

    begins_at: datetime
    ends_at: datetime


class PlanPlace(NamedTuple):
    """An approved version of a plan, and the manager's number among its sellers."""

    plan_id: UUID
    number: int
    seller: int


async def read_ground(
    session: Session,
    stretch: Stretch,
    *,
    manager_id: UUID | None,
    currency: str | None,
    offer_stage: str,
) -> Ground:
    """Of the leads that a manager, or everybody, closed in that time."""
    params: dict[str, Any] = {
        "begins_at": stretch.begins_at,
        "ends_at": stretch.ends_at,
        "limit": MOST_CLOSED,
    }
    params |= {"currency": currency or "", "offer_stage": offer_stage}
    if manager_id is not None:
        params["manager_id"] = manager_id
    statement = _GROUND.format(whose="" if manager_id is None else _OWN)
    row = (await session.execute(statement, params)).one()
    work = row.work or {}
    return Ground(row.leads, row.sales, row.priced, Decimal(row.money), work, row.offers)


async def find_plan(session: Session, manager_id: UUID, month: date) -> PlanPlace | None:
    """The plan that was approved last and has the month and the manager in it."""
    params = {"manager_id": str(manager_id), "month": month}
    row = (await session.execute(_PLAN, params)).first()
    return None if row is None else PlanPlace(*row)
