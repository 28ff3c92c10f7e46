"""Take events in: under the streams' locks apply what is fresh, hold what must wait.

One law: effects, what is said of them, and the streams' heights are one transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.contracts.catalog import heard_by
from shared.database import Database, Session, sqlstate, transaction
from shared.errors import ServiceError
from shared.messaging import held
from shared.messaging.decoding import FAILED, Arrived
from shared.messaging.heard import Apply, Heard
from shared.messaging.ladder import Hand, Rungs, climb
from shared.messaging.ordering import Plan, Stream, sort_out
from shared.observability.metrics import metrics_of
from shared.observability.tracing import started, traced

_CREATE = """
INSERT INTO seen (topic, key, version)
SELECT topic, key, 0
FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[])) AS k(topic, key)
ORDER BY topic, key ON CONFLICT DO NOTHING
"""
_LOCK = """
SELECT s.topic, s.key, s.version
FROM seen AS s
JOIN unnest(CAST(:topics AS text[]), CAST(:keys AS text[])) AS k(topic, key) USING (topic, key)
ORDER BY s.topic, s.key FOR UPDATE OF s
"""
_MOVE = """
UPDATE seen AS s SET version = k.version
FROM unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:versions AS bigint[]))
    AS k(topic, key, version)
WHERE s.topic = k.topic AND s.key = k.key
"""


@dataclass(frozen=True, slots=True)
class Rules:
    """How patient and how strict hearing is."""

    batch: int = 500
    drain: int = 100  # held successors that follow in one transaction, per stream
    parallel: int = 2  # partitions worked at once
    gap: timedelta = timedelta(seconds=30)
    heal_seconds: float = 5.0
    failing_streams: int = 20  # this many new ones within the window are poison; more is our fault
    failing_window: timedelta = timedelta(minutes=10)
    first_pause_seconds: float = 0.2
    longest_pause_seconds: float = 30.0


@dataclass(eq=False)
class Listener:
    """Who hears: a service's database and its door for events."""

    database: Database
    service: str
    apply: Apply
    clock: Clock
    rules: Rules = field(default_factory=Rules)

    @property
    def topics(self) -> tuple[str, ...]:
        return heard_by(self.service)


async def lock_seen(session: Session, streams: Collection[Stream]) -> Mapping[Stream, int]:
    """Create then lock the streams' rows, in one order for everybody; the heights they have."""
    parameters = {
        "topics": [topic for topic, _ in streams],
        "keys": [key for _, key in streams],
    }
    await session.execute(_CREATE, parameters)
    rows = await session.execute(_LOCK, parameters)
    return {(row.topic, row.key): row.version for row in rows}


async def take_in(
    listener: Listener,
    session: Session,
    arrived: Sequence[Arrived],
    *,
    streams: Collection[Stream] = (),
    drain: int | None = None,
) -> Plan:
    """One transaction's worth. `streams` are further ones to drain; `drain` is how many held
    events of a stream may follow (by the rules, if None).

    Raises what `apply` raises, and TooManyFailuresError.
    """
    now = listener.clock()
    touched = {item.stream for item in arrived} | set(streams)
    if not touched:
        return Plan()
    seen = await lock_seen(session, touched)
    limit = listener.rules.drain if drain is None else drain
    waiting = await held.waiting_in(session, touched, limit=limit)
    plan = sort_out(arrived, seen=seen, waiting=waiting)
    await _hold(listener, session, plan, now=now)
    if plan.fresh:
        await _apply(listener, session, plan.fresh, now=now)
        await _move(session, plan.seen)
        if waiting:
            await held.let_go(session, plan.seen)
    return plan


async def _hold(listener: Listener, session: Session, plan: Plan, *, now: datetime) -> None:
    failing = {item.stream for item, reason in plan.hold if reason == FAILED}
    await _refuse_flood(listener, session, failing, now=now)
    await held.hold(session, plan.hold, now=now)


async def _refuse_flood(
    listener: Listener, session: Session, failing: Collection[Stream], *, now: datetime
) -> None:
    if failing:
        await held.refuse_flood(
            session,
            failing,
            ceiling=listener.rules.failing_streams,
            window=listener.rules.failing_window,
            now=now,
        )


async def _apply(
    listener: Listener, session: Session, fresh: Sequence[Arrived], *, now: datetime
) -> None:
    alone = fresh[0].envelope.traceparent if len(fresh) == 1 else None
    with traced(started(alone)) if alone else nullcontext():
        await listener.apply(
            session,
            [Heard(item.envelope, item.event) for item in fresh if item.event is not None],
            now=now,
        )


async def _move(session: Session, heights: Mapping[Stream, int]) -> None:
    await session.execute(
        _MOVE,
        {
            "topics": [topic for topic, _ in heights],
            "keys": [key for _, key in heights],
            "versions": list(heights.values()),
        },
    )


def count(listener: Listener, plan: Plan) -> None:
    """Add a committed plan to the metrics."""
    heard = metrics_of(listener.service).heard
    for item in plan.fresh:
        heard.labels(listener.service, item.envelope.topic, "applied").inc()
    for item in plan.duplicates:
        heard.labels(listener.service, item.envelope.topic, "duplicate").inc()
    for item, _ in plan.hold:
        heard.labels(listener.service, item.envelope.topic, "held").inc()


async def set_aside(
    listener: Listener, session: Session, item: Arrived, *, reason: str, detail: str | None
) -> None:
    """Hold one event that cannot take effect, unless it already has."""
    now = listener.clock()
    seen = await lock_seen(session, [item.stream])
    if item.version <= seen[item.stream]:
        return
    await _refuse_flood(listener, session, [item.stream] if reason == FAILED else [], now=now)
    blamed = Arrived(item.envelope, item.event, reason, detail)
    await held.hold(session, [(blamed, reason)], now=now)


async def drain(listener: Listener, hand: Hand, streams: Sequence[Stream]) -> None:
    """Let held events whose turn has come take effect; what fails stays held, with the blame."""
    moved: set[Stream] = set()

    async def advance(some: Sequence[Stream], limit: int | None) -> None:
        async with transaction(listener.database) as session:
            plan = await take_in(listener, session, [], streams=some, drain=limit)
            await hand.put_down(session)
        count(listener, plan)
        moved.update(plan.seen)

    async def blame(stream: Stream, reason: str, error: BaseException | None) -> None:
        async with transaction(listener.database) as session:
            await _blame(listener, session, stream, reason=reason, error=error)
            await hand.put_down(session)

    rungs = Rungs[Stream](
        name="/".join,
        together=lambda some: advance(some, None),
        alone=lambda stream: advance([stream], 1),  # one event: then it is clear which one fails
        set_aside=blame,
    )
    moving = list(streams)
    while moving:
        moved.clear()
        await climb(hand, moving, rungs)
        moving = [stream for stream in moving if stream in moved]


async def _blame(
    listener: Listener,
    session: Session,
    stream: Stream,
    *,
    reason: str,
    error: BaseException | None,
) -> None:
    now = listener.clock()
    await lock_seen(session, [stream])
    await _refuse_flood(listener, session, [stream] if reason == FAILED else [], now=now)
    detail = None if error is None else fault(error)
    await held.blame_first(session, stream, reason=reason, detail=detail, now=now)


def fault(error: BaseException) -> str:
    """What is kept of an error: its type, and its words only where they are ours by contract."""
    if isinstance(error, ServiceError):
        return f"{error.slug()}: {error.detail}"[:500]
    return f"{type(error).__name__} {sqlstate(error) or ''}".strip()
