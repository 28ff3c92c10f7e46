"""Rows of leads as their events have them, for a database that is older than those.

Locked in the order of everybody: contacts, leads, managers.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any
from uuid import UUID

from services.routing.domain.lead import rank
from services.routing.domain.policies import Policy
from services.routing.domain.restored_leads import LeadRow
from services.routing.domain.restored_leases import Lease, PassedOver
from services.routing.domain.restoring import Placing
from shared.database import Session
from shared.statements import columns

_LEAD_COLUMNS = ", ".join(item.name for item in fields(LeadRow))
_LEASE_COLUMNS = ", ".join(item.name for item in fields(Lease))
_LEADS = f"""
SELECT {_LEAD_COLUMNS} FROM lead
WHERE lead_id = ANY(CAST(:ids AS uuid[]) || ARRAY(
    SELECT merged_into FROM lead
    WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND merged_into IS NOT NULL))
ORDER BY lead_id FOR UPDATE
"""
_LEASES = f"""
SELECT {_LEASE_COLUMNS} FROM assignment
WHERE lead_id = ANY(CAST(:ids AS uuid[])) AND ended_at IS NULL
"""
_CONTACTS = """
INSERT INTO contact_link (contact_id, canonical_id)
SELECT id, id FROM unnest(CAST(:ids AS uuid[])) AS i(id) ORDER BY id
ON CONFLICT DO NOTHING
"""
_POOLS = """
INSERT INTO pool (key, name, position, rules, policy)
SELECT key, key, 1000000, '[]', '{}' FROM unnest(CAST(:keys AS text[])) AS i(key) ORDER BY key
ON CONFLICT DO NOTHING
"""
_ROWS = """
unnest(CAST(:lead_ids AS uuid[]), CAST(:contact_ids AS uuid[]), CAST(:pipelines AS text[]),
    CAST(:pools AS text[]), CAST(:stages AS text[]), CAST(:priority_classes AS text[]),
    CAST(:units AS bigint[]), CAST(:channels AS text[]), CAST(:source_ids AS uuid[]),
    CAST(:tests AS boolean[]), CAST(:received AS timestamptz[]), CAST(:opened AS timestamptz[]),
    CAST(:unowned AS timestamptz[]),
    CAST(:states AS text[]), CAST(:intos AS uuid[]), CAST(:owners AS uuid[]),
    CAST(:epochs AS integer[]), CAST(:rounds AS integer[]), CAST(:versions AS bigint[]),
    CAST(:accepted AS timestamptz[]), CAST(:closed AS timestamptz[]),
    CAST(:amounts AS numeric[]), CAST(:currencies AS text[]), CAST(:loss_reasons AS text[]),
    CAST(:parked_reasons AS text[]), CAST(:hops AS integer[]), CAST(:ranks AS smallint[])
) AS n(lead_id, contact_id, pipeline, pool, stage, priority_class, units_milli, channel, source_id,
    is_test, received_at, opened_at, unowned_since, state, merged_into, owner_id, epoch, round,
    version, accepted_at, closed_at, amount, currency, loss_reason, parked_reason, hops,
    priority_rank)"""
_NAMES = """lead_ids contact_ids pipelines pools stages priority_classes units channels source_ids
    tests received opened unowned states intos owners epochs rounds versions accepted closed amounts
    currencies loss_reasons parked_reasons hops ranks"""
_QUEUE_AT = f"""n.received_at + n.priority_rank * make_interval(secs => coalesce(
    (SELECT CAST(p.policy ->> 'ageing_seconds' AS integer) FROM pool AS p WHERE p.key = n.pool),
    {Policy().ageing_seconds}))"""
# Rows for all of them first, so that inquiries can be put into any.
_BEGIN = f"""
INSERT INTO lead (lead_id, contact_id, canonical_id, pipeline, pool, stage, priority_class,
    priority_rank, units_milli, full_units_milli, channel, source_id, is_test, received_at,
    queue_at, opened_at, unowned_since, stage_since)
SELECT lead_id, contact_id, lead_id, pipeline, pool, stage, priority_class, priority_rank,
    units_milli, units_milli, channel, source_id, is_test, received_at, {_QUEUE_AT}, opened_at,
    unowned_since,
    opened_at
FROM {_ROWS} ORDER BY lead_id
ON CONFLICT DO NOTHING
"""
# A waiting lead leaves its group until all are written: another of the group may yet be read.
_WRITE = f"""
UPDATE lead AS l SET contact_id = n.contact_id, pipeline = n.pipeline, pool = n.pool,
    stage = n.stage, priority_class = n.priority_class, priority_rank = n.priority_rank,
    units_milli = n.units_milli, full_units_milli = n.units_milli, channel = n.channel,
    source_id = n.source_id, is_test = n.is_test, received_at = n.received_at,
    queue_at = {_QUEUE_AT}, opened_at = n.opened_at, unowned_since = n.unowned_since,
    hops = n.hops, state = n.state,
    merged_into = n.merged_into, owner_id = n.owner_id, epoch = n.epoch, round = n.round,
    version = n.version, accepted_at = n.accepted_at, closed_at = n.closed_at, amount = n.amount,
    currency = n.currency, loss_reason = n.loss_reason, parked_reason = n.parked_reason,
    canonical_id = CASE WHEN n.state = 'open' AND n.accepted_at IS NULL THEN n.lead_id
        ELSE (SELECT c.canonical_id FROM contact_link AS c WHERE c.contact_id = n.contact_id) END
FROM {_ROWS}
WHERE l.lead_id = n.lead_id
"""
# Whoever is linked to another contact leaves its group to that one's own lead: if they are still
# one person, the two are merged by what routing consumes next.
_MAKE_ROOM = """
UPDATE lead AS o SET canonical_id = o.lead_id
FROM lead AS w JOIN contact_link AS c USING (contact_id)
WHERE w.state = 'open' AND w.accepted_at IS NULL AND w.canonical_id = w.lead_id
    AND c.canonical_id = w.contact_id AND o.canonical_id = w.contact_id
    AND o.state = 'open' AND o.accepted_at IS NULL AND o.pipeline = w.pipeline
    AND o.is_test = w.is_test AND o.contact_id <> w.contact_id
"""
# A lead that waits outside of its group, as after a restore, goes into it if nobody waits there.
_RETURN = """
UPDATE lead AS l SET canonical_id = n.canonical_id
FROM (
    SELECT DISTINCT ON (c.canonical_id, w.pipeline, w.is_test) w.lead_id, c.canonical_id
    FROM lead AS w JOIN contact_link AS c USING (contact_id)
    WHERE w.state = 'open' AND w.accepted_at IS NULL AND w.canonical_id = w.lead_id
        AND {condition} AND NOT EXISTS (
            SELECT FROM lead AS o
            WHERE o.state = 'open' AND o.accepted_at IS NULL AND o.canonical_id = c.canonical_id
                AND o.pipeline = w.pipeline AND o.is_test = w.is_test)
    ORDER BY c.canonical_id, w.pipeline, w.is_test, w.contact_id <> c.canonical_id, w.received_at,
        w.lead_id
) AS n
WHERE l.lead_id = n.lead_id
"""
_RETURN_ALL = _RETURN.format(condition="true")
_RETURN_THESE = _RETURN.format(condition="c.canonical_id = ANY(CAST(:canonicals AS uuid[]))")
_PLACE = """
INSERT INTO lead_inquiry AS i (inquiry_id, lead_id, contact_id, source_id, channel, priority_class,
    is_test, received_at, attached_at)
SELECT * FROM unnest(CAST(:inquiry_ids AS uuid[]), CAST(:lead_ids AS uuid[]),
    CAST(:contact_ids AS uuid[]), CAST(:source_ids AS uuid[]), CAST(:channels AS text[]),
    CAST(:classes AS text[]), CAST(:tests AS boolean[]), CAST(:received AS timestamptz[]),
    CAST(:ats AS timestamptz[])) AS n(inquiry_id)
ORDER BY inquiry_id
ON CONFLICT (inquiry_id) DO UPDATE SET lead_id = excluded.lead_id,
    attached_at = excluded.attached_at
WHERE excluded.attached_at > i.attached_at OR (excluded.attached_at = i.attached_at
    AND excluded.inquiry_id = ANY(CAST(:moving AS uuid[])))
"""
# Whatever is still in a lead that merges goes along, until the event that moves it has been read.
_EMPTY = """
UPDATE lead_inquiry AS i SET lead_id = n.into_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:intos AS uuid[])) AS n(lead_id, into_id)
WHERE i.lead_id = n.lead_id
"""
_FLATTEN = """
UPDATE lead AS l SET merged_into = n.into_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:intos AS uuid[])) AS n(lead_id, into_id)
WHERE l.merged_into = n.lead_id
"""
# Ended leases before live ones, of which a lead has one.
_LEASE = f"""
INSERT INTO assignment ({_LEASE_COLUMNS})
SELECT * FROM unnest(CAST(:lead_ids AS uuid[]), CAST(:epochs AS integer[]),
    CAST(:manager_ids AS uuid[]), CAST(:rounds AS integer[]), CAST(:units AS bigint[]),
    CAST(:assigned AS timestamptz[]),
    CAST(:accept_bys AS timestamptz[]), CAST(:touch_bys AS timestamptz[]), CAST(:tiers AS text[]),
    CAST(:accepted AS timestamptz[]), CAST(:ended AS timestamptz[]), CAST(:outcomes AS text[]))
    AS n({_LEASE_COLUMNS})
ORDER BY ended_at IS NULL, lead_id, epoch
ON CONFLICT (lead_id, epoch) DO UPDATE SET accept_by = excluded.accept_by,
    first_touch_by = excluded.first_touch_by, accepted_at = excluded.accepted_at,
    ended_at = excluded.ended_at, outcome = excluded.outcome
"""
_LEASE_NAMES = """lead_ids epochs manager_ids rounds units assigned accept_bys touch_bys tiers
    accepted ended outcomes"""
_SKIP = """
INSERT INTO passed_over (lead_id, round, manager_id)
SELECT * FROM unnest(CAST(:lead_ids AS uuid[]), CAST(:rounds AS integer[]),
    CAST(:manager_ids AS uuid[]))
ON CONFLICT DO NOTHING
"""


async def add_contacts(session: Session, contact_ids: Collection[UUID]) -> None:
    """Make the contacts known that are not, each as its own canonical one."""
    await session.execute(_CONTACTS, {"ids": list(contact_ids)})


async def add_pools(session: Session, keys: Collection[str]) -> None:
    """Make the pools that are missing: no event tells of their rules and policy."""
    await session.execute(_POOLS, {"keys": list(keys)})


async def lock_rows(
    session: Session, lead_ids: Collection[UUID]
) -> tuple[dict[UUID, LeadRow], dict[UUID, Lease]]:
    """The leads that are known, what they are merged into, and the live leases; all by lead."""
    params = {"ids": list(lead_ids)}
    leads = [LeadRow(**row) for row in await session.execute(_LEADS, params)]
    leases = [Lease(**row) for row in await session.execute(_LEASES, params)]
    return {lead.lead_id: lead for lead in leads}, {lease.lead_id: lease for lease in leases}


async def write_leads(
    session: Session, leads: Sequence[LeadRow], placings: Collection[Placing]
) -> None:
    """Write leads and where inquiries are; leads that merge are emptied first."""
    await session.execute(_BEGIN, _params(leads))
    await session.execute(_WRITE, _params(lead for lead in leads if lead.merged_into is None))
    await _place(session, placings)
    merged = [lead for lead in leads if lead.merged_into is not None]
    if merged:
        intos = columns("ids intos", [(lead.lead_id, lead.merged_into) for lead in merged])
        await session.execute(_EMPTY, intos)
        await session.execute(_WRITE, _params(merged))
        await session.execute(_FLATTEN, intos)
    await session.execute(_MAKE_ROOM)
    await return_to_groups(session, None)


async def return_to_groups(session: Session, canonical_ids: Collection[UUID] | None) -> None:
    """Put waiting leads that stand outside of their groups into those of these contacts, or of
    all: the eldest of each, and none where another one waits.
    """
    if canonical_ids is None:
        await session.execute(_RETURN_ALL)
    else:
        await session.execute(_RETURN_THESE, {"canonicals": list(canonical_ids)})


def _params(leads: Iterable[LeadRow]) -> Mapping[str, Sequence[Any]]:
    return columns(_NAMES, [(*astuple(lead), rank(lead.priority_class)) for lead in leads])


async def _place(session: Session, placings: Collection[Placing]) -> None:
    rows = [
        (
            *(item.inquiry_id, item.lead_id, item.contact_id, item.source_id, item.channel),
            *(item.priority_class, item.is_test, item.received_at, item.at),
        )
        for item in placings
    ]
    names = "inquiry_ids lead_ids contact_ids source_ids channels classes tests received ats"
    moving = [item.inquiry_id for item in placings if item.moves]
    await session.execute(_PLACE, {**columns(names, rows), "moving": moving})


async def write_leases(
    session: Session, leases: Sequence[Lease], passed_over: Sequence[PassedOver]
) -> None:
    await session.execute(_LEASE, columns(_LEASE_NAMES, map(astuple, leases)))
    names = "lead_ids rounds manager_ids"
    await session.execute(_SKIP, columns(names, map(astuple, passed_over)))
