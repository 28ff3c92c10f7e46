"""Writes the projections, a set at a time.

An entry is never changed but for one case: its personal data are blanked when its person is erased,
also if the erasure is consumed before the entry. What is added waits in `unsealed` for its chain.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from services.history.domain.entries import TimelineEntry
from services.history.domain.leads import Lead
from services.history.domain.search.documents import SEARCHED_KINDS
from services.history.repository.cards.touched import begin_replay
from services.history.repository.search import documents
from services.history.tables import PROJECTIONS
from shared.contracts.lead_state import InquiryLink
from shared.database import Session
from shared.projection import ContactLink

# More entries are sent in several statements: to encode one is a piece of work without a pause.
MOST_AT_ONCE = 300
_ADD_ENTRIES = """
INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor, contact_id, lead_id, inquiry_id,
    channel, text, facts, open_facts)
SELECT event_id, kind, at, learned_at, actor, contact_id, lead_id, inquiry_id, channel,
    CASE WHEN is_erased THEN NULL ELSE words END,
    CASE WHEN is_erased THEN coalesce(open_facts, facts) ELSE facts END,
    CASE WHEN is_erased THEN NULL ELSE open_facts END
FROM (
    WITH erased AS MATERIALIZED (
        SELECT contact_id FROM erased_contact WHERE contact_id = ANY(CAST(:contacts AS uuid[]))
    )
    SELECT *, n.contact_id IN (SELECT contact_id FROM erased) AS is_erased
    FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:ats AS timestamptz[]),
        CAST(:learned AS timestamptz[]), CAST(:actors AS text[]), CAST(:contacts AS uuid[]),
        CAST(:leads AS uuid[]), CAST(:inquiries AS uuid[]), CAST(:channels AS text[]),
        CAST(:texts AS text[]), CAST(:facts AS jsonb[]), CAST(:open_facts AS jsonb[]))
    AS n(event_id, kind, at, learned_at, actor, contact_id, lead_id, inquiry_id, channel, words,
        facts, open_facts)
    ) AS entry
ON CONFLICT (event_id) DO NOTHING
RETURNING event_id"""
_ADD_INQUIRY_LINKS = """
INSERT INTO inquiry_link (event_id, lead_id, inquiry_id, sign)
SELECT * FROM unnest(CAST(:link_events AS uuid[]), CAST(:link_leads AS uuid[]),
    CAST(:link_inquiries AS uuid[]), CAST(:signs AS smallint[]))
ON CONFLICT DO NOTHING"""
_WRITE_LEADS = """
INSERT INTO lead (lead_id, contact_id, owner_id, merged_into, state, pipeline, stage, opened_at,
    closed_at, amount, currency)
SELECT * FROM unnest(CAST(:lead_ids AS uuid[]), CAST(:lead_contacts AS uuid[]),
    CAST(:owners AS uuid[]), CAST(:merged AS uuid[]), CAST(:states AS text[]),
    CAST(:pipelines AS text[]), CAST(:stages AS text[]), CAST(:opened AS timestamptz[]),
    CAST(:closed AS timestamptz[]), CAST(:amounts AS numeric[]), CAST(:currencies AS text[]))
ON CONFLICT (lead_id) DO UPDATE SET
    owner_id = excluded.owner_id, merged_into = excluded.merged_into, state = excluded.state,
    pipeline = excluded.pipeline, stage = excluded.stage, opened_at = excluded.opened_at,
    closed_at = excluded.closed_at, amount = excluded.amount, currency = excluded.currency"""
_ADD_ASSIGNEES = """
INSERT INTO assignee (lead_id, manager_id)
SELECT * FROM unnest(CAST(:assigned_leads AS uuid[]), CAST(:managers AS uuid[]))
ON CONFLICT DO NOTHING"""
# Only what may hold words waits to be searched in.
_QUEUE_FOR_SEARCH = """
INSERT INTO search_queue (document_id)
SELECT event_id FROM added WHERE kind = ANY(CAST(:searched_kinds AS text[]))"""
# Their cards are computed later, by a loop: see `repository/cards/touched.py`.
_ADD_TOUCHED = """
INSERT INTO touched_contact (contact_id) SELECT * FROM unnest(CAST(:touched AS uuid[]))"""
# The members of an entry, as the statement names them.
_MEMBERS: Final = (
    "ids", "kinds", "ats", "learned", "actors", "contacts", "leads", "inquiries", "channels",
    "texts", "facts", "open_facts",
)  # fmt: skip
# One statement writes all that the events of a batch usually need.
_WRITE = f"""
WITH leads AS ({_WRITE_LEADS}
), links AS ({_ADD_INQUIRY_LINKS}
), assignees AS ({_ADD_ASSIGNEES}
), touched AS ({_ADD_TOUCHED}
), added AS ({_ADD_ENTRIES}, kind
), searched AS ({_QUEUE_FOR_SEARCH}
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


async def write(
    session: Session,
    *,
    entries: Sequence[TimelineEntry],
    leads: Sequence[Lead],
    links: Sequence[InquiryLink],
    assignees: Sequence[tuple[UUID, UUID]],
) -> None:
    """Add entries and links, and write leads as they are now; leads are sorted by id, `assignees`
    are sorted pairs of lead and manager. Entries of erased people are written without personal
    data.
    """
    changes = _changes(leads, links, assignees)
    for begin in range(0, len(entries), MOST_AT_ONCE):
        columns = _columns(entries[begin : begin + MOST_AT_ONCE])
        await session.execute(_WRITE, columns | changes)
        changes = _changes((), (), ())  # they are written


def _columns(entries: Sequence[TimelineEntry]) -> dict[str, Sequence[Any]]:
    """Of entries, of which there are some, and whose cards they touch."""
    columns: dict[str, Sequence[Any]] = dict(zip(_MEMBERS, zip(*entries, strict=True), strict=True))
    return columns | {
        "facts": list(map(_json, columns["facts"])),
        "open_facts": list(map(_json, columns["open_facts"])),
        "touched": list(set(columns["contacts"]) - {None}),
    }


def _changes(
    leads: Sequence[Lead], links: Sequence[InquiryLink], assignees: Sequence[tuple[UUID, UUID]]
) -> dict[str, Any]:
    """All that is not of entries."""
    return {
        "searched_kinds": SEARCHED_KINDS,
        "lead_ids": [lead.lead_id for lead in leads],
        "lead_contacts": [lead.contact_id for lead in leads],
        "owners": [lead.owner_id for lead in leads],
        "merged": [lead.merged_into for lead in leads],
        "states": [lead.state for lead in leads],
        "pipelines": [lead.pipeline for lead in leads],
        "stages": [lead.stage for lead in leads],
        "opened": [lead.opened_at for lead in leads],
        "closed": [lead.closed_at for lead in leads],
        "amounts": [lead.amount for lead in leads],
        "currencies": [lead.currency for lead in leads],
        "link_events": [link.event_id for link in links],
        "link_leads": [link.lead_id for link in links],
        "link_inquiries": [link.inquiry_id for link in links],
        "signs": [link.sign for link in links],
        "assigned_leads": [lead_id for lead_id, _ in assignees],
        "managers": [manager_id for _, manager_id in assignees],
    }


def _json(facts: Mapping[str, Any] | None) -> str | None:
    return None if facts is None else to_json(facts).decode()


async def find_leads(session: Session, lead_ids: Collection[UUID]) -> dict[UUID, Lead]:
    rows = await session.execute(
        "SELECT * FROM lead WHERE lead_id = ANY(CAST(:leads AS uuid[]))",
        {"leads": list(lead_ids)},
    )
    return {row.lead_id: Lead(**row) for row in rows}


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


async def clear(session: Session) -> None:
    """Empty the projections, which a replay fills again; activities, labels and chains stay."""
    names = ", ".join(table.name for table in PROJECTIONS)
    await session.execute(f"TRUNCATE {names}")
    await documents.clear(session)
    await begin_replay(session)
