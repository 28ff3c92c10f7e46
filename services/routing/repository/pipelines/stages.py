"""Moves leads through their pipelines, and keeps the way they went: each change with its step.

Every write is conditional on the present state and raises the version.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.routing.domain.conformance import StageRow
from shared.database import Session

_STEP = """
INSERT INTO lead_stage (lead_id, version, stage, from_stage, state, pipeline_version, facts, at,
    actor, manager_id)
SELECT l.lead_id, l.version, l.stage, l.from_stage, l.state, l.pipeline_version,
    CAST(:facts AS text[]), :now, :actor, l.owner_id
FROM l RETURNING version
"""
_MOVE = f"""
WITH l AS (
    UPDATE lead SET stage = :stage, stage_since = :now, pipeline_version = :pipeline_version,
        rot_seconds = :rot_seconds, version = version + 1,
        expected_amount = coalesce(CAST(:amount AS numeric), expected_amount),
        expected_currency = CASE WHEN CAST(:amount AS numeric) IS NULL THEN expected_currency
            ELSE :currency END
    WHERE lead_id = :lead_id AND closed_at IS NULL
    RETURNING lead_id, version, stage, CAST(:from_stage AS text) AS from_stage, state,
        pipeline_version, owner_id
) {_STEP}
"""
_CLOSE = f"""
WITH l AS (
    UPDATE lead SET state = :state, closed_at = :now, amount = :amount, currency = :currency,
        loss_reason = :loss_reason, parked_reason = NULL, version = version + 1
    WHERE lead_id = :lead_id AND closed_at IS NULL
    RETURNING lead_id, version, stage, stage AS from_stage, state, pipeline_version, owner_id
) {_STEP}
"""
# It waits like a new lead: its round begins anew, for nobody is passed over in that one.
_REOPEN = f"""
WITH l AS (
    UPDATE lead SET state = 'open', closed_at = NULL, amount = NULL, currency = NULL,
        loss_reason = NULL, owner_id = NULL, accepted_at = NULL, canonical_id = :canonical_id,
        round = round + 1, hops = 0, units_milli = full_units_milli, stage_since = :now,
        unowned_since = :now, next_action = NULL, next_action_at = NULL, version = version + 1
    WHERE lead_id = :lead_id AND state IN ('won', 'lost')
    RETURNING lead_id, version, stage, stage AS from_stage, state, pipeline_version, owner_id
) {_STEP}
"""
_NEXT_ACTION = """
UPDATE lead SET next_action = :text, next_action_at = :due_at, version = version + 1
WHERE lead_id = :lead_id AND closed_at IS NULL RETURNING version
"""
_LAST_FACTS = """
SELECT facts FROM lead_stage WHERE lead_id = :lead_id ORDER BY version DESC LIMIT 1
"""
_LIST = """
SELECT lead_id, version, stage, from_stage, state, pipeline_version, facts, at, actor, manager_id
FROM lead_stage WHERE lead_id = ANY(CAST(:ids AS uuid[])) ORDER BY lead_id, version
"""


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes which lead, and when; `facts` are the names of those at hand."""

    lead_id: UUID
    facts: Collection[str]
    actor: str
    now: datetime

    def params(self) -> dict[str, Any]:
        return {
            "lead_id": self.lead_id,
            "facts": sorted(self.facts),
            "actor": self.actor,
            "now": self.now,
        }


async def move_lead(
    session: Session,
    change: Change,
    *,
    from_stage: str,
    stage: str,
    pipeline_version: int,
    rot_seconds: int | None,
    amount: Decimal | None = None,
    currency: str | None = None,
) -> int:
    """Put the open lead into a stage. An amount replaces the expected one. Returns the version."""
    more = {
        "from_stage": from_stage,
        "stage": stage,
        "pipeline_version": pipeline_version,
        "rot_seconds": rot_seconds,
        "amount": amount,
        "currency": currency,
    }
    return int(await session.scalar(_MOVE, {**change.params(), **more}))


async def close_lead(
    session: Session,
    change: Change,
    *,
    state: str,
    amount: Decimal | None = None,
    currency: str | None = None,
    loss_reason: str | None = None,
) -> int:
    """Close the open lead. Returns the version."""
    more = {"state": state, "amount": amount, "currency": currency, "loss_reason": loss_reason}
    return int(await session.scalar(_CLOSE, {**change.params(), **more}))


async def reopen_lead(session: Session, change: Change, *, canonical_id: UUID) -> int:
    """Open a lead that was won or lost; nobody owns it. Returns the version."""
    return int(await session.scalar(_REOPEN, {**change.params(), "canonical_id": canonical_id}))


async def set_next_action(
    session: Session, lead_id: UUID, *, text: str | None, due_at: datetime | None
) -> int:
    """Write what comes next on an open lead, or that nothing does. Returns the version."""
    params = {"lead_id": lead_id, "text": text, "due_at": due_at}
    return int(await session.scalar(_NEXT_ACTION, params))


async def get_last_facts(session: Session, lead_id: UUID) -> frozenset[str]:
    """The names of the facts that were at hand at the last step."""
    names = await session.scalar(_LAST_FACTS, {"lead_id": lead_id})
    return frozenset(names or ())


async def list_steps(session: Session, lead_ids: Collection[UUID]) -> Mapping[UUID, list[StageRow]]:
    """The steps of each lead, in order."""
    steps: dict[UUID, list[StageRow]] = {lead_id: [] for lead_id in lead_ids}
    for row in await session.execute(_LIST, {"ids": list(lead_ids)}):
        steps[row["lead_id"]].append(StageRow(**row))
    return steps
