"""Writes the projections, a set at a time.

An entry is never changed but for one case: its personal data are blanked when its person is erased,
also if the erasure is consumed before the entry. What is added waits in `unsealed` for its chain.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from pydantic_core import to_json

from services.history.domain.entries import IMPERSONAL, TimelineEntry
from services.history.tables import PROJECTIONS
from shared.contracts.lead_state import InquiryLink, LeadState
from shared.database import Session
from shared.projection import ContactLink

# Held shared to write entries and exclusively to erase a person: otherwise an entry and an erasure
# written at the same time would not see each other.
_ERASURE_LOCK = 7_310_901
_IMPERSONAL_NAMES = sorted(IMPERSONAL)

_IMPERSONAL_FACTS = """(
    SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(facts)
    WHERE key = ANY(CAST(:kept AS text[])) OR (key = 'outcome' AND value = '"answered"'))"""
_ADD_ENTRIES = f"""
INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor, contact_id, lead_id, inquiry_id,
    channel, text, facts)
SELECT event_id, kind, at, learned_at, actor, contact_id, lead_id, inquiry_id, channel,
    CASE WHEN is_erased THEN NULL ELSE words END,
    CASE WHEN is_erased THEN {_IMPERSONAL_FACTS} ELSE facts END
FROM (
    WITH erased AS MATERIALIZED (
        SELECT contact_id FROM erased_contact WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
    )
    SELECT *, n.contact_id IN (SELECT contact_id FROM erased) AS is_erased
    FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:ats AS timestamptz[]),
        CAST(:learned AS timestamptz[]), CAST(:actors AS text[]), CAST(:contacts AS uuid[]),
        CAST(:leads AS uuid[]), CAST(:inquiries AS uuid[]), CAST(:channels AS text[]),
        CAST(:texts AS text[]), CAST(:facts AS jsonb[]))
    AS n(event_id, kind, at, learned_at, actor, contact_id, lead_id, inquiry_id, channel, words,
        facts)
    ) AS entry
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id"""
_ADD_INQUIRY_LINKS = """
INSERT INTO inquiry_link (event_id, lead_id, inquiry_id, sign)
SELECT * FROM unnest(CAST(:link_events AS uuid[]), CAST(:link_leads AS uuid[]),
    CAST(:link_inquiries AS uuid[]), CAST(:signs AS smallint[]))
ON CONFLICT DO NOTHING"""
_WRITE_LEADS = """
INSERT INTO lead (lead_id, contact_id, owner_id, merged_into)
SELECT * FROM unnest(CAST(:lead_ids AS uuid[]), CAST(:lead_contacts AS uuid[]),
    CAST(:owners AS uuid[]), CAST(:merged AS uuid[]))
ON CONFLICT (lead_id) DO UPDATE SET
    owner_id = excluded.owner_id, merged_into = excluded.merged_into"""
_ADD_ASSIGNEES = """
INSERT INTO assignee (lead_id, manager_id)
SELECT * FROM unnest(CAST(:assigned_leads AS uuid[]), CAST(:managers AS uuid[]))
ON CONFLICT DO NOTHING"""
# One statement writes all that the events of a batch usually need.
_WRITE = f"""
WITH leads AS ({_WRITE_LEADS}
), links AS ({_ADD_INQUIRY_LINKS}
), assignees AS ({_ADD_ASSIGNEES}
), added AS ({_ADD_ENTRIES}
)
INSERT INTO unsealed (event_id) SELECT event_id FROM added
"""
_WRITE_CONTACT_LINKS = """
INSERT INTO contact_link AS c (contact_id, canonical_id, version)
SELECT * FROM unnest(CAST(:contacts AS uuid[]), CAST(:canonicals AS uuid[]),
    CAST(:versions AS bigint[]))
ON CONFLICT (contact_id) DO UPDATE SET
    canonical_id = excluded.canonical_id, version = excluded.version
WHERE c.version < excluded.version
"""
_ADD_ERASED = """
INSERT INTO erased_contact (contact_id) SELECT * FROM unnest(CAST(:contacts AS uuid[]))
ON CONFLICT DO NOTHING
"""
_BLANK_ENTRIES = f"""
UPDATE timeline_entry SET text = NULL, facts = {_IMPERSONAL_FACTS}
WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
"""
# Without its salt, a link's digest of what is personal tells nothing about it any more.
_UNSALT = """
UPDATE chain_link SET salt = NULL WHERE salt IS NOT NULL AND event_id IN (
    SELECT event_id FROM timeline_entry WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
    UNION ALL
    SELECT activity_id FROM activity WHERE contact_id = ANY(CAST(:contacts AS uuid[])))
"""
# Reporters choose the names of their facts, so that no name keeps a value from being personal.
_ANSWERED = """CASE WHEN facts ->> 'outcome' = 'answered'
    THEN jsonb '{"outcome": "answered"}' ELSE jsonb '{}' END"""
_BLANK_ACTIVITIES = f"""
UPDATE activity SET text = NULL, facts = {_ANSWERED}
WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
"""
# What waits for its lead to be the reporter's is shown meanwhile, and names the person only by it.
_BLANK_WAITING = f"""
UPDATE activity SET text = NULL, facts = {_ANSWERED}
WHERE activity_id IN (
    SELECT activity_id FROM activity LEFT JOIN lead USING (lead_id)
    JOIN erased_contact AS erased
        ON erased.contact_id = coalesce(lead.contact_id, activity.contact_id)
    WHERE recorded_at IS NULL AND (CAST(:id AS uuid) IS NULL OR activity_id = :id)
        AND (text IS NOT NULL OR facts <> {_ANSWERED})
    ORDER BY activity_id FOR UPDATE OF activity SKIP LOCKED)
"""
_BLANK_JOURNAL = """
UPDATE journal SET payload = CAST(CAST(payload AS jsonb) || jsonb_build_object(
    'text', NULL, 'facts', CASE WHEN payload #>> '{facts,outcome}' = 'answered'
        THEN jsonb '{"outcome": "answered"}' ELSE jsonb '{}' END) AS json)
WHERE topic = 'activities' AND key = ANY(CAST(:keys AS text[]))
"""


async def guard_erasure(session: Session, *, erasing: bool = False) -> None:
    """Take the lock between entries and erasures, exclusive if `erasing`, until the commit."""
    call = "pg_advisory_xact_lock" if erasing else "pg_advisory_xact_lock_shared"
    await session.execute(f"SELECT {call}(:lock)", {"lock": _ERASURE_LOCK})


async def erased_among(session: Session, contact_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the contacts that were erased."""
    rows = await session.execute(
        "SELECT contact_id FROM erased_contact WHERE contact_id = ANY(CAST(:contacts AS uuid[]))",
        {"contacts": list(contact_ids)},
    )
    return frozenset(rows.scalars())


async def write(
    session: Session,
    *,
    entries: Sequence[TimelineEntry],
    leads: Sequence[LeadState],
    links: Sequence[InquiryLink],
    assignees: Sequence[tuple[UUID, UUID]],
) -> None:
    """Add entries and links, and write leads as they are now; leads are sorted by id, `assignees`
    are sorted pairs of lead and manager. Entries of erased people are written without personal
    data.
    """
    if not entries:
        return
    await session.execute(
        _WRITE,
        {
            "ids": [entry.event_id for entry in entries],
            "kinds": [entry.kind for entry in entries],
            "ats": [entry.at for entry in entries],
            "learned": [entry.learned_at for entry in entries],
            "actors": [entry.actor for entry in entries],
            "contacts": [entry.contact_id for entry in entries],
            "leads": [entry.lead_id for entry in entries],
            "inquiries": [entry.inquiry_id for entry in entries],
            "channels": [entry.channel for entry in entries],
            "texts": [entry.text for entry in entries],
            "facts": [to_json(entry.facts).decode() for entry in entries],
            "kept": _IMPERSONAL_NAMES,
            "lead_ids": [lead.lead_id for lead in leads],
            "lead_contacts": [lead.contact_id for lead in leads],
            "owners": [lead.owner_id for lead in leads],
            "merged": [lead.merged_into for lead in leads],
            "link_events": [link.event_id for link in links],
            "link_leads": [link.lead_id for link in links],
            "link_inquiries": [link.inquiry_id for link in links],
            "signs": [link.sign for link in links],
            "assigned_leads": [lead_id for lead_id, _ in assignees],
            "managers": [manager_id for _, manager_id in assignees],
        },
    )


async def find_leads(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, LeadState]:
    rows = await session.execute(
        "SELECT lead_id, contact_id, owner_id, merged_into FROM lead"
        " WHERE lead_id = ANY(CAST(:leads AS uuid[]))",
        {"leads": list(lead_ids)},
    )
    return {row.lead_id: LeadState(**row) for row in rows}


async def write_contact_links(session: Session, links: Sequence[ContactLink]) -> None:
    """Write the links, sorted by contact. A stored link of a higher version stays."""
    if links:
        await session.execute(
            _WRITE_CONTACT_LINKS,
            {
                "contacts": [link.contact_id for link in links],
                "canonicals": [link.canonical_id for link in links],
                "versions": [link.version for link in links],
            },
        )


async def erase(session: Session, contact_ids: Sequence[UUID]) -> None:
    """Blank the personal data of these contacts in entries, activities and history's journal."""
    await _remember_erased(session, contact_ids)
    params = {"contacts": list(contact_ids), "kept": _IMPERSONAL_NAMES}
    await session.execute(_BLANK_ENTRIES, params)
    await session.execute(_BLANK_ACTIVITIES, params)
    await _unsalt(session, contact_ids)
    await blank_waiting(session)
    await _blank_journal(session, contact_ids)


async def _remember_erased(session: Session, contact_ids: Sequence[UUID]) -> None:
    await session.execute(_ADD_ERASED, {"contacts": list(contact_ids)})


async def _unsalt(session: Session, contact_ids: Sequence[UUID]) -> None:
    await session.execute(_UNSALT, {"contacts": list(contact_ids)})


async def blank_waiting(session: Session, *, activity_id: UUID | None = None) -> None:
    """Blank what waits to be confirmed and is about an erased person: all, or `activity_id`."""
    await session.execute(_BLANK_WAITING, {"id": activity_id})


async def _blank_journal(session: Session, contact_ids: Sequence[UUID]) -> None:
    """Blank the journal's events of these contacts."""
    # A blanked event stays valid: a consumer that is rebuilt from the journal has to apply it.
    await session.execute(_BLANK_JOURNAL, {"keys": [str(item) for item in contact_ids]})


async def clear(session: Session) -> None:
    """Empty the projections, which a replay fills again; reported activities and chains stay."""
    names = ", ".join(table.name for table in PROJECTIONS)
    await session.execute(f"TRUNCATE {names}")
