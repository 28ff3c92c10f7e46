"""Reads the courses of managers over a span of time."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from services.kpi.domain.load.figures import EVERYTHING, NOTHING_HELD, Held, Parts, Person
from services.kpi.domain.load.people import (
    NO_STATUSES,
    Span,
    Statuses,
    capacity_of,
    presence_of,
    shifts_of,
)
from services.kpi.repository.load import people
from services.kpi.repository.load.changes import list_held
from shared.database import Session


class TooManyChangesError(Exception):
    """The load of a manager changed more often than may be read."""


async def list_persons(
    session: Session,
    manager_ids: Sequence[UUID],
    span: Span,
    *,
    known_on: date | None,
    most: int,
    parts: Parts = EVERYTHING,
    past: datetime | None = None,
) -> dict[UUID, Person]:
    """The course of each manager over the span, as known at the end of that day of UTC or now; what
    was held until `past`, if not to its end; only as far as it is asked for. Raises
    TooManyChangesError for more than `most` changes of one of them.
    """
    held: Mapping[UUID, Held] = {}
    if parts.held:
        ends_at = span.end if past is None else past
        held = await list_held(
            session,
            manager_ids,
            begins_at=span.start,
            ends_at=ends_at,
            known_on=known_on,
            most=most,
        )
    if any(len(each.moments) > most for each in held.values()):
        raise TooManyChangesError
    terms = await people.list_terms(session, manager_ids, span, known_on)
    statuses: Mapping[UUID, Statuses] = {}
    if parts.present:
        statuses = await people.list_statuses(session, manager_ids, span, known_on)
    return {
        manager_id: Person(
            held.get(manager_id, NOTHING_HELD),
            capacity_of(terms.get(manager_id, ())),
            presence_of(statuses.get(manager_id, NO_STATUSES), span),
            shifts_of(terms.get(manager_id, ()), span) if parts.on_shift else [],
        )
        for manager_id in manager_ids
    }
