"""Rows of contacts and inquiries as intake's own events have them."""

from collections.abc import Sequence
from datetime import datetime

from services.intake.domain.restoring import Restored, RestoredInquiry
from services.intake.repository.consents import add_consents, write_refusals
from shared.database import Session
from shared.ids import new_id
from shared.statements import columns

_CONTACTS = """
INSERT INTO contact AS c (contact_id, canonical_id, created_at, changed_at, has_inquiry, details)
SELECT contact_id, contact_id, at, :now, has_inquiry, CAST(coalesce(details, first) AS json)
FROM unnest(CAST(:ids AS uuid[]), CAST(:ats AS timestamptz[]), CAST(:asked AS boolean[]),
    CAST(:details AS text[]), CAST(:firsts AS text[]))
    AS n(contact_id, at, has_inquiry, details, first)
ORDER BY contact_id
ON CONFLICT (contact_id) DO NOTHING
"""
_CHANGE = """
UPDATE contact AS c SET created_at = least(c.created_at, n.at), changed_at = :now,
    details = coalesce(CAST(n.details AS json), c.details)
FROM unnest(CAST(:ids AS uuid[]), CAST(:ats AS timestamptz[]), CAST(:details AS text[]))
    AS n(contact_id, at, details)
WHERE c.contact_id = n.contact_id
"""
_RELINK = """
UPDATE contact AS c SET canonical_id = n.canonical_id, changed_at = n.at
FROM unnest(CAST(:ids AS uuid[]), CAST(:canonicals AS uuid[]), CAST(:ats AS timestamptz[]))
    AS n(contact_id, canonical_id, at)
WHERE c.contact_id = n.contact_id
"""
_ASKED = """
UPDATE contact AS p SET has_inquiry = true
FROM contact AS c
WHERE c.contact_id = ANY(CAST(:ids AS uuid[])) AND p.contact_id = c.canonical_id
    AND NOT p.has_inquiry
"""
# Merges that join two people are undone; each contact with another canonical one has its own.
_UNDO = """
UPDATE contact_merge AS m SET undone_at = :now, undone_by = 'restored', undone_reason = 'restored'
FROM contact AS l, contact AS w
WHERE m.undone_at IS NULL AND l.contact_id = m.loser_id AND w.contact_id = m.winner_id
    AND l.canonical_id <> w.canonical_id
    AND (l.contact_id = ANY(CAST(:ids AS uuid[])) OR w.contact_id = ANY(CAST(:ids AS uuid[])))
"""
_MERGE = """
INSERT INTO contact_merge (merge_id, batch_id, loser_id, winner_id, reason, at)
SELECT merge_id, batch_id, contact_id, canonical_id, reason, at
FROM unnest(CAST(:merges AS uuid[]), CAST(:batches AS uuid[]), CAST(:ids AS uuid[]),
    CAST(:canonicals AS uuid[]), CAST(:reasons AS text[]), CAST(:ats AS timestamptz[]))
    AS n(merge_id, batch_id, contact_id, canonical_id, reason, at)
WHERE contact_id <> canonical_id AND NOT EXISTS (
    SELECT FROM contact_merge AS m WHERE m.undone_at IS NULL AND m.loser_id = n.contact_id
        AND m.winner_id = n.canonical_id)
"""
_POINTS = """
INSERT INTO contact_point AS p (kind, value, contact_id, people)
SELECT kind, value, contact_id, string_to_array(people, ' ')
FROM unnest(CAST(:kinds AS text[]), CAST(:values AS text[]), CAST(:owners AS uuid[]),
    CAST(:people AS text[])) AS n(kind, value, contact_id, people)
ORDER BY kind, value
ON CONFLICT (kind, value) DO UPDATE SET contact_id = coalesce(p.contact_id, excluded.contact_id),
    people = excluded.people
"""
# A source that is gone took its secrets with it: its inquiries have no row to point at.
_INQUIRIES = """
INSERT INTO inquiry (inquiry_id, contact_id, submission_id, source_id, channel, received_at,
    normalised_at, content)
SELECT inquiry_id, contact_id, submission_id, source_id, channel, received_at, at,
    CAST(content AS json)
FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:submissions AS uuid[]),
    CAST(:sources AS uuid[]), CAST(:channels AS text[]),
    CAST(:times AS timestamptz[]), CAST(:ats AS timestamptz[]), CAST(:contents AS text[]))
    AS n(inquiry_id, contact_id, submission_id, source_id, channel, received_at, at, content)
JOIN source USING (source_id)
ORDER BY inquiry_id
ON CONFLICT DO NOTHING
"""
_RECORDS = """
INSERT INTO external_record (source_id, external_id_digest, submission_id, inquiry_id)
SELECT source_id, digest, submission_id, inquiry_id
FROM unnest(CAST(:sources AS uuid[]), CAST(:digests AS bytea[]), CAST(:submissions AS uuid[]),
    CAST(:inquiries AS uuid[])) AS n(source_id, digest, submission_id, inquiry_id)
JOIN source USING (source_id)
ORDER BY source_id, digest
ON CONFLICT DO NOTHING
"""
# What the backup has as pending was normalised: it must not be again.
_SETTLE = """
UPDATE submission AS s SET state = 'normalised', reason = NULL, settled_at = n.at,
    external_id = n.external_id, inquiry_ids = ARRAY(
        SELECT inquiry_id FROM inquiry AS i WHERE i.submission_id = s.submission_id
        ORDER BY inquiry_id)
FROM unnest(CAST(:submissions AS uuid[]), CAST(:ats AS timestamptz[]), CAST(:externals AS text[]))
    AS n(submission_id, at, external_id)
WHERE s.submission_id = n.submission_id
"""


async def write_people(session: Session, rows: Restored, *, now: datetime) -> None:
    """Write contacts, the links between them, and points."""
    contacts = [
        (
            *(item.contact_id, item.created_at, item.has_inquiry),
            item.details.model_dump_json() if item.details is not None else None,
            item.first_details.model_dump_json(),
        )
        for item in rows.contacts.values()
    ]
    params = {**columns("ids ats asked details firsts", contacts), "now": now}
    await session.execute(_CONTACTS, params)
    await session.execute(_CHANGE, params)
    await _write_links(session, rows, now=now)
    contact_ids = [item.contact_id for item in rows.contacts.values() if item.has_inquiry]
    await session.execute(_ASKED, {"ids": contact_ids})
    points = [
        (point.kind, point.value, rows.owners.get(point), " ".join(facts.people))
        for point, facts in rows.points.items()
    ]
    await session.execute(_POINTS, columns("kinds values owners people", points))


async def _write_links(session: Session, rows: Restored, *, now: datetime) -> None:
    relinks = list(rows.relinks.values())
    if not relinks:
        return
    # Contacts that these links name and that are not known yet: their own events may follow.
    at_by_id = {item.canonical_id: item.relinked_at for item in relinks}
    at_by_id |= {item.contact_id: item.relinked_at for item in relinks}
    stubs = [(contact_id, at, False, None, "{}") for contact_id, at in at_by_id.items()]
    await session.execute(_CONTACTS, {**columns("ids ats asked details firsts", stubs), "now": now})
    params = {
        "merges": [new_id() for _ in relinks],
        **columns(
            "batches ids canonicals reasons ats",
            [
                (item.batch_id, item.contact_id, item.canonical_id, item.reason, item.relinked_at)
                for item in relinks
            ],
        ),
        "now": now,
    }
    await session.execute(_RELINK, params)
    await session.execute(_UNDO, params)
    await session.execute(_MERGE, params)


async def write_consents(session: Session, rows: Restored) -> None:
    """Write consents and refusals; their contacts are there."""
    if rows.consents:
        await add_consents(session, rows.consents)
    for event in rows.refusals:
        await write_refusals(
            session,
            event.contact_id,
            event.do_not_contact or (),
            at=event.changed_at,
            by=event.actor or "restored",
            reason=event.reason,
        )


async def write_inquiries(session: Session, inquiries: Sequence[RestoredInquiry]) -> None:
    """Write inquiries, and settle those of their submissions that are here."""
    rows = [
        (
            *(item.event.inquiry_id, item.event.contact_id, item.submission_id),
            *(item.event.source_id, item.event.channel, item.event.received_at),
            *(item.normalised_at, item.content),
        )
        for item in inquiries
    ]
    names = "ids contacts submissions sources channels times ats contents"
    await session.execute(_INQUIRIES, columns(names, rows))
    records = [
        (
            item.event.source_id,
            item.external_digest,
            item.submission_id,
            item.event.inquiry_id,
        )
        for item in inquiries
        if item.external_digest is not None
    ]
    await session.execute(_RECORDS, columns("sources digests submissions inquiries", records))
    settled = {
        item.submission_id: (item.submission_id, item.normalised_at, item.event.external_id)
        for item in inquiries
    }
    await session.execute(_SETTLE, columns("submissions ats externals", settled.values()))
