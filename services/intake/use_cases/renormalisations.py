"""Renormalisations as people work them: opened, tried, run, cancelled."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.intake.domain.renormalising import ENDED, RenormalisationState
from services.intake.repository import renormalisations as rows
from shared.database import Session
from shared.errors import ConflictError, InvalidError
from shared.ids import new_id

RENORMALISATIONS: Final = "renormalisations"  # the wake-up's channel: one waits for its turn


class RenormalisationStateError(ConflictError):
    """It is not in a state for this."""


async def open_renormalisation(
    session: Session, values: dict[str, Any], *, by: str, now: datetime
) -> UUID:
    """Queue it; `values` are its window and whether it is tried. Raises InvalidError."""
    if values["since"] >= values["until"]:
        raise InvalidError("The window is empty.", errors=[("/to", "is not after from")])
    job_id = new_id()
    origin = {"renormalisation_id": job_id, "created_at": now, "created_by": by}
    await rows.add_renormalisation(
        session, {**values, **origin, "state": RenormalisationState.QUEUED}
    )
    session.notify_after_commit(RENORMALISATIONS)
    return job_id


async def run_in_earnest(session: Session, job_id: UUID) -> None:
    """Run a dry run that has ended in earnest, over the same window.

    Raises NotFoundError, RenormalisationStateError.
    """
    job = await rows.get_renormalisation(session, job_id, lock=True)
    if job["state"] not in ENDED or not job["dry_run"]:
        raise RenormalisationStateError("Only a dry run that has ended can be run in earnest.")
    await rows.begin_again(session, job)
    values = {"dry_run": False, "state": RenormalisationState.QUEUED}
    await rows.change_renormalisation(session, job_id, values)
    session.notify_after_commit(RENORMALISATIONS)


async def cancel_renormalisation(session: Session, job_id: UUID, *, now: datetime) -> None:
    """End it where it stands; what it has changed stays so.

    Raises NotFoundError, RenormalisationStateError.
    """
    job = await rows.get_renormalisation(session, job_id, lock=True)
    if job["state"] in ENDED:
        raise RenormalisationStateError("This renormalisation has ended.")
    values = {"state": RenormalisationState.CANCELLED, "ended_at": now}
    await rows.change_renormalisation(session, job_id, values)
