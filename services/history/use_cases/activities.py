"""Accepts the activities that managers report, and emits each once it is confirmed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from services.history.domain.entries import ANSWERED
from services.history.repository import activities, blanking, tasks
from services.history.repository.activities import Activity
from services.history.repository.cards.touched import touch
from services.history.repository.search import documents
from shared.clock import Clock
from shared.contracts.activities import ActivityRecorded
from shared.database import Database, Session, transaction
from shared.errors import IdempotencyKeyReusedError, InvalidError, TooManyError
from shared.ids import new_id
from shared.messaging.erased import erased_among
from shared.messaging.outbox.publish import emit
from shared.observability.tracing import current_traceparent
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
ASSIGNED = "assigned"  # the wake-up's channel: waiting activities may be confirmed now
SETTLE_SECONDS = 1.0
CLOCK_DIFFERENCE = timedelta(minutes=5)
SETTLED_AT_ONCE = 500
MAX_UNCONFIRMED = 100  # per reporter; more are answered with 429
UNCONFIRMED_FOR = timedelta(days=7)  # an activity that waits longer is deleted
CONFIRM_SECONDS = 60  # the Retry-After of a 429
TASK = "task"
_TOWARDS_CUSTOMER = frozenset({"call", "mail", "message"})


class TooManyUnconfirmedError(TooManyError):
    """Too many activities of this reporter wait to be confirmed."""


@dataclass(frozen=True, slots=True)
class Report:
    """An activity as the caller reports it; `at` defaults to now, and a task's `due_at` to that.

    A follow-up names its task and says whether it is `done`: see use_cases/tasks.py.
    """

    kind: str
    lead_id: UUID | None = None
    contact_id: UUID | None = None
    direction: str | None = None
    at: datetime | None = None
    text: str | None = None
    facts: dict[str, Any] | None = None
    due_at: datetime | None = None
    owner_id: UUID | None = None
    task_id: UUID | None = None
    done: bool | None = None

    def digest(self) -> bytes:
        """A digest of the report, independent of the order of members in `facts`."""
        members = [
            *(self.kind, self.lead_id, self.contact_id, self.direction, self.at, self.text),
            *(self.due_at, self.owner_id, self.task_id, self.done),
        ]
        text = json.dumps([members, self.facts], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).digest()


async def record_activity(
    session: Session,
    report: Report,
    *,
    actor: str,
    manager_id: UUID | None,
    key: str | None,
    now: datetime,
) -> Activity:
    """Store a reported activity, and emit it if it is confirmed already.

    The same `key` and report of the same actor return the first activity again. Raises
    InvalidError for a time in the future, IdempotencyKeyReusedError for another report under the
    key, TooManyUnconfirmedError when it is not confirmed yet and too many wait already.
    """
    activity = _new_activity(report, actor=actor, manager_id=manager_id, now=now)
    await blanking.guard_erasure(session)
    digest = hashlib.sha256(key.encode()).digest() if key is not None else None
    if not await activities.add(session, activity, key_digest=digest):
        assert digest is not None, "only a key can be used twice"
        first = await activities.get_activity_by_key(session, actor=actor, key_digest=digest)
        if first.body_digest != activity.body_digest:
            raise IdempotencyKeyReusedError
        return first
    if not await settle_activities(session, now=now, activity_id=activity.activity_id):
        await _refuse_too_many(session, actor=actor)
    return await activities.get_activity(session, activity.activity_id)


async def _refuse_too_many(session: Session, *, actor: str) -> None:
    if await activities.count_unconfirmed(session, actor=actor) > MAX_UNCONFIRMED:
        raise TooManyUnconfirmedError(
            f"{MAX_UNCONFIRMED} activities of yours wait to be confirmed already.",
            errors=[("/lead_id", "is not known as yours yet")],
            retry_after_seconds=CONFIRM_SECONDS,
        )


async def forget_unconfirmed(session: Session, *, now: datetime) -> int:
    """Delete activities that were not confirmed in time. Returns how many."""
    return await activities.remove_unconfirmed(session, before=now - UNCONFIRMED_FOR)


def settle_loop(database: Database, *, clock: Clock) -> Loop:
    """Emits confirmed activities at every wake-up, and every second since wake-ups may be lost."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            async with transaction(database) as session:
                settled_count = await settle_activities(session, now=clock())
                forgotten_count = await forget_unconfirmed(session, now=clock())
            if forgotten_count:
                log.warning("activities.never_confirmed", count=forgotten_count)
            if settled_count < SETTLED_AT_ONCE:
                await database.wakeup.wait(ASSIGNED, seconds=SETTLE_SECONDS)

    return Loop("settle", run)


async def settle_activities(
    session: Session, *, now: datetime, activity_id: UUID | None = None
) -> int:
    """Emit the activities that are confirmed by now: all, or only `activity_id`.

    Returns how many, at most SETTLED_AT_ONCE.
    """
    await blanking.guard_erasure(session)
    pairs = await activities.lock_confirmed(session, activity_id=activity_id, limit=SETTLED_AT_ONCE)
    erased_ids = await erased_among(session, {contact_id for _, contact_id in pairs})
    batch = [
        (_without_personal_data(activity) if contact_id in erased_ids else activity, contact_id)
        for activity, contact_id in pairs
    ]
    if batch:
        await activities.mark_emitted(session, batch, now=now)
        await documents.enqueue(session, [activity.activity_id for activity, _ in batch])
        await tasks.keep_open(session, [activity for activity, _ in batch])
        await touch(session, {contact_id for _, contact_id in batch})
        _emit(session, batch, now=now)
    await blanking.blank_waiting(session, activity_id=activity_id)
    return len(batch)


def _new_activity(
    report: Report, *, actor: str, manager_id: UUID | None, now: datetime
) -> Activity:
    at = report.at or now
    if at > now + CLOCK_DIFFERENCE and report.kind != TASK:
        raise InvalidError(
            "An activity is reported after it happened.", errors=[("/at", "lies in the future")]
        )
    direction = report.direction
    if direction is None and report.kind in _TOWARDS_CUSTOMER:
        direction = "outgoing"
    is_task = report.kind == TASK and report.task_id is None
    return Activity(
        activity_id=new_id(),
        actor=actor,
        manager_id=manager_id,
        body_digest=report.digest(),
        lead_id=report.lead_id,
        contact_id=report.contact_id,
        kind=report.kind,
        direction=direction,
        at=at,
        learned_at=now,
        text=report.text,
        facts=report.facts or {},
        traceparent=current_traceparent(),
        due_at=(report.due_at or at) if is_task else None,
        owner_id=(report.owner_id or manager_id) if is_task else None,
        task_id=report.task_id,
        done=report.done,
    )


def _without_personal_data(activity: Activity) -> Activity:
    # Reporters choose the names of their facts, so that no name keeps a value from being personal.
    answered = ANSWERED in activity.facts.items()
    return replace(activity, text=None, facts=dict([ANSWERED]) if answered else {})


def _emit(session: Session, batch: Sequence[tuple[Activity, UUID]], *, now: datetime) -> None:
    for activity, contact_id in batch:
        event = ActivityRecorded(
            activity_id=activity.activity_id,
            contact_id=contact_id,
            lead_id=activity.lead_id,
            manager_id=activity.manager_id,
            kind=activity.kind,
            direction=activity.direction,
            at=activity.at,
            learned_at=activity.learned_at,
            text=activity.text,
            facts=activity.facts,
            actor=activity.actor,
            due_at=activity.due_at,
            owner_id=activity.owner_id,
            task_id=activity.task_id,
            done=activity.done,
        )
        emit(session, event, now=now, traceparent=activity.traceparent)
