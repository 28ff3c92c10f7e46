"""The floor's consumers: routing opens and assigns in one transaction; history and kpi write down
what they were handed in one statement each.
"""

import heapq
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

from benchmarks.floor_messages import (
    CLAIM,
    CLAIMED_ALL,
    EMIT,
    Draft,
    Event,
    claim_columns,
    draft,
    emit_columns,
)
from shared.ids import new_id

UNITS: Final = 1000  # what one lead takes of a manager's capacity
_CLAIM: Final = f"WITH {CLAIM} {CLAIMED_ALL}"
_MANAGERS: Final = """
SELECT manager_id, capacity, reserved FROM manager ORDER BY manager_id FOR UPDATE
"""
_OPEN_LEADS: Final = """
SELECT lead_id FROM lead WHERE canonical_id = ANY($1::uuid[]) AND state = 'open'
ORDER BY lead_id FOR UPDATE
"""
# $6 contacts, $7 leads, $8 managers, $9 moments, $10 inquiries, $11 decisions, $12 batch,
# $13 loads, $14 managers and $15 units reserved
_ASSIGN: Final = f"""
WITH {EMIT}, links AS (
    INSERT INTO contact_link (contact_id, canonical_id)
    SELECT id, id FROM unnest($6::uuid[]) AS c(id)
    ON CONFLICT DO NOTHING
), leads AS (
    INSERT INTO lead (lead_id, contact_id, canonical_id, owner_id, epoch, version, received_at)
    SELECT id, contact, contact, manager, 1, 2, at
    FROM unnest($7::uuid[], $6::uuid[], $8::uuid[], $9::timestamptz[])
        AS l(id, contact, manager, at)
), inquiries AS (
    INSERT INTO lead_inquiry (inquiry_id, lead_id, contact_id, received_at)
    SELECT * FROM unnest($10::uuid[], $7::uuid[], $6::uuid[], $9::timestamptz[])
), batches AS (
    INSERT INTO decision_batch (batch_id, loads, decided_at) VALUES ($12, $13::bigint[], now())
), decisions AS (
    INSERT INTO decision (decision_id, batch_id, place, lead_id, manager_id)
    SELECT id, $12, place, lead, manager
    FROM unnest($11::uuid[], $7::uuid[], $8::uuid[]) WITH ORDINALITY AS d(id, lead, manager, place)
), assignments AS (
    INSERT INTO assignment (lead_id, epoch, manager_id, decision_id, at, accept_by)
    SELECT lead, 1, manager, decision, now(), now() + interval '5 minutes'
    FROM unnest($7::uuid[], $8::uuid[], $11::uuid[]) AS a(lead, manager, decision)
), reserved AS (
    UPDATE manager AS m SET reserved = m.reserved + n.units, last_assigned_at = now()
    FROM unnest($14::uuid[], $15::bigint[]) AS n(id, units) WHERE m.manager_id = n.id
)
SELECT version FROM written ORDER BY id
"""
# $5 ids, $6 kinds, $7 moment, $8 contacts, $9 leads, $10 inquiries, $11 texts, $12 facts
# $13 leads, $14 their contacts and $15 owners
_HISTORY: Final = f"""
WITH {CLAIM}, entries AS (
    INSERT INTO timeline_entry (event_id, kind, at, contact_id, lead_id, inquiry_id, text, facts)
    SELECT id, kind, $7, contact, lead, inquiry, text, facts::jsonb
    FROM unnest($5::uuid[], $6::text[], $8::uuid[], $9::uuid[], $10::uuid[], $11::text[],
        $12::text[]) AS l(id, kind, contact, lead, inquiry, text, facts)
    ON CONFLICT DO NOTHING
), leads AS (
    INSERT INTO lead AS l (lead_id, contact_id, owner_id)
    SELECT * FROM unnest($13::uuid[], $14::uuid[], $15::uuid[])
    ON CONFLICT (lead_id) DO UPDATE SET owner_id = coalesce(excluded.owner_id, l.owner_id)
)
{CLAIMED_ALL}
"""
# $5 inquiries, $6 source, $7 channels, $8 moments, $9 leads, $10 their contacts, $11 owners,
# $12 moment, $13 link events, $14 their leads and $15 inquiries
_KPI: Final = f"""
WITH {CLAIM}, inquiries AS (
    INSERT INTO inquiry (inquiry_id, source_id, channel, received_at)
    SELECT id, $6::uuid, channel, at
    FROM unnest($5::uuid[], $7::text[], $8::timestamptz[]) AS i(id, channel, at)
    ON CONFLICT DO NOTHING
), leads AS (
    INSERT INTO lead_story AS l (lead_id, contact_id, received_at, owner_id, assigned_at)
    SELECT id, contact, $12::timestamptz, owner, CASE WHEN owner IS NOT NULL THEN $12 END
    FROM unnest($9::uuid[], $10::uuid[], $11::uuid[]) AS n(id, contact, owner)
    ON CONFLICT (lead_id) DO UPDATE SET owner_id = coalesce(excluded.owner_id, l.owner_id),
        assigned_at = coalesce(l.assigned_at, excluded.assigned_at)
), links AS (
    INSERT INTO inquiry_link (event_id, lead_id, inquiry_id)
    SELECT * FROM unnest($13::uuid[], $14::uuid[], $15::uuid[]) ON CONFLICT DO NOTHING
)
{CLAIMED_ALL}
"""


class Assigned(NamedTuple):
    contact_id: UUID
    lead_id: UUID
    manager_id: UUID
    received_at: datetime
    inquiry_id: UUID
    decision_id: UUID
    opened: Draft
    assigned: Draft


async def route(connection: Any, events: Sequence[Event]) -> list[Event]:
    """Claim, open a lead for each inquiry, give it to the least loaded; events once committed."""
    inquiries = [item.draft for item in events if item.draft.topic == "inquiries"]
    async with connection.transaction():
        await connection.execute(_CLAIM, *claim_columns(events))
        if not inquiries:
            return []
        await connection.fetch(_OPEN_LEADS, [item.key for item in inquiries])
        managers = await connection.fetch(_MANAGERS)
        leads = _assign(inquiries, managers)
        drafts = [event for lead in leads for event in (lead.opened, lead.assigned)]
        rows = await connection.fetch(
            _ASSIGN,
            *emit_columns(drafts),
            *(list(column) for column in zip(*(lead[:6] for lead in leads), strict=True)),
            new_id(),
            [row["reserved"] for row in managers],
            *_reservations(leads),
        )
    return [Event(row["version"], item) for row, item in zip(rows, drafts, strict=True)]


def _assign(inquiries: Sequence[Draft], managers: Sequence[Any]) -> list[Assigned]:
    capacity = {row["manager_id"]: row["capacity"] for row in managers}
    reserved = {row["manager_id"]: row["reserved"] for row in managers}
    loads = [(reserved[manager] / capacity[manager], manager) for manager in capacity]
    heapq.heapify(loads)
    leads = []
    for item in inquiries:
        _, manager = loads[0]
        reserved[manager] += UNITS
        heapq.heapreplace(loads, (reserved[manager] / capacity[manager], manager))
        leads.append(_lead(item, manager))
    return leads


def _lead(item: Draft, manager: UUID) -> Assigned:
    inquiry_id = UUID(item.fields["inquiry_id"])
    lead_id, decision_id = uuid5(inquiry_id, "default"), new_id()
    names = {"lead_id": str(lead_id), "contact_id": str(item.key)}
    opening = names | {
        "inquiry_id": item.fields["inquiry_id"],
        "pool": "default",
        "received_at": item.fields["received_at"],
    }
    assignment = names | {"manager_id": str(manager), "epoch": 1, "decision_id": str(decision_id)}
    return Assigned(
        item.key,
        lead_id,
        manager,
        datetime.fromisoformat(item.fields["received_at"]),
        inquiry_id,
        decision_id,
        draft("leads", lead_id, "lead.opened.v1", opening),
        draft("leads", lead_id, "lead.assigned.v1", assignment),
    )


def _reservations(leads: Sequence[Assigned]) -> tuple[list[UUID], list[int]]:
    numbers = Counter(lead.manager_id for lead in leads)
    return list(numbers), [number * UNITS for number in numbers.values()]


def _uuid(item: Draft, name: str) -> UUID | None:
    text = item.fields.get(name)
    return None if text is None else UUID(text)


def _leads_of(events: Sequence[Event]) -> tuple[list[UUID], list[UUID | None], list[UUID | None]]:
    """Each lead once, with its contact and the last owner that these events tell of."""
    leads: dict[UUID, tuple[UUID | None, UUID | None]] = {}
    for _, item in events:
        if item.topic == "leads":
            owner = _uuid(item, "manager_id") or leads.get(item.key, (None, None))[1]
            leads[item.key] = _uuid(item, "contact_id"), owner
    return list(leads), [each[0] for each in leads.values()], [each[1] for each in leads.values()]


async def record(connection: Any, events: Sequence[Event], *, now: datetime) -> None:
    """History: an entry for every event, and whose each lead is."""
    drafts = [item.draft for item in events]
    await connection.execute(
        _HISTORY,
        *claim_columns(events),
        [item.event_id for item in drafts],
        [item.type.removesuffix(".v1") for item in drafts],
        now,
        [_uuid(item, "contact_id") for item in drafts],
        [item.key if item.topic == "leads" else None for item in drafts],
        [_uuid(item, "inquiry_id") for item in drafts],
        [item.fields.get("text") for item in drafts],
        [item.payload for item in drafts],
        *_leads_of(events),
    )


async def count(
    connection: Any, events: Sequence[Event], *, source_id: UUID, now: datetime
) -> None:
    """Kpi: a row for every inquiry and lead, and which belong together."""
    inquiries = [item.draft for item in events if item.draft.type == "inquiry.received.v1"]
    openings = [item.draft for item in events if item.draft.type == "lead.opened.v1"]
    await connection.execute(
        _KPI,
        *claim_columns(events),
        [_uuid(item, "inquiry_id") for item in inquiries],
        source_id,
        [item.fields["channel"] for item in inquiries],
        [datetime.fromisoformat(item.fields["received_at"]) for item in inquiries],
        *_leads_of(events),
        now,
        [item.event_id for item in openings],
        [item.key for item in openings],
        [_uuid(item, "inquiry_id") for item in openings],
    )
