"""Deadlines of leases in the working time of their managers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.routing.domain.assigning import Member
from services.routing.domain.calendars.shape import Timetable
from services.routing.domain.calendars.terms import far_deadlines, moved
from services.routing.domain.policies import Policy
from services.routing.repository.outcomes import DecisionBatch, Outcome
from services.routing.repository.terms import RunningTerms, write_terms
from services.routing.use_cases.timetables import timetables
from shared.database import Session


async def with_far_terms(
    session: Session, batch: DecisionBatch, policy: Policy, *, members: Sequence[Member]
) -> DecisionBatch:
    """The batch with the deadlines that lie beyond the prepared plans of their managers; there is
    seldom any.
    """
    owners = {item.manager_id for item in batch.outcomes if item.manager_id and not item.accept_by}
    if not owners:
        return batch
    calendars = await timetables(session, owners, now=batch.at)
    tiers = {member.manager_id: member.duty for member in members}

    def whole(item: Outcome) -> Outcome:
        if item.manager_id not in calendars or item.accept_by is not None:
            return item
        accept_by, touch_by = far_deadlines(
            policy,
            calendars[item.manager_id],
            tier=tiers[item.manager_id],
            at=batch.at,
        )
        return replace(item, accept_by=accept_by, first_touch_by=touch_by)

    return replace(batch, outcomes=[whole(item) for item in batch.outcomes])


async def move_terms(
    session: Session,
    leases: Sequence[RunningTerms],
    *,
    old: Mapping[UUID, Timetable],
    new: Mapping[UUID, Timetable],
    since: datetime,
    now: datetime,
) -> None:
    """Let the deadlines of these leases, which ran by the old calendars until `since`, run by the
    new ones from `now` on: the working time that was left stays.
    """
    rows = []
    for item in leases:
        calendars = (old[item.manager_id], new[item.manager_id])
        accept_by, touch_by = (
            _moved(deadline, item.tier, calendars, since, now) if runs else deadline
            for deadline, runs in (
                (item.accept_by, item.awaits_acceptance),
                (item.first_touch_by, item.awaits_touch),
            )
        )
        rows.append((item.lead_id, item.epoch, accept_by, touch_by))
    if rows:
        await write_terms(session, rows)


def _moved(
    deadline: datetime,
    tier: str,
    calendars: tuple[Timetable, Timetable],
    since: datetime,
    now: datetime,
) -> datetime:
    old, new = calendars
    return moved(deadline, tier=tier, since=since, now=now, old=old, new=new)
