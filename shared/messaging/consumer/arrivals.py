"""Events of erased people arrive blank, and those that are held lose what is personal.

Invariant: no handler is given, and nothing is held of, what an erased person has said.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID

from shared.contracts.catalog import TOPIC_BY_NAME
from shared.contracts.erasing import blanked, blanked_payload, contact_of
from shared.database import Session
from shared.messaging.decoding import Placed, ReceivedEvent
from shared.messaging.erased import erased_among
from shared.messaging.outbox.blanking import same
from shared.statements import columns

# A person's own streams have the contact's id as their key; others name it in what they carry.
_HELD = """
SELECT topic, key, version, headers ->> 'ce_type' AS type, payload FROM held
WHERE topic = ANY(CAST(:topics AS text[])) AND (
    key = ANY(CAST(:ids AS text[])) OR encode(payload, 'escape') ~ :pattern)
ORDER BY topic, key, version FOR UPDATE
"""
_WRITE = """
UPDATE held SET payload = n.payload, detail = NULL
FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:versions AS bigint[]),
    CAST(:payloads AS bytea[])) AS n(topic, key, version, payload)
WHERE held.topic = n.topic AND held.key = n.key AND held.version = n.version
"""


async def blank_arrivals(session: Session, received: Sequence[Placed]) -> Sequence[Placed]:
    """The events, those of erased people blanked.

    The caller's transaction has written already: an erasure that commits meanwhile sees it as open,
    and looks again when it has ended.
    """
    ids = {contact_id for item in received if (contact_id := _contact_of(item)) is not None}
    erased = await erased_among(session, ids)
    if not erased:
        return received
    return [_blank(item) if _contact_of(item) in erased else item for item in received]


async def blank_held(session: Session, contact_ids: Collection[UUID]) -> int:
    """Blank what is held of these contacts; how many events were changed."""
    ids = [str(item) for item in contact_ids]
    params = {"ids": ids, "pattern": "|".join(ids), "topics": list(TOPIC_BY_NAME)}
    rows = await session.execute(_HELD, params)
    changes = []
    for row in rows:
        text = bytes(row.payload).decode(errors="replace")
        blank = blanked_payload(row.type or "", text)
        if not _says_the_same(text, blank):
            changes.append((row.topic, row.key, row.version, blank.encode()))
    if changes:
        await session.execute(_WRITE, columns("topics keys versions payloads", changes))
    return len(changes)


def _says_the_same(text: str, blank: str) -> bool:
    try:
        return same(text, blank)
    except ValueError:
        return False


def _contact_of(item: Placed) -> UUID | None:
    if isinstance(item, ReceivedEvent):
        return contact_of(item.event)
    try:
        return UUID(item.envelope.key)
    except ValueError:
        return None


def _blank(item: Placed) -> Placed:
    envelope = item.envelope
    if isinstance(item, ReceivedEvent):
        event = blanked(item.event)
        return ReceivedEvent(envelope._replace(payload=event.model_dump_json()), event)
    payload = blanked_payload(envelope.type, envelope.payload)
    return replace(item, envelope=envelope._replace(payload=payload))
