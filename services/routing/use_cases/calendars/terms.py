"""Deadlines of leases in the working time of their managers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.routing.domain.calendars.course import Course
from services.routing.domain.calendars.shape import Timetable
from services.routing.domain.calendars.terms import Deadlines, deadlines, far_deadlines, moved
from services.routing.domain.deciding.candidates import Member
from services.routing.domain.policies import Policy
from services.routing.repository.decision_batches import DecisionBatch, Outcome
from services.routing.repository.leases.terms import RunningTerms, write_terms
from services.routing.use_cases.calendars.timetables import timetables
from shared.database import Session


async def in_working_time(
    session: Session, batch: DecisionBatch, policy: Policy, *, members: Iterable[Member]
) -> DecisionBatch:
    """The batch with the deadlines of its leases in the working time of their managers, by the
    prepared plans; a deadline beyond them, which is rare, costs a statement.
    """
    owner_ids = {item.manager_id for item in batch.outcomes}
    terms: dict[UUID, Deadlines] = {}
    far = {}
    for member in members:
        if member.manager_id not in owner_ids or member.duty_plan is None:
            continue
        member_terms = deadlines(policy, member.duty_plan, tier=member.duty, at=batch.at)
        if member_terms is None:
            far[member.manager_id] = member.duty
        else:
            terms[member.manager_id] = member_terms
    for manager_id, timetable in (await timetables(session, far, now=batch.at)).items():
        tier = far[manager_id]
        terms[manager_id] = far_deadlines(policy, timetable, tier=tier, at=batch.at)
    if not terms:
        return batch
    return replace(batch, outcomes=[_with_terms(item, terms) for item in batch.outcomes])


def _with_terms(item: Outcome, terms: Mapping[UUID, Deadlines]) -> Outcome:
    if item.manager_id is None or item.manager_id not in terms:
        return item
    accept_by, touch_by = terms[item.manager_id]
    return replace(item, accept_by=accept_by, first_touch_by=touch_by)


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
    courses: dict[UUID, tuple[Course, Course]] = {}
    rows = []
    for item in leases:
        manager_id = item.manager_id
        if manager_id not in courses:
            courses[manager_id] = (Course(old[manager_id], since), Course(new[manager_id], now))
        before, after = courses[manager_id]
        accept_by, touch_by = (
            moved(deadline, tier=item.tier, old=before, new=after) if runs else deadline
            for deadline, runs in (
                (item.accept_by, item.awaits_acceptance),
                (item.first_touch_by, item.awaits_touch),
            )
        )
        rows.append((item.lead_id, item.epoch, accept_by, touch_by))
    if rows:
        await write_terms(session, rows)
