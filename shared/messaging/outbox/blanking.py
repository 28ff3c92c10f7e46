"""Blanks a person's events in the journal, where they stand: their place, type and version stay.

Invariant: a blanked event stays valid, because a consumer that is rebuilt has to apply it.
"""

import json
from collections.abc import Collection, Sequence
from typing import NamedTuple

from shared.contracts.envelope import Stream
from shared.contracts.erasing import blanked_payload
from shared.database import Session
from shared.statements import columns

# In the order of the unique key, so that a stream of any length is done in slices.
_NEXT = """
SELECT topic, key, version, id, type, CAST(payload AS text) AS payload FROM journal
WHERE topic = ANY(CAST(:topics AS text[])) AND key = ANY(CAST(:keys AS text[]))
    AND (topic, key, version) > (CAST(:topic AS text), CAST(:key AS text), CAST(:version AS bigint))
ORDER BY topic, key, version LIMIT :limit
"""
_WRITE = """
UPDATE journal AS j SET payload = CAST(n.payload AS json)
FROM unnest(CAST(:ids AS bigint[]), CAST(:payloads AS text[])) AS n(id, payload)
WHERE j.id = n.id
"""


class Place(NamedTuple):
    """Up to which event a walk over streams has come."""

    topic: str = ""
    key: str = ""
    version: int = 0


class Slice(NamedTuple):
    """How many events were changed; `place` is where the walk goes on, None at its end."""

    changed: int
    place: Place | None


async def blank_events(
    session: Session,
    topics: Collection[str],
    keys: Collection[str],
    *,
    after: Place = Place(),  # noqa: B008  a constant
    limit: int,
) -> Slice:
    """Blank the next events of these streams, at most `limit`."""
    params = {"topics": list(topics), "keys": list(keys), **after._asdict(), "limit": limit}
    rows = await session.execute(_NEXT, params)
    changes = [
        (row.id, blank)
        for row in rows
        if not same(row.payload, blank := blanked_payload(row.type, row.payload))
    ]
    if changes:
        await session.execute(_WRITE, columns("ids payloads", changes))
    last = Place(rows[-1].topic, rows[-1].key, rows[-1].version) if len(rows) == limit else None
    return Slice(len(changes), last)


def same(payload: str, other: str) -> bool:
    """Whether two payloads say the same."""
    return payload == other or bool(json.loads(payload) == json.loads(other))


def keys_of(streams: Sequence[Stream]) -> tuple[list[str], list[str]]:
    """The topics and the keys among these streams."""
    return sorted({topic for topic, _ in streams}), sorted({key for _, key in streams})
