"""Shadow policies, what they would have decided, and how that differs from what was decided."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.routing.domain.policies import Policy, policy_of
from shared.database import Session
from shared.statements import columns

FORGOTTEN_AT_ONCE = 5000
EXAMPLES = 20
_SET = """
UPDATE pool SET shadow_policy = CAST(:policy AS jsonb), shadow_since = :now, shadow_after = :after
WHERE key = :pool
"""
_UNSET = """
UPDATE pool SET shadow_policy = NULL, shadow_since = NULL, shadow_after = NULL WHERE key = :pool
"""
_SHADOWS = """
SELECT key, shadow_policy, shadow_after FROM pool WHERE shadow_policy IS NOT NULL
"""
_BATCHES = """
SELECT batch_id, pool, algorithm, at, seed FROM decision_batch
WHERE batch_id > :after AND at <= :until ORDER BY batch_id LIMIT :limit
"""
_LEADS = """
SELECT lead_id, channel, stage, priority_class FROM lead
WHERE lead_id = ANY(CAST(:ids AS uuid[]))
"""
_GO_ON = """
UPDATE pool SET shadow_after = :after
WHERE key = ANY(CAST(:pools AS text[])) AND shadow_after < :after
"""
_WRITE = """
INSERT INTO shadow_decision (decision_id, lead_id, pool, at, live_owner_id, shadow_owner_id,
    live_units_milli, shadow_units_milli, reason)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:leads AS uuid[]), CAST(:pools AS text[]),
    CAST(:ats AS timestamptz[]), CAST(:owners AS uuid[]), CAST(:shadow_owners AS uuid[]),
    CAST(:units AS bigint[]), CAST(:shadow_units AS bigint[]), CAST(:reasons AS text[]))
ON CONFLICT DO NOTHING
"""
_FORGET = """
DELETE FROM shadow_decision WHERE decision_id = ANY(ARRAY(
    SELECT decision_id FROM shadow_decision WHERE at < :before ORDER BY at LIMIT :limit))
"""
# Of the present shadow policy alone, whatever was compared before it.
_RANGE = """
FROM shadow_decision AS s WHERE pool = :pool AND at < :until AND at >= greatest(
    CAST(:since AS timestamptz), (SELECT p.shadow_since FROM pool AS p WHERE p.key = s.pool))
"""
_DIFFERS = "live_owner_id IS DISTINCT FROM shadow_owner_id"
_HAS_DECIDED = "SELECT EXISTS (SELECT FROM shadow_decision WHERE pool = :pool)"
_SUMS = f"""
SELECT count(*) AS decisions, count(*) FILTER (WHERE {_DIFFERS}) AS differing,
    count(*) FILTER (WHERE live_owner_id IS NULL AND shadow_owner_id IS NOT NULL)
        AS parked_by_live_only,
    count(*) FILTER (WHERE live_owner_id IS NOT NULL AND shadow_owner_id IS NULL)
        AS parked_by_shadow_only
{_RANGE}
"""
_SHARES = f"""
SELECT manager_id, CAST(sum(live) AS bigint) AS live_leads,
    CAST(sum(live_units) AS bigint) AS live_milli, CAST(sum(shadow) AS bigint) AS shadow_leads,
    CAST(sum(shadow_units) AS bigint) AS shadow_milli
FROM (
    SELECT live_owner_id AS manager_id, 1 AS live, live_units_milli AS live_units, 0 AS shadow,
        0 AS shadow_units {_RANGE} AND live_owner_id IS NOT NULL
    UNION ALL
    SELECT shadow_owner_id, 0, 0, 1, shadow_units_milli {_RANGE} AND shadow_owner_id IS NOT NULL
) AS both_policies GROUP BY manager_id ORDER BY manager_id
"""
_EXAMPLES = f"""
SELECT decision_id, lead_id, at, live_owner_id, shadow_owner_id, reason
{_RANGE} AND {_DIFFERS} ORDER BY at DESC, decision_id DESC LIMIT {EXAMPLES}
"""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A pool's shadow policy and the last batch that it has looked at."""

    pool: str
    policy: Policy
    after: UUID


@dataclass(frozen=True, slots=True)
class RecordedBatch:
    batch_id: UUID
    pool: str
    algorithm: str
    at: datetime
    seed: int


@dataclass(frozen=True, slots=True)
class LeadTerms:
    """What a lead's weight follows from."""

    channel: str
    stage: str
    priority_class: str


@dataclass(frozen=True, slots=True)
class ShadowDecision:
    """A decision by the live and by the shadow policy; `reason` is the latter's."""

    decision_id: UUID
    lead_id: UUID
    pool: str
    at: datetime
    live_owner_id: UUID | None
    shadow_owner_id: UUID | None
    live_units_milli: int
    shadow_units_milli: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sums:
    decisions: int
    differing: int
    parked_by_live_only: int
    parked_by_shadow_only: int


@dataclass(frozen=True, slots=True)
class Share:
    """What a manager got by each policy: leads, and work units in thousandths."""

    manager_id: UUID
    live_leads: int
    live_milli: int
    shadow_leads: int
    shadow_milli: int


@dataclass(frozen=True, slots=True)
class Example:
    decision_id: UUID
    lead_id: UUID
    at: datetime
    live_owner_id: UUID | None
    shadow_owner_id: UUID | None
    reason: str


async def set_shadow(
    session: Session, pool: str, policy: Mapping[str, Any], *, after: UUID, now: datetime
) -> None:
    text = json.dumps(policy, ensure_ascii=False)
    params = {"pool": pool, "policy": text, "after": after, "now": now}
    await session.execute(_SET, params)


async def unset_shadow(session: Session, pool: str) -> None:
    await session.execute(_UNSET, {"pool": pool})


async def list_shadows(session: Session) -> list[Shadow]:
    rows = await session.execute(_SHADOWS)
    return [Shadow(row.key, policy_of(row.shadow_policy), row.shadow_after) for row in rows]


async def list_recorded_batches(
    session: Session, *, after: UUID, until: datetime, limit: int
) -> list[RecordedBatch]:
    """Batches of all pools in the order of their ids, decided at `until` at the latest."""
    params = {"after": after, "until": until, "limit": limit}
    return [RecordedBatch(**row) for row in await session.execute(_BATCHES, params)]


async def get_lead_terms(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, LeadTerms]:
    rows = await session.execute(_LEADS, {"ids": list(lead_ids)})
    return {row.lead_id: LeadTerms(row.channel, row.stage, row.priority_class) for row in rows}


async def write_shadow_decisions(session: Session, rows: Sequence[ShadowDecision]) -> None:
    names = "ids leads pools ats owners shadow_owners units shadow_units reasons"
    values = [tuple(getattr(row, name) for name in ShadowDecision.__slots__) for row in rows]
    await session.execute(_WRITE, columns(names, values))


async def go_on(session: Session, pools: Collection[str], *, after: UUID) -> None:
    """Note the last batch that was looked at."""
    await session.execute(_GO_ON, {"pools": list(pools), "after": after})


async def forget(session: Session, *, before: datetime) -> None:
    await session.execute(_FORGET, {"before": before, "limit": FORGOTTEN_AT_ONCE})


async def has_decided(session: Session, pool: str) -> bool:
    """Whether anything that a shadow policy of the pool has decided is still there."""
    return bool(await session.scalar(_HAS_DECIDED, {"pool": pool}))


async def get_report(
    session: Session, pool: str, *, since: datetime, until: datetime
) -> tuple[Sums, list[Share], list[Example]]:
    """What the present shadow policy has decided from `since` to before `until`."""
    params = {"pool": pool, "since": since, "until": until}
    sums = Sums(**(await session.execute(_SUMS, params)).one())
    shares = [Share(**row) for row in await session.execute(_SHARES, params)]
    examples = [Example(**row) for row in await session.execute(_EXAMPLES, params)]
    return sums, shares, examples
