"""Lets shadow policies decide beside the live ones, without acting.

A loop of its own goes through the decisions that were recorded, whoever took them: it can neither
slow nor break an assignment, and what it cannot work out it counts and passes over.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.routing.domain.decision_records import candidates_of, waiting_of
from services.routing.domain.shadowing import decide_as
from services.routing.repository import decisions
from services.routing.repository.pools import shadow
from services.routing.repository.pools.pools import get_pool, lock_pool, no_such_pool
from services.routing.repository.pools.shadow import (
    Example,
    RecordedBatch,
    Shadow,
    ShadowDecision,
    Share,
    Sums,
)
from services.routing.repository.pools.versions import lock_configuration
from services.routing.use_cases.explain import ALGORITHMS
from shared.clock import Clock
from shared.database import Database, Session, reading, transaction
from shared.errors import NotFoundError, UnavailableError, cause_of
from shared.ids import new_id
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
LOOP = "shadow"
TICK_SECONDS = 5.0
# Batches are numbered before they are committed: those of the last moments may still be missing.
LAG = timedelta(seconds=10)
BATCHES = 200
LASTS = timedelta(days=30)
FORGET_EVERY = 60  # ticks


async def set_shadow(
    session: Session, key: str, policy: Mapping[str, Any], *, now: datetime
) -> None:
    """Let this policy decide beside the pool's own, from now on. Raises NotFoundError."""
    await lock_configuration(session)
    if await lock_pool(session, key) is None:
        raise no_such_pool()
    await shadow.set_shadow(session, key, policy, after=new_id(), now=now)


async def unset_shadow(session: Session, key: str) -> None:
    """Raises NotFoundError."""
    await lock_configuration(session)
    if await lock_pool(session, key) is None:
        raise no_such_pool()
    await shadow.unset_shadow(session, key)


async def report(
    session: Session, key: str, *, since: datetime, until: datetime
) -> tuple[Sums, list[Share], list[Example]]:
    """How the shadow policy differs, also one that was taken away while its decisions are there.
    Raises NotFoundError.
    """
    pool = await get_pool(session, key)
    if pool.shadow is None and not await shadow.has_decided(session, key):
        raise NotFoundError("The pool has no shadow policy, and no decisions of a former one.")
    return await shadow.get_report(session, key, since=since, until=until)


def shadow_loop(database: Database, *, clock: Clock) -> Loop:
    """Follows the decisions, and forgets comparisons after 30 days."""

    async def run(progress: Progress) -> None:
        rounds = 0
        while True:
            progress.beat()
            count = await follow(database, now=clock())
            if rounds % FORGET_EVERY == 0:
                async with transaction(database) as session:
                    await shadow.forget(session, before=clock() - LASTS)
            rounds += 1
            if count < BATCHES:
                await asyncio.sleep(TICK_SECONDS)

    return Loop(LOOP, run)


async def follow(database: Database, *, now: datetime) -> int:
    """Compare one page of decisions. Returns the number of batches read."""
    async with reading(database) as session:
        shadows = {item.pool: item for item in await shadow.list_shadows(session)}
        if not shadows:
            return 0
        after = min(item.after for item in shadows.values())
        batches = await shadow.list_recorded_batches(
            session, after=after, until=now - LAG, limit=BATCHES
        )
    for batch in batches:
        item = shadows.get(batch.pool)
        # What a supervisor decided is no policy's choice.
        if item is not None and batch.batch_id > item.after and batch.algorithm in ALGORITHMS:
            await _try(database, batch, item)
    if batches:
        async with transaction(database) as session:
            await shadow.go_on(session, shadows, after=batches[-1].batch_id)
    return len(batches)


async def _try(database: Database, batch: RecordedBatch, item: Shadow) -> None:
    try:
        async with transaction(database) as session:
            await shadow.write_shadow_decisions(session, await _decide(session, batch, item))
    except UnavailableError:
        raise
    except Exception as error:  # noqa: BLE001  a comparison is never worth more than the service
        metrics_of("routing").faults.labels("routing", LOOP).inc()
        log.warning("shadow.failed", pool=batch.pool, error=cause_of(error))


async def _decide(session: Session, batch: RecordedBatch, item: Shadow) -> list[ShadowDecision]:
    rows = await decisions.list_batch(session, batch.batch_id)
    background = (await decisions.list_candidates(session, [batch.batch_id]))[batch.batch_id]
    candidates = candidates_of(background.snapshot, background.figures)
    terms = await shadow.get_lead_terms(session, {row.lead_id for row in rows})
    leads = []
    for row in rows:
        lead = terms[row.lead_id]
        units_milli = item.policy.units_milli(
            lead.channel, stage=lead.stage, priority_class=lead.priority_class
        )
        leads.append((waiting_of(row.lead_id, row.inputs), units_milli))
    choices = decide_as(item.policy, leads, candidates, seed=batch.seed)
    return [
        ShadowDecision(
            decision_id=row.decision_id,
            lead_id=row.lead_id,
            pool=batch.pool,
            at=batch.at,
            live_owner_id=row.manager_id,
            shadow_owner_id=choice.manager_id,
            live_units_milli=lead.units_milli,
            shadow_units_milli=units_milli,
            reason=str(choice.reason),
        )
        for row, choice, (lead, units_milli) in zip(rows, choices, leads, strict=True)
    ]
