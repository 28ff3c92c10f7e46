"""What waits for webhooks, stream by stream, and the log of what was tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.database import Session
from shared.ids import first_id
from shared.statements import columns
from shared.web.standard_webhooks import Outcome

# The cursor moves only from where it was read: a replay may have set it back meanwhile.
_TAKE_IN = """
WITH moved AS (
    UPDATE webhook SET cursor = :until
    WHERE webhook_id = :webhook_id AND cursor = :after AND active RETURNING 1
)
INSERT INTO webhook_pending AS p
    (webhook_id, topic, key, first_version, last_version, since, due_at)
SELECT CAST(:webhook_id AS uuid), n.topic, n.key, n.first_version, n.last_version,
    CAST(:now AS timestamptz), CAST(:now AS timestamptz)
FROM unnest(
    CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:firsts AS bigint[]),
    CAST(:lasts AS bigint[])) AS n(topic, key, first_version, last_version)
WHERE EXISTS (SELECT 1 FROM moved)
ORDER BY n.topic, n.key
ON CONFLICT (webhook_id, topic, key) DO UPDATE SET
    first_version = least(p.first_version, excluded.first_version),
    last_version = greatest(p.last_version, excluded.last_version)
"""
_DUE = """
SELECT p.* FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS integer[])) AS w(webhook_id, number)
CROSS JOIN LATERAL (
    SELECT webhook_id, topic, key, first_version, last_version, failures, failing_since
    FROM webhook_pending WHERE webhook_id = w.webhook_id AND due_at <= :now
    ORDER BY webhook_id, due_at LIMIT w.number
) AS p
"""
_GO_ON = """
UPDATE webhook_pending SET first_version = CAST(:version AS bigint) + 1, failures = 0,
    failing_since = NULL, due_at = :now
WHERE webhook_id = :webhook_id AND topic = :topic AND key = :key AND first_version = :first
"""
_DROP = """
DELETE FROM webhook_pending WHERE webhook_id = :webhook_id AND topic = :topic AND key = :key
    AND first_version > last_version
"""
_PUT_OFF = """
UPDATE webhook_pending SET failures = failures + 1, due_at = :due_at,
    failing_since = coalesce(failing_since, :now)
WHERE webhook_id = :webhook_id AND topic = :topic AND key = :key AND first_version = :first
"""
_HURRY = """
UPDATE webhook_pending SET due_at = :now WHERE webhook_id = :webhook_id AND due_at > :now
"""
_COLUMNS = """delivery_id, webhook_id, event_id, type, topic, key, version, outcome, attempt, at,
    status, error, latency_ms, excerpt, next_at"""
_LOG = f"""
INSERT INTO webhook_delivery ({_COLUMNS})
SELECT CAST(:delivery_id AS uuid), webhook_id, CAST(:event_id AS uuid), CAST(:type AS text),
    CAST(:topic AS text), CAST(:key AS text), CAST(:version AS bigint), CAST(:outcome AS text),
    CAST(:attempt AS integer), CAST(:at AS timestamptz), CAST(:status AS integer),
    CAST(:error AS text), CAST(:latency_ms AS integer), CAST(:excerpt AS text),
    CAST(:next_at AS timestamptz)
FROM webhook WHERE webhook_id = :webhook_id
ON CONFLICT (delivery_id) DO UPDATE SET outcome = excluded.outcome, attempt = excluded.attempt,
    at = excluded.at, status = excluded.status, error = excluded.error,
    latency_ms = excluded.latency_ms, excerpt = excluded.excerpt, next_at = excluded.next_at
"""
_LIST = f"""
SELECT {_COLUMNS} FROM webhook_delivery
WHERE webhook_id = :webhook_id
    AND (CAST(:before AS uuid) IS NULL OR delivery_id < CAST(:before AS uuid))
    AND (CAST(:outcome AS text) IS NULL OR outcome = CAST(:outcome AS text))
ORDER BY webhook_id, delivery_id DESC LIMIT :limit
"""
_WAITING = f"""
SELECT {_COLUMNS} FROM webhook_delivery WHERE outcome = 'waiting' ORDER BY delivery_id LIMIT :limit
"""
_FIND = f"""
SELECT {_COLUMNS} FROM webhook_delivery
WHERE webhook_id = :webhook_id AND delivery_id = :delivery_id
"""
_FIND_PLACE = """
SELECT j.id FROM webhook_delivery AS d
JOIN journal AS j ON j.topic = d.topic AND j.key = d.key AND j.version = d.version
WHERE d.webhook_id = :webhook_id AND d.event_id = :event_id LIMIT 1
"""
_FORGET = """
DELETE FROM webhook_delivery WHERE delivery_id IN (
    SELECT delivery_id FROM webhook_delivery WHERE delivery_id < :before AND outcome <> 'waiting'
    ORDER BY delivery_id LIMIT :limit)
"""
_COUNT_PENDING = """
SELECT count(*) AS number,
    coalesce(EXTRACT(epoch FROM clock_timestamp() - min(since)), 0) AS seconds
FROM webhook_pending
"""
_HAS_WORK = """
SELECT EXISTS (SELECT FROM webhook WHERE active)
    OR EXISTS (SELECT FROM webhook_delivery WHERE outcome = 'waiting')
"""


class Pending(NamedTuple):
    """A stream's events, from one version to another, that a webhook has not had."""

    webhook_id: UUID
    topic: str
    key: str
    first_version: int
    last_version: int
    failures: int
    failing_since: datetime | None

    @property
    def place(self) -> tuple[UUID, str, str]:
        return self.webhook_id, self.topic, self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One try. `version` is the event's in its stream, 0 for a ping."""

    delivery_id: UUID
    webhook_id: UUID
    event_id: UUID
    type: str
    topic: str = ""
    key: str = ""
    version: int = 0
    outcome: Outcome = Outcome.WAITING
    attempt: int = 0
    at: datetime
    status: int | None = None
    error: str | None = None
    latency_ms: int | None = None
    excerpt: str | None = None
    next_at: datetime | None = None


async def take_in(
    session: Session,
    webhook_id: UUID,
    streams: Mapping[tuple[str, str], tuple[int, int]],
    *,
    after: int,
    until: int,
    now: datetime,
) -> None:
    """Move the cursor to `until`, and note the streams: (topic, key) → first and last version."""
    rows = [(*stream, *versions) for stream, versions in streams.items()]
    place = {"webhook_id": webhook_id, "after": after, "until": until, "now": now}
    await session.execute(_TAKE_IN, {**place, **columns("topics keys firsts lasts", rows)})


async def list_due(
    session: Session, numbers: Mapping[UUID, int], *, now: datetime
) -> list[Pending]:
    """What is due, the longest first; `numbers`: webhook → how many at most."""
    params = {"ids": list(numbers), "numbers": list(numbers.values()), "now": now}
    return [Pending(**row) for row in await session.execute(_DUE, params)]


async def pass_by(session: Session, pending: Pending, *, version: int, now: datetime) -> None:
    """The event of this version needs no further try: the next of its stream may go."""
    await session.execute(_GO_ON, {**_place(pending), "version": version, "now": now})
    await session.execute(_DROP, _place(pending))


async def put_off(session: Session, pending: Pending, *, due_at: datetime, now: datetime) -> None:
    await session.execute(_PUT_OFF, {**_place(pending), "due_at": due_at, "now": now})


async def hurry(session: Session, webhook_id: UUID, *, now: datetime) -> None:
    """What waits for a webhook is due at once: it takes events again."""
    await session.execute(_HURRY, {"webhook_id": webhook_id, "now": now})


def _place(pending: Pending) -> dict[str, object]:
    return {
        "webhook_id": pending.webhook_id,
        "topic": pending.topic,
        "key": pending.key,
        "first": pending.first_version,
    }


async def write_delivery(session: Session, delivery: Delivery) -> None:
    """Add it to the log, or what came of it; nothing, if the webhook is gone."""
    params = {name: getattr(delivery, name) for name in Delivery.__slots__}
    await session.execute(_LOG, {**params, "outcome": str(delivery.outcome)})


async def list_deliveries(
    session: Session, webhook_id: UUID, *, before: UUID | None, outcome: str | None, limit: int
) -> list[Delivery]:
    """Newest first, one more than `limit`."""
    params = {
        "webhook_id": webhook_id,
        "before": before,
        "outcome": outcome,
        "limit": limit + 1,
    }
    return [Delivery(**row) for row in await session.execute(_LIST, params)]


async def list_waiting(session: Session, *, limit: int) -> list[Delivery]:
    """Single deliveries that somebody has asked for."""
    return [Delivery(**row) for row in await session.execute(_WAITING, {"limit": limit})]


async def find_delivery(session: Session, webhook_id: UUID, delivery_id: UUID) -> Delivery | None:
    params = {"webhook_id": webhook_id, "delivery_id": delivery_id}
    row = (await session.execute(_FIND, params)).first()
    return None if row is None else Delivery(**row)


async def find_place(session: Session, webhook_id: UUID, event_id: UUID) -> int | None:
    """The journal's row of an event that a webhook was sent."""
    params = {"webhook_id": webhook_id, "event_id": event_id}
    row_id: int | None = await session.scalar(_FIND_PLACE, params)
    return row_id


async def forget_deliveries(session: Session, *, before: datetime, limit: int) -> None:
    await session.execute(_FORGET, {"before": first_id(before), "limit": limit})


async def count_pending(session: Session) -> tuple[int, float]:
    """How many streams wait, and for how many seconds the oldest has."""
    row = (await session.execute(_COUNT_PENDING)).one()
    return row.number, max(float(row.seconds), 0.0)


async def has_work(session: Session) -> bool:
    """Whether any webhook is active, or a single delivery waits."""
    return bool(await session.scalar(_HAS_WORK))
