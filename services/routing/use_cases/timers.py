"""The timers: once a second they end leases and statuses whose term is over, and change duty."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from services.routing.repository.idempotency import forget_answers
from services.routing.repository.leases.assignments import Due
from services.routing.use_cases.calendars.duties import pass_edges
from services.routing.use_cases.leases import expire
from services.routing.use_cases.leases.absences import return_leads_of_absent
from services.routing.use_cases.pools.weigh import weigh_due
from shared.clock import Clock
from shared.database import Database, transaction
from shared.messaging.consumer.catch_up import CatchUp
from shared.runtime.loop import Loop, Progress

TICK_SECONDS = 1.0
KEYS_LAST = timedelta(days=7)
ANSWERS_EVERY = 60  # ticks

AWAITED_BY_HISTORY = {"intake", "routing"}

TouchedUntil = Callable[[], datetime | None]


def touches_known(walks: CatchUp | None) -> datetime | None:
    """The moment up to which all touches are known here, or None while that is unknown."""
    # An activity reaches us through history's journal, and history emits it only once it knows the
    # lead and the contact, from our journal and intake's. So the moment is the earliest of three:
    # how far we have walked history's journal, and how far history had walked the other two. No
    # lease ends for want of a touch before that moment.
    walk = walks.walked.get("history") if walks else None
    if walk is None or not walk.state.walked.keys() >= AWAITED_BY_HISTORY:
        return None
    return min(walk.at, *(walk.state.walked[name] for name in AWAITED_BY_HISTORY))


def timers_loop(database: Database, *, clock: Clock, touched_until: TouchedUntil) -> Loop:
    """Ends leases and statuses once a second."""

    async def run(progress: Progress) -> None:
        rounds = 0
        while True:
            progress.beat()
            await tick(database, clock=clock, touched_until=touched_until)
            if rounds % ANSWERS_EVERY == 0:
                async with transaction(database) as session:
                    await forget_answers(session, before=clock() - KEYS_LAST)
            rounds += 1
            await asyncio.sleep(TICK_SECONDS)

    return Loop("timers", run)


async def tick(database: Database, *, clock: Clock, touched_until: TouchedUntil) -> None:
    """One round of the timers."""
    now = clock()
    touches_until = touched_until()
    touch_by = None if touches_until is None else min(now, touches_until)
    async with transaction(database) as session:
        # First the heartbeat: after an absence of the timers it moves all deadlines.
        await expire.beat(session, now=now)
        await expire.expire_statuses(session, now=now)
        due = await expire.deadlines_due(session, now=now, touch_by=touch_by)
    more = True
    while more:
        async with transaction(database) as session:
            more = await pass_edges(session, now=now)
    await return_leads_of_absent(database, now=now)
    for deadline, at in due.items():
        await _expire_all(database, deadline=deadline, now=at)
    await weigh_due(database, clock=clock)


async def _expire_all(database: Database, *, deadline: str, now: datetime) -> None:
    after: Due | None = None
    more = True
    while more:
        async with transaction(database) as session:
            after = await expire.expire_leases(session, deadline=deadline, now=now, after=after)
        more = after is not None
