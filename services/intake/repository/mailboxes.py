"""How far each mailbox has been read. The place moves in the transaction that stores the mails.

Invariant: it moves only forward, and only within the numbering that it was read from.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.intake.repository.arrivals import Arrival
from shared.database import Row, Session
from shared.errors import ConflictError
from shared.spool import Spool

_FIND: Final = "SELECT * FROM mailbox WHERE source_id = :source_id"
_OPEN: Final = """
INSERT INTO mailbox (source_id, folder_digest, uid_validity, last_uid, walk_until, begins_at)
VALUES (:source_id, :folder_digest, :uid_validity, :last_uid, :walk_until, :begins_at)
ON CONFLICT (source_id) DO UPDATE SET folder_digest = excluded.folder_digest,
    uid_validity = excluded.uid_validity, last_uid = excluded.last_uid,
    walk_until = excluded.walk_until, begins_at = excluded.begins_at"""
_MOVE: Final = """
UPDATE mailbox SET last_uid = :uid
WHERE source_id = :source_id AND uid_validity = :uid_validity AND last_uid < :uid
RETURNING last_uid"""
_ADD: Final = """
INSERT INTO submission (submission_id, source_id, native, key_digest, body_digest,
    method, rest, query, headers, body, received_at, traceparent, body_bytes)
VALUES (:submission_id, :source_id, :native, :key_digest, :body_digest,
    :method, :rest, :query, :headers, :body, :received_at, :traceparent, :body_bytes)
ON CONFLICT DO NOTHING RETURNING submission_id"""
_ADD_PIECE: Final = """
INSERT INTO submission_piece (submission_id, place, bytes)
VALUES (:submission_id, :place, :bytes)"""
_WELL: Final = """
UPDATE mailbox SET checked_at = :now, failing_since = NULL, failure = NULL
WHERE source_id = :source_id"""
_FAILED: Final = """
INSERT INTO mailbox (source_id, last_uid, walk_until, failing_since, failure)
VALUES (:source_id, 0, 0, :now, :failure)
ON CONFLICT (source_id) DO UPDATE SET failure = excluded.failure,
    failing_since = coalesce(mailbox.failing_since, excluded.failing_since)"""
_COUNT: Final = """
SELECT count(*) FILTER (WHERE m.failing_since IS NOT NULL) AS failing,
    count(*) FILTER (WHERE m.failing_since IS NULL AND m.checked_at IS NOT NULL) AS well,
    count(*) FILTER (WHERE m.failing_since IS NULL AND m.checked_at IS NULL) AS new
FROM source AS s LEFT JOIN mailbox AS m USING (source_id)
WHERE s.adapter = 'imap' AND s.enabled"""


class MovedElsewhereError(ConflictError):
    """The place in the mailbox is not the one from which was read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading stands: mails up to `last_uid` are stored or passed over.

    Up to `walk_until`, mails from before `begins_at` are passed over.
    """

    uid_validity: int
    last_uid: int
    walk_until: int
    begins_at: datetime


async def find_mailbox(session: Session, source_id: UUID) -> Row | None:
    return (await session.execute(_FIND, {"source_id": source_id})).first()


async def begin_mailbox(
    session: Session, source_id: UUID, place: Place, *, folder_digest: bytes
) -> None:
    """Begin at a place, whatever the former one was."""
    await session.execute(
        _OPEN,
        {
            "source_id": source_id,
            "folder_digest": folder_digest,
            "uid_validity": place.uid_validity,
            "last_uid": place.last_uid,
            "walk_until": place.walk_until,
            "begins_at": place.begins_at,
        },
    )


async def move_mailbox(session: Session, source_id: UUID, *, uid_validity: int, uid: int) -> None:
    """Raises MovedElsewhereError."""
    parameters = {"source_id": source_id, "uid_validity": uid_validity, "uid": uid}
    if (await session.execute(_MOVE, parameters)).first() is None:
        raise MovedElsewhereError("Somebody else reads this mailbox.")


async def add_mail(session: Session, arrival: Arrival, body: Spool, *, in_pieces: bool) -> bool:
    """Store a mail. False if the same bytes came before."""
    values = {**arrival._asdict(), "body_bytes": body.size if in_pieces else None}
    if (await session.execute(_ADD, values)).first() is None:
        return False
    if in_pieces:
        place = 0
        async for piece in body.pieces():
            row = {"submission_id": arrival.submission_id, "place": place, "bytes": piece}
            await session.execute(_ADD_PIECE, row)
            place += 1
    return True


async def note_well(session: Session, source_id: UUID, *, now: datetime) -> None:
    await session.execute(_WELL, {"source_id": source_id, "now": now})


async def note_failure(session: Session, source_id: UUID, failure: str, *, now: datetime) -> None:
    """`failure` is a class of errors, never a server's words."""
    await session.execute(_FAILED, {"source_id": source_id, "now": now, "failure": failure})


async def count_mailboxes(session: Session) -> dict[str, int]:
    """Enabled mailboxes: well, failing, and new, which were not read yet."""
    row = (await session.execute(_COUNT)).one()
    return {name: int(row[name]) for name in ("well", "failing", "new")}
