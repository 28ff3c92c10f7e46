"""The calendars of managers as they are now."""

from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.working_days import Own
from shared.database import Session

# Calendars as text: each is worked out once, and known again by its text.
_PEOPLE: Final = """
SELECT DISTINCT ON (manager_id) manager_id, CAST(calendar AS text) AS calendar, time_zone,
    left_at IS NOT NULL AS has_left
FROM manager ORDER BY manager_id, version DESC
"""


class Person(NamedTuple):
    own: Own
    has_left: bool


async def list_people(session: Session) -> dict[UUID, Person]:
    """Every manager, whoever has left among them."""
    return {
        row.manager_id: Person(Own(row.calendar, row.time_zone), row.has_left)
        for row in await session.execute(_PEOPLE)
    }
