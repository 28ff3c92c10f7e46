"""Reads the courses of managers over a span of time."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from services.kpi.domain.load.figures import NOTHING_HELD, Person
from services.kpi.domain.load.people import NO_STATUSES, Span, capacity_of, presence_of, shifts_of
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
    past: datetime,
    known_on: date | None,
    most: int,
) -> dict[UUID, Person]:
    """The course of each manager over the span, as known at the end of that day of UTC or now; what
    was held until `past`. Raises TooManyChangesError for more than `most` changes of one of them.
    """
    held = await list_held(
        session, manager_ids, begins_at=span.start, ends_at=past, known_on=known_on, most=most
    )
    if any(len(each.moments) > most for each in held.values()):
        raise TooManyChangesError
    terms = await people.list_terms(session, manager_ids, span, known_on)
    statuses = await people.list_statuses(session, manager_ids, span, known_on)
    return {
        manager_id: Person(
            held.get(manager_id, NOTHING_HELD),
            capacity_of(terms.get(manager_id, ())),
            presence_of(statuses.get(manager_id, NO_STATUSES), span),
            shifts_of(terms.get(manager_id, ()), span),
        )
        for manager_id in manager_ids
    }
