"""Mails of one mailbox become submissions, the oldest first.

Invariant: the place in the mailbox moves in the commit that stores the mail.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from services.intake.channels.email.mailbox_options import MailboxOptions
from services.intake.channels.parsing import raw_mails
from services.intake.domain.keys import key_digest
from services.intake.domain.requests import SourceView
from services.intake.repository import mailboxes
from services.intake.repository.arrivals import Arrival
from services.intake.repository.large_arrivals import LARGE_BYTES
from services.intake.repository.mailboxes import Place
from services.intake.use_cases.mailboxes.imap_client import Entry, ImapClient, Opened
from services.intake.use_cases.repair import ARRIVED
from shared.clock import Clock
from shared.database import Database, Row, transaction
from shared.ids import new_id
from shared.observability.tracing import started
from shared.spool import PIECE_BYTES, Spool

WINDOW = 2_000  # UIDs asked for at once
MAX_MAIL_BYTES = 52_428_800  # of a mail; what is longer is stored cut, so that its words are there

T = TypeVar("T")
Call = Callable[..., Awaitable[Any]]


@dataclass(eq=False)
class Mailbox:
    """`call` runs a call of the client in its thread."""

    database: Database
    clock: Clock
    source: SourceView
    options: MailboxOptions
    client: ImapClient
    call: Call

    @property
    def source_id(self) -> UUID:
        return self.source.source_id

    @property
    def folder_digest(self) -> bytes:
        """Tells the mailbox from another that the source named before."""
        words = repr((*self.options.address, self.options.username, self.options.mailbox))
        return hashlib.sha256(words.encode()).digest()


async def begin(mailbox: Mailbox, opened: Opened) -> Place:
    """Where to go on reading.

    A new mailbox is read from now on or from the day the source names. One whose UIDs are numbered
    anew is walked again from its beginning, and what was stored before is known by its bytes or id.
    """
    digest = mailbox.folder_digest
    newest = opened.uid_next - 1 if opened.uid_next else await _newest(mailbox)
    async with transaction(mailbox.database) as session:
        row = await mailboxes.find_mailbox(session, mailbox.source_id)
        is_known = row is not None and row["folder_digest"] == digest
        if row is not None and is_known and same_numbering(row, opened):
            return Place(row["uid_validity"], row["last_uid"], row["walk_until"], row["begins_at"])
        begins_at = row["begins_at"] if row is not None and is_known else None
        since = mailbox.options.since
        walks = begins_at is not None or since is not None
        place = Place(
            uid_validity=opened.uid_validity,
            last_uid=0 if walks else newest,
            walk_until=newest,
            begins_at=begins_at or _start_of(since, mailbox.source) or mailbox.clock(),
        )
        await mailboxes.begin_mailbox(session, mailbox.source_id, place, folder_digest=digest)
    return place


def same_numbering(row: Row, opened: Opened) -> bool:
    """Whether the UIDs mean the mails that they meant before."""
    return bool(row["uid_validity"] == opened.uid_validity)


async def _newest(mailbox: Mailbox) -> int:
    entries = await mailbox.call(mailbox.client.entries, 1, None)
    return max((entry.uid for entry in entries), default=0)


def _start_of(day: Any, source: SourceView) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day, time(), ZoneInfo(source.time_zone)).astimezone(UTC)


async def take_new(mailbox: Mailbox, place: Place, on_mail: Callable[[], None]) -> Place:
    """Store what is beyond the place, window by window. Raises MovedElsewhereError."""
    while True:
        first = place.last_uid + 1
        end = first + WINDOW - 1
        is_last = end >= place.walk_until
        entries = await mailbox.call(mailbox.client.entries, first, None if is_last else end)
        for entry in entries:
            is_old = (
                entry.uid <= place.walk_until
                and entry.received_at is not None
                and entry.received_at < place.begins_at
            )
            place = await (_pass_over if is_old else take_mail)(mailbox, place, entry.uid, entry)
            on_mail()
        if is_last:
            return place
        if place.last_uid < end:
            place = await _pass_over(mailbox, place, end, None)
        on_mail()


async def _pass_over(mailbox: Mailbox, place: Place, uid: int, _entry: Entry | None) -> Place:
    async with transaction(mailbox.database) as session:
        await _move(session, mailbox, place, uid)
    return replace(place, last_uid=uid)


async def take_mail(mailbox: Mailbox, place: Place, uid: int, entry: Entry | None) -> Place:
    assert entry is not None
    with Spool() as spool:
        if not await _fetch(mailbox, entry, spool):
            return await _pass_over(mailbox, place, uid, None)  # somebody has removed it
        in_pieces = spool.size > LARGE_BYTES
        arrival = _arrival(mailbox, entry, spool, in_pieces=in_pieces)
        async with transaction(mailbox.database) as session:
            await mailboxes.add_mail(session, arrival, spool, in_pieces=in_pieces)
            await _move(session, mailbox, place, uid)
            session.notify_after_commit(ARRIVED)
    if mailbox.options.mark_seen:
        await mailbox.call(mailbox.client.mark_seen, uid)
    return replace(place, last_uid=uid)


async def _move(session: Any, mailbox: Mailbox, place: Place, uid: int) -> None:
    await mailboxes.move_mailbox(
        session, mailbox.source_id, uid_validity=place.uid_validity, uid=uid
    )


async def _fetch(mailbox: Mailbox, entry: Entry, spool: Spool) -> bool:
    """Whether the mail is still there."""
    while spool.size < MAX_MAIL_BYTES:
        piece = await mailbox.call(mailbox.client.piece, entry.uid, spool.size, PIECE_BYTES)
        if piece is None:
            return spool.size > 0
        await spool.write(piece)
        # A server's idea of a mail's length may differ from what it sends: a short piece ends it.
        if len(piece) < PIECE_BYTES:
            break
    return True


def _arrival(mailbox: Mailbox, entry: Entry, spool: Spool, *, in_pieces: bool) -> Arrival:
    key = raw_mails.message_id(spool.head(raw_mails.MAX_HEAD)) or spool.digest.hex()
    pairs = (
        raw_mails.CONTENT_TYPE,
        ("x-mailbox-uid", str(entry.uid)),
        ("x-mailbox-received", entry.received_at.isoformat() if entry.received_at else ""),
    )
    return Arrival(
        submission_id=new_id(),
        source_id=mailbox.source_id,
        native=False,
        key_digest=key_digest(key),
        body_digest=spool.digest,
        method="IMAP",
        rest="",
        query="",
        headers=b"\n".join(f"{name}:{value}".encode() for name, value in pairs),
        body=b"" if in_pieces else spool.head(LARGE_BYTES),
        received_at=mailbox.clock(),
        traceparent=started(None),
    )
