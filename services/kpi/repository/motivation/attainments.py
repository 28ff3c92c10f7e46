"""How far each was with the plan when it was emitted last, and calendars to measure that by."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from shared.database import Session
from shared.statements import columns

_LIST: Final = "SELECT subject, attainment, measured_on, measured_at, has_target FROM attainment"
_PUT: Final = """
INSERT INTO attainment (subject, attainment, measured_on, measured_at, has_target)
SELECT * FROM unnest(CAST(:subjects AS text[]), CAST(:attainments AS numeric[]),
    CAST(:days AS date[]), CAST(:times AS timestamptz[]), CAST(:plans AS boolean[]))
ON CONFLICT (subject) DO UPDATE SET attainment = excluded.attainment,
    measured_on = excluded.measured_on, measured_at = excluded.measured_at,
    has_target = excluded.has_target
WHERE attainment.measured_at <= excluded.measured_at
"""
_CALENDARS: Final = """
SELECT DISTINCT ON (manager_id) manager_id, calendar, time_zone FROM manager
WHERE manager_id = ANY(CAST(:ids AS uuid[])) ORDER BY manager_id, version DESC
"""


class Measured(NamedTuple):
    """What was emitted of somebody last; without a target it was that they are on pace."""

    subject: str
    attainment: Decimal
    measured_on: date
    measured_at: datetime
    has_target: bool


class Calendar(NamedTuple):
    calendar: Mapping[str, Any] | None
    time_zone: str


async def list_measured(session: Session) -> dict[str, Measured]:
    """By subject."""
    return {row.subject: Measured(*row) for row in await session.execute(_LIST)}


async def put_measured(session: Session, items: Sequence[Measured]) -> None:
    """Keep these, one of each subject, unless later ones are kept already."""
    if items:
        await session.execute(_PUT, columns("subjects attainments days times plans", items))


async def list_calendars(session: Session, ids: Sequence[UUID]) -> dict[UUID, Calendar]:
    """The present calendar and zone of managers."""
    rows = await session.execute(_CALENDARS, {"ids": list(ids)})
    return {row.manager_id: Calendar(row.calendar, row.time_zone) for row in rows}
