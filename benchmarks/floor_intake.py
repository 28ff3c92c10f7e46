"""The floor's intake: submissions are stored in one statement, and normalised in two."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

import phonenumbers

from benchmarks.floor_messages import EMIT, Draft, Event, draft, emit_columns

_NAMES: Final = UUID(int=7)
_STORE: Final = """
INSERT INTO submission (submission_id, source_id, body_digest, headers, body, received_at)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::bytea[], $6::timestamptz[])
ON CONFLICT DO NOTHING
"""
_POINTS: Final = """
SELECT kind, value, contact_id FROM contact_point
WHERE kind = ANY($1::text[]) AND value = ANY($2::text[]) ORDER BY kind, value FOR NO KEY UPDATE
"""
# $6 source, $7 submissions, $8 digests of external ids, $9 contacts, $10 details,
# $11 kinds, $12 values and $13 contacts of points, $14 inquiries, $15 moments, $16 contents
_SETTLE: Final = f"""
WITH {EMIT}, records AS (
    INSERT INTO external_record (source_id, digest, submission_id)
    SELECT $6, digest, id FROM unnest($8::bytea[], $7::uuid[]) AS t(digest, id) ORDER BY digest
    ON CONFLICT DO NOTHING
), contacts AS (
    INSERT INTO contact (contact_id, canonical_id, details, created_at)
    SELECT id, id, details::json, now() FROM unnest($9::uuid[], $10::text[]) AS c(id, details)
    ON CONFLICT DO NOTHING
), points AS (
    INSERT INTO contact_point (kind, value, contact_id)
    SELECT * FROM unnest($11::text[], $12::text[], $13::uuid[]) ON CONFLICT DO NOTHING
), inquiries AS (
    INSERT INTO inquiry (inquiry_id, contact_id, submission_id, received_at, content)
    SELECT id, contact, submission, at, content::json
    FROM unnest($14::uuid[], $9::uuid[], $7::uuid[], $15::timestamptz[], $16::text[])
        AS i(id, contact, submission, at, content)
), settled AS (
    UPDATE submission AS s SET state = 'normalised', inquiry_id = n.inquiry
    FROM unnest($7::uuid[], $14::uuid[]) AS n(submission, inquiry)
    WHERE s.submission_id = n.submission AND s.state = 'pending'
)
SELECT version FROM written ORDER BY id
"""


class Submission(NamedTuple):
    submission_id: UUID
    body: bytes
    received_at: datetime


class Inquiry(NamedTuple):
    """A submission that was read: who it is by its points, and what is told of it."""

    submission: Submission
    contact_id: UUID
    inquiry_id: UUID
    points: tuple[tuple[str, str], ...]
    external_digest: bytes
    received: Draft
    changed: Draft


async def store(connection: Any, source_id: UUID, batch: Sequence[Submission]) -> None:
    """One statement, and with it one commit."""
    await connection.execute(
        _STORE,
        [item.submission_id for item in batch],
        [source_id] * len(batch),
        [hashlib.sha256(item.body).digest() for item in batch],
        [b"content-type:application/json"] * len(batch),
        [item.body for item in batch],
        [item.received_at for item in batch],
    )


async def normalise(connection: Any, source_id: UUID, batch: Sequence[Submission]) -> list[Event]:
    """Resolve who they are, write what they say; gives the events once they are committed."""
    contents = [json.loads(item.body) for item in batch]
    points = [_points(content["contact"]) for content in contents]
    async with connection.transaction():
        kinds, values = zip(*(point for each in points for point in each), strict=True)
        rows = await connection.fetch(_POINTS, list(set(kinds)), list(values))
        contacts = {(row["kind"], row["value"]): row["contact_id"] for row in rows}
        inquiries = [
            _inquiry(item, content, each, contacts)
            for item, content, each in zip(batch, contents, points, strict=True)
        ]
        drafts = [event for item in inquiries for event in (item.received, item.changed)]
        rows = await connection.fetch(
            _SETTLE, *emit_columns(drafts), source_id, *_columns(inquiries)
        )
    return [Event(row["version"], item) for row, item in zip(rows, drafts, strict=True)]


def _points(contact: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    number = phonenumbers.parse(contact["phones"][0], "RU")
    phone = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return ("phone", phone), ("email", contact["emails"][0].lower())


def _inquiry(
    submission: Submission,
    content: dict[str, Any],
    points: tuple[tuple[str, str], ...],
    contacts: dict[tuple[str, str], UUID],
) -> Inquiry:
    earlier = next((contacts[point] for point in points if point in contacts), None)
    contact_id = earlier or uuid5(_NAMES, f"contact {submission.submission_id}")
    inquiry_id = uuid5(_NAMES, f"inquiry {submission.submission_id}")
    for point in points:
        contacts.setdefault(point, contact_id)
    content |= {
        "inquiry_id": str(inquiry_id),
        "contact_id": str(contact_id),
        "received_at": submission.received_at.isoformat(),
    }
    details = {"contact_id": str(contact_id), "details": content["contact"]}
    return Inquiry(
        submission,
        contact_id,
        inquiry_id,
        points,
        hashlib.sha256(content["external_id"].encode()).digest(),
        draft("inquiries", contact_id, "inquiry.received.v1", content),
        draft("contacts", contact_id, "contact.changed.v1", details),
    )


def _columns(inquiries: Sequence[Inquiry]) -> tuple[list[Any], ...]:
    points = [(*point, item.contact_id) for item in inquiries for point in item.points]
    return (
        [item.submission.submission_id for item in inquiries],
        [item.external_digest for item in inquiries],
        [item.contact_id for item in inquiries],
        [item.changed.payload for item in inquiries],
        [kind for kind, _, _ in points],
        [value for _, value, _ in points],
        [contact for _, _, contact in points],
        [item.inquiry_id for item in inquiries],
        [item.submission.received_at for item in inquiries],
        [item.received.payload for item in inquiries],
    )
