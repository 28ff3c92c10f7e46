"""Reads, locks and updates rows of leads. Several leads are locked in the order of their ids."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from uuid import UUID

from services.routing.domain.lead import Lead
from services.routing.domain.lead_matching import Group, MergedLead, OpenLead
from shared.database import Row, Session
from shared.errors import NotFoundError

LEASE_COLUMNS = frozenset({"assigned_at", "accept_by", "first_touch_by", "touched_at"})
_COLUMNS = ", ".join(
    f"{'a' if item.name in LEASE_COLUMNS else 'l'}.{item.name}" for item in fields(Lead)
)
_SELECT = f"""
SELECT {_COLUMNS} FROM lead AS l
LEFT JOIN assignment AS a
    ON a.lead_id = l.lead_id AND a.epoch = l.epoch AND l.owner_id IS NOT NULL
"""
_GET = f"{_SELECT} WHERE l.lead_id = :lead_id"
_LOCK = f"""
{_SELECT} WHERE l.lead_id = ANY(CAST(:ids AS uuid[])) ORDER BY l.lead_id FOR UPDATE OF l
"""
_LOCK_GROUPS = """
SELECT lead_id, contact_id, canonical_id, pipeline, is_test, received_at, version, priority_rank,
    accepted_at IS NOT NULL AS accepted, state = 'open' AS open
FROM lead
WHERE (state = 'open' AND canonical_id = ANY(CAST(:canonicals AS uuid[])))
    OR (state = 'open' AND contact_id = ANY(CAST(:contacts AS uuid[])))
    OR lead_id = ANY(ARRAY(
        SELECT lead_id FROM lead_inquiry WHERE inquiry_id = ANY(CAST(:inquiries AS uuid[]))))
    OR lead_id = ANY(ARRAY(
        SELECT coalesce(merged_into, lead_id) FROM lead
        WHERE lead_id = ANY(CAST(:touched AS uuid[]))))
ORDER BY lead_id FOR UPDATE
"""
_LOCK_MERGED = """
SELECT l.lead_id, c.canonical_id, l.pipeline, l.is_test, l.received_at, l.merged_into
FROM lead AS l JOIN contact_link AS c ON c.contact_id = l.contact_id
WHERE l.merged_into = ANY(CAST(:ids AS uuid[])) ORDER BY l.lead_id FOR UPDATE OF l
"""
_RAISE_PRIORITY = """
UPDATE lead AS l SET priority_class = n.priority_class, priority_rank = n.priority_rank,
    queue_at = l.received_at + (l.queue_at - l.received_at)
        * (n.priority_rank / CAST(l.priority_rank AS double precision))
FROM unnest(CAST(:ids AS uuid[]), CAST(:classes AS text[]), CAST(:ranks AS smallint[]))
    AS n(lead_id, priority_class, priority_rank)
WHERE l.lead_id = n.lead_id AND l.closed_at IS NULL AND l.priority_rank > n.priority_rank
RETURNING l.lead_id
"""
_LEAVE_GROUPS = """
UPDATE lead AS l SET canonical_id = l.lead_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:canonicals AS uuid[])) AS n(contact_id, canonical_id)
WHERE l.contact_id = n.contact_id AND l.canonical_id <> n.canonical_id
    AND l.closed_at IS NULL AND l.accepted_at IS NULL
"""
_JOIN_GROUPS = """
UPDATE lead AS l SET canonical_id = n.canonical_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:canonicals AS uuid[])) AS n(contact_id, canonical_id)
WHERE l.contact_id = n.contact_id AND l.canonical_id <> n.canonical_id
"""
_OWNED = """
SELECT l.lead_id, n.place FROM unnest(
    CAST(:contacts AS uuid[]), CAST(:managers AS uuid[])) WITH ORDINALITY
    AS n(contact_id, manager_id, place)
JOIN contact_link AS c ON c.contact_id = n.contact_id
CROSS JOIN LATERAL (
    SELECT lead_id FROM lead
    WHERE canonical_id = c.canonical_id AND state = 'open' AND owner_id IS NOT NULL
        AND (n.manager_id IS NULL OR owner_id = n.manager_id) OFFSET 0
) AS l
"""
_SIBLINGS = """
SELECT m.lead_id, array_agg(s.lead_id ORDER BY s.number) AS others
FROM lead AS m
JOIN lead AS s ON s.canonical_id = m.canonical_id AND s.pipeline = m.pipeline
    AND s.is_test = m.is_test AND s.state = 'open' AND s.lead_id <> m.lead_id
WHERE m.lead_id = ANY(CAST(:ids AS uuid[])) AND m.closed_at IS NULL
GROUP BY m.lead_id
"""


@dataclass(frozen=True, slots=True)
class LockedLead:
    """An open lead under its lock, with the columns needed to attach inquiries to it."""

    lead: OpenLead
    contact_id: UUID
    version: int
    priority_rank: int


def as_lead(row: Row) -> Lead:
    return Lead(**row)


def no_such_lead() -> NotFoundError:
    return NotFoundError("There is no such lead.")


async def get_lead(session: Session, lead_id: UUID) -> Lead:
    """Raises NotFoundError."""
    row = (await session.execute(_GET, {"lead_id": lead_id})).first()
    if row is None:
        raise no_such_lead()
    return as_lead(row)


async def lock_leads(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, Lead]:
    """The leads under their locks, in the order of their ids."""
    if not lead_ids:
        return {}
    rows = await session.execute(_LOCK, {"ids": sorted(lead_ids)})
    return {row["lead_id"]: as_lead(row) for row in rows}


async def lock_groups(
    session: Session,
    canonical_ids: Collection[UUID],
    *,
    contact_ids: Collection[UUID] = (),
    inquiry_ids: Collection[UUID] = (),
    touched_ids: Collection[UUID] = (),
) -> list[LockedLead]:
    """Lock and return the open leads that belong to these canonical contacts or were opened by
    these contacts. The leads of these inquiries and the touched ones are locked too, open or not.
    """
    if not (canonical_ids or contact_ids or inquiry_ids or touched_ids):
        return []
    rows = await session.execute(
        _LOCK_GROUPS,
        {
            "canonicals": list(canonical_ids),
            "contacts": list(contact_ids),
            "inquiries": list(inquiry_ids),
            "touched": list(touched_ids),
        },
    )
    return [
        LockedLead(
            OpenLead(
                row.lead_id,
                Group(row.canonical_id, row.pipeline, row.is_test),
                row.received_at,
                row.accepted,
            ),
            row.contact_id,
            row.version,
            row.priority_rank,
        )
        for row in rows
        if row.open
    ]


async def lock_merged(session: Session, into_ids: Collection[UUID]) -> list[MergedLead]:
    """Lock and return the leads merged into these, each in the present group of its own contact."""
    if not into_ids:
        return []
    rows = await session.execute(_LOCK_MERGED, {"ids": list(into_ids)})
    return [
        MergedLead(
            row.lead_id,
            Group(row.canonical_id, row.pipeline, row.is_test),
            row.received_at,
            row.merged_into,
        )
        for row in rows
    ]


async def raise_priority(session: Session, classes: Mapping[UUID, tuple[str, int]]) -> list[UUID]:
    """Make leads more pressing: lead → (class, rank). Never less. Returns those that became so."""
    if not classes:
        return []
    rows = await session.execute(
        _RAISE_PRIORITY,
        {
            "ids": list(classes),
            "classes": [name for name, _ in classes.values()],
            "ranks": [rank for _, rank in classes.values()],
        },
    )
    return [row.lead_id for row in rows]


async def leave_groups(session: Session, canonicals: Mapping[UUID, UUID]) -> None:
    """Take the waiting leads of contacts that get another canonical contact out of their groups:
    contact → canonical.
    """
    # Two leads may change places. Updated row by row they would violate the unique index, so all of
    # them leave their groups first.
    params = {"ids": list(canonicals), "canonicals": list(canonicals.values())}
    await session.execute(_LEAVE_GROUPS, params)


async def join_groups(session: Session, canonicals: Mapping[UUID, UUID]) -> None:
    """Put leads into the groups of the contacts that opened them: contact → canonical."""
    params = {"ids": list(canonicals), "canonicals": list(canonicals.values())}
    await session.execute(_JOIN_GROUPS, params)


async def find_owned(
    session: Session, pairs: Sequence[tuple[UUID, UUID | None]]
) -> dict[int, list[UUID]]:
    """For each (contact, manager): the open leads of that person that the manager owns, or that
    anybody owns if the manager is None; by the place of the pair.
    """
    rows = await session.execute(
        _OWNED,
        {
            "contacts": [contact_id for contact_id, _ in pairs],
            "managers": [manager_id for _, manager_id in pairs],
        },
    )
    lead_ids_by_place: dict[int, list[UUID]] = {}
    for row in rows:
        lead_ids_by_place.setdefault(row.place - 1, []).append(row.lead_id)
    return lead_ids_by_place


async def siblings_of(session: Session, lead_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Other open leads of the same contact in the same pipeline."""
    rows = await session.execute(_SIBLINGS, {"ids": list(lead_ids)})
    return {row.lead_id: list(row.others) for row in rows}
