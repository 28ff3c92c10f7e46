"""Blanks what is personal of people who are erased: words go, ids, times and counts stay."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.history.repository.search import documents
from shared.database import Session

# Held shared to write entries and exclusively to erase a person: otherwise an entry and an erasure
# written at the same time would not see each other.
_ERASURE_LOCK = 7_310_901
_BLANK_ENTRIES = """
UPDATE timeline_entry SET text = NULL, facts = coalesce(open_facts, facts), open_facts = NULL
WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
    AND (text IS NOT NULL OR open_facts IS NOT NULL)
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
    AND (text IS NOT NULL OR facts <> {_ANSWERED})
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


async def blank(session: Session, contact_ids: Sequence[UUID]) -> dict[str, int]:
    """Blank the personal data of these contacts in entries, activities and history's journal, and
    count the rows that were changed, by table.
    """
    params = {"contacts": list(contact_ids)}
    entries = await _changed(session, _BLANK_ENTRIES, params)
    activities = await _changed(session, _BLANK_ACTIVITIES, params)
    await _unsalt(session, contact_ids)
    await blank_waiting(session)
    await documents.remove(session, contact_ids)
    await _blank_journal(session, contact_ids)
    return {"timeline_entry": entries, "activity": activities}


async def _changed(session: Session, update: str, params: Mapping[str, object]) -> int:
    counted = f"WITH changed AS ({update} RETURNING 1) SELECT count(*) FROM changed"
    return int(await session.scalar(counted, params))


async def _unsalt(session: Session, contact_ids: Sequence[UUID]) -> None:
    await session.execute(_UNSALT, {"contacts": list(contact_ids)})


async def blank_waiting(session: Session, *, activity_id: UUID | None = None) -> None:
    """Blank what waits to be confirmed and is about an erased person: all, or `activity_id`."""
    await session.execute(_BLANK_WAITING, {"id": activity_id})


async def _blank_journal(session: Session, contact_ids: Sequence[UUID]) -> None:
    """Blank the journal's events of these contacts."""
    # A blanked event stays valid: a consumer that is rebuilt from the journal has to apply it.
    await session.execute(_BLANK_JOURNAL, {"keys": [str(item) for item in contact_ids]})
