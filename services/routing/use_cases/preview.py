"""What would become of a pool's waiting leads now, without doing it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.routing.repository import queue
from services.routing.repository.decisions import list_names
from services.routing.repository.managers import list_members
from services.routing.repository.pools.pools import no_such_pool
from services.routing.repository.rooms import read_rooms
from services.routing.use_cases.judging import Trial, judge
from shared.database import Session

MOST_PREVIEWED = 500


@dataclass(frozen=True, slots=True)
class Share:
    """What a manager would get; work units in thousandths."""

    manager_id: UUID
    name: str
    tier: int | None
    leads: int
    units_milli: int
    reserved_milli: int
    capacity_milli: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`is_whole` unless the queue is longer than what was looked at; `reasons` why leads would go
    on waiting.
    """

    pool: str
    policy_version: int
    algorithm: str
    is_whole: bool
    shares: Sequence[Share]
    reasons: Mapping[UUID, str]


async def preview_backlog(session: Session, pool: str, *, now: datetime) -> Preview:
    """Decide the beginning of the pool's queue, and write nothing. Raises NotFoundError."""
    places = await queue.list_waiting(
        session, pool, only_news=False, after=None, limit=MOST_PREVIEWED + 1
    )
    lead_ids = [place.lead_id for place in places[:MOST_PREVIEWED]]
    leads = await queue.read_waiting(session, lead_ids)
    members = await list_members(session, [pool])
    customers = {lead.canonical_id for lead in leads}
    rooms = await read_rooms(session, [pool], members, glance=0, customers=customers, now=now)
    if pool not in rooms:
        raise no_such_pool()
    trial = judge(leads, rooms[pool], at=now, as_backlog=True)
    return Preview(
        pool=pool,
        policy_version=rooms[pool].version,
        algorithm=trial.algorithm,
        is_whole=len(places) <= MOST_PREVIEWED,
        shares=_shares(trial, await list_names(session, members)),
        reasons={
            item.lead.lead_id: str(item.choice.reason)
            for item in trial.answers
            if item.choice.manager_id is None
        },
    )


def _shares(trial: Trial, names: Mapping[UUID, str]) -> list[Share]:
    numbers: Counter[UUID] = Counter()
    units: Counter[UUID] = Counter()
    for lead, _, choice in trial.answers:
        if choice.manager_id is not None:
            numbers[choice.manager_id] += 1
            units[choice.manager_id] += lead.units_milli
    return [
        Share(
            manager_id=item.manager_id,
            name=names[item.manager_id],
            tier=item.tier,
            leads=numbers[item.manager_id],
            units_milli=units[item.manager_id],
            reserved_milli=item.reserved_milli,
            capacity_milli=item.capacity_milli,
        )
        for item in trial.candidates
    ]
