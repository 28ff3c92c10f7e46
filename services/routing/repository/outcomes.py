"""Writes outcomes of decisions in one statement: leads, assignments, reservations and the record.

The caller holds the locks of the leads and of all candidates, and has read them under those locks.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from pydantic_core import to_json

from services.routing.repository.decision_batches import DecisionBatch
from services.routing.repository.inquiries import LeadInquiry
from shared.database import Session

# What is left of the work received before; far fewer than 64 half-lives leave nothing to tell, and
# a product that is too small would be an error.
_FADING = """power(0.5, least(64, greatest(0, extract(epoch FROM CAST(:now AS timestamptz)
            - coalesce(m.received_as_of, CAST(:now AS timestamptz)))) / load.half_life))"""
_OUTCOME = f"""
outcome AS MATERIALIZED (
    SELECT * FROM json_to_recordset(CAST(:outcomes AS json)) AS o(decision_id uuid, batch_id uuid,
        place integer, lead_id uuid, inputs json, manager_id uuid, round integer, reason text,
        epoch integer, version bigint, units_milli bigint, tier text, accept_by timestamptz,
        first_touch_by timestamptz, units_due_at timestamptz)
), snapshot AS (
    INSERT INTO candidate_snapshot (snapshot_id, content)
    SELECT snapshot_id, CAST(records AS json)
    FROM unnest(CAST(:snapshot_ids AS uuid[]), CAST(:records AS text[]))
        AS s(snapshot_id, records)
    WHERE NOT EXISTS (
        SELECT FROM candidate_snapshot AS k WHERE k.snapshot_id = s.snapshot_id)
    ORDER BY snapshot_id
    ON CONFLICT DO NOTHING
), batch AS (
    INSERT INTO decision_batch (batch_id, algorithm, pool, policy_version, at, seed, snapshot_id,
        loads, turns, received, allowances)
    SELECT batch_id, algorithm, pool, policy_version, at, seed, snapshot_id, loads, turns, received,
        allowances
    FROM json_to_recordset(CAST(:batches AS json)) AS b(batch_id uuid, algorithm text, pool text,
        policy_version integer, at timestamptz, seed bigint, snapshot_id uuid, loads integer[],
        turns smallint[], received bigint[], allowances integer[])
), decided AS (
    INSERT INTO decision (decision_id, batch_id, place, lead_id, inputs, manager_id, round, reason)
    SELECT decision_id, batch_id, place, lead_id, inputs, manager_id, round, reason FROM outcome
), assigned AS (
    INSERT INTO assignment (lead_id, epoch, manager_id, round, units_milli, units_due_at, tier,
        assigned_at, accept_by, first_touch_by)
    SELECT lead_id, epoch, manager_id, round, units_milli, units_due_at, tier, :now, accept_by,
        first_touch_by
    FROM outcome WHERE manager_id IS NOT NULL
), load AS (
    SELECT * FROM json_to_recordset(CAST(:loads AS json)) AS n(manager_id uuid,
        units_milli bigint, half_life double precision)
), reserved AS (
    UPDATE manager AS m SET reserved_milli = m.reserved_milli + load.units_milli,
        last_assigned_at = :now, received_as_of = :now,
        received_milli = m.received_milli * {_FADING} + load.units_milli,
        lead_over_mean_milli = m.lead_over_mean_milli * {_FADING}
            + load.units_milli * 1000.0 / m.weight_milli
    FROM load
    WHERE m.manager_id = ANY(CAST(:manager_ids AS uuid[])) AND m.manager_id = load.manager_id
)"""
# The array of ids bounds what a plan can read, however it joins what is to be written.
_WRITE = f"""
WITH {_OUTCOME}
UPDATE lead AS l SET owner_id = o.manager_id, epoch = o.epoch, version = o.version,
    round = o.round, accepted_at = NULL, units_milli = o.units_milli,
    parked_reason = CASE WHEN o.manager_id IS NULL THEN o.reason END
FROM outcome AS o
WHERE l.lead_id = ANY(CAST(:lead_ids AS uuid[])) AND l.lead_id = o.lead_id AND l.closed_at IS NULL
"""
# Leads are numbered in the order of the queue, whatever the order in which the inquiries came.
_NEW_LEADS = """
opened AS (
    INSERT INTO lead (lead_id, contact_id, canonical_id, pipeline, pool, stage, owner_id, epoch,
        version, round, priority_class, priority_rank, units_milli, full_units_milli, channel,
        source_id, language, region, product, expected_amount, expected_currency, facts, is_test,
        received_at, queue_at, opened_at, unowned_since, stage_since, pipeline_version,
        rot_seconds)
    SELECT n.lead_id, n.contact_id, n.canonical_id, n.pipeline, n.pool, n.stage, o.manager_id,
        coalesce(o.epoch, 0), coalesce(o.version, 1), coalesce(o.round, 1), n.priority_class,
        n.priority_rank, n.units_milli, n.units_milli, n.channel, n.source_id, n.language, n.region,
        n.product, n.expected_amount, n.expected_currency, n.facts, n.is_test, n.received_at,
        n.queue_at, :now, :now, :now, n.pipeline_version, n.rot_seconds
    FROM json_to_recordset(CAST(:leads AS json)) AS n(lead_id uuid, contact_id uuid,
        canonical_id uuid, pipeline text, pool text, stage text, priority_class text,
        priority_rank smallint, units_milli bigint, channel text, source_id uuid, language text,
        region text, product text, expected_amount numeric, expected_currency text, facts jsonb,
        is_test boolean, received_at timestamptz, queue_at timestamptz, pipeline_version integer,
        rot_seconds integer)
    LEFT JOIN outcome AS o ON o.lead_id = n.lead_id
    ORDER BY n.queue_at, n.lead_id
)"""
_ATTACH = """
INSERT INTO lead_inquiry (inquiry_id, lead_id, contact_id, source_id, channel, priority_class,
    language, is_test, received_at, attached_at)
SELECT inquiry_id, lead_id, contact_id, source_id, channel, priority_class, language, is_test,
    received_at, :now
FROM json_to_recordset(CAST(:inquiries AS json)) AS n(inquiry_id uuid, lead_id uuid,
    contact_id uuid, source_id uuid, channel text, priority_class text, language text,
    is_test boolean, received_at timestamptz)
"""
_OPEN = f"WITH {_OUTCOME}, {_NEW_LEADS} {_ATTACH}"


@dataclass(frozen=True, slots=True)
class NewLead:
    """The row of a lead that an inquiry opens; `facts` are those that have no column."""

    epoch: ClassVar[int] = 0
    round: ClassVar[int] = 1
    version: ClassVar[int] = 1

    lead_id: UUID
    contact_id: UUID
    canonical_id: UUID
    pipeline: str
    pool: str
    stage: str
    priority_class: str
    priority_rank: int
    units_milli: int
    channel: str
    source_id: UUID
    language: str | None
    region: str | None
    product: str | None
    expected_amount: Decimal | None
    expected_currency: str | None
    facts: Mapping[str, str]
    is_test: bool
    received_at: datetime
    queue_at: datetime
    pipeline_version: int = 1
    rot_seconds: int | None = None


def _text(rows: Any) -> str:
    # One JSON text per table: the driver would encode each element of an array by itself.
    return to_json(rows).decode()


def _params(batches: Sequence[DecisionBatch], *, now: datetime) -> dict[str, Any]:
    outcomes = [outcome for batch in batches for outcome in batch.outcomes]
    loads = _loads(batches)
    return {
        "outcomes": _text(outcomes),
        "snapshot_ids": [batch.snapshot.snapshot_id for batch in batches],
        "records": [batch.snapshot.records for batch in batches],
        "batches": _text([batch.row() for batch in batches]),
        "manager_ids": list(loads),
        "loads": _text(list(loads.values())),
        "now": now,
    }


def _loads(batches: Sequence[DecisionBatch]) -> dict[UUID, Mapping[str, Any]]:
    loads: dict[UUID, Mapping[str, Any]] = {}
    for batch in batches:
        for manager_id, load in batch.loads_by_manager().items():
            before = loads[manager_id]["units_milli"] if manager_id in loads else 0
            loads[manager_id] = {
                "manager_id": manager_id,
                "units_milli": before + load.units_milli,
                "half_life": batch.half_life_seconds,
            }
    return loads


async def write_outcomes(session: Session, batch: DecisionBatch, *, now: datetime) -> None:
    """Write the outcomes for open leads: their owners, or why they wait."""
    lead_ids = [outcome.lead_id for outcome in batch.outcomes]
    await session.execute(_WRITE, {**_params([batch], now=now), "lead_ids": lead_ids})


async def open_leads(
    session: Session,
    leads: Collection[NewLead],
    inquiries: Sequence[LeadInquiry],
    batches: Sequence[DecisionBatch],
    *,
    now: datetime,
) -> None:
    """Insert leads with their assignments (`batches`), and attach inquiries to leads."""
    rows = {"leads": _text(list(leads)), "inquiries": _text(inquiries)}
    await session.execute(_OPEN, {**_params(batches, now=now), **rows})
