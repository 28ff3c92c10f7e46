"""Tells whoever acts too late how their assignment ended, without naming anybody to a manager."""

from uuid import UUID

from services.routing.domain.endings import Ending, sentence
from services.routing.domain.lead import Lead
from services.routing.repository.leads import get_lead, no_such_lead
from services.routing.repository.leases.endings import find_ending
from services.routing.use_cases.errors import LeaseEndedError
from shared.database import Session
from shared.errors import ServiceError


async def own_lead(session: Session, lead_id: UUID, *, manager_id: UUID | None) -> Lead:
    """The lead, if the caller may act on it. Raises NotFoundError, and LeaseEndedError for a
    manager who had it once.
    """
    lead = await get_lead(session, lead_id)
    await require_own(session, lead, manager_id=manager_id)
    return lead


async def require_own(session: Session, lead: Lead, *, manager_id: UUID | None) -> None:
    """Raises LeaseEndedError for a manager who had the lead once, NotFoundError for any other who
    does not own it.
    """
    if manager_id is None or lead.owner_id == manager_id:
        return
    ending = await find_ending(session, lead.lead_id, manager_id=manager_id)
    if ending is None:
        raise no_such_lead()
    raise LeaseEndedError(
        f"You do not have this lead any more. {sentence(ending)}",
        extra={"ending": _members(ending, manager_id=manager_id)},
    )


async def explain(
    session: Session, error: ServiceError, lead_id: UUID, *, manager_id: UUID | None
) -> None:
    """Add to a refusal how the last assignment ended, if one did."""
    ending = await find_ending(session, lead_id, manager_id=manager_id)
    if ending is not None:
        error.detail = f"{error.detail} {sentence(ending)}"
        error.extra["ending"] = _members(ending, manager_id=manager_id)


def _members(ending: Ending, *, manager_id: UUID | None) -> dict[str, object]:
    """Ids of others are for supervisors only."""
    members: dict[str, object] = {
        "epoch": ending.epoch,
        "outcome": ending.outcome,
        "ended_at": ending.ended_at.isoformat(),
        "merged_into": _text(ending.merged_into),
        "next_since": ending.next_since.isoformat() if ending.next_since else None,
    }
    if manager_id is None:
        members["manager_id"] = _text(ending.manager_id)
        members["next_owner_id"] = _text(ending.next_owner_id)
        members["by"] = ending.by
    return members


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
