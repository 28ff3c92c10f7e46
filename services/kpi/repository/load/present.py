"""What managers hold at a moment, and how much they could."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.kpi.domain.load.levels import micros
from services.kpi.domain.load.people import Span, capacity_of
from services.kpi.repository.load.changes import list_held
from services.kpi.repository.load.people import list_manager_ids, list_terms
from shared.database import Session

MOST_MANAGERS = 10_000
_INSTANT = timedelta(microseconds=1)


class Load(NamedTuple):
    """Leads, and thousandths of units of them and of the capacity."""

    leads: int
    units: int
    capacity: int


async def find_load(session: Session, at: datetime) -> dict[UUID, Load]:
    """Of every manager, as known now."""
    manager_ids = await list_manager_ids(session, after=None, limit=MOST_MANAGERS)
    held = await list_held(session, manager_ids, begins_at=at, ends_at=at, known_on=None, most=0)
    terms = await list_terms(session, manager_ids, Span(at, at + _INSTANT), None)
    moment = micros(at)
    return {
        manager_id: Load(
            held[manager_id].leads,
            held[manager_id].units,
            *capacity_of(terms[manager_id]).areas((moment, moment + 1)),
        )
        for manager_id in manager_ids
    }
