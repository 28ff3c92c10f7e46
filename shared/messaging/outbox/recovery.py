"""Open the outbox after a restart, once no consumer is ahead of this database.

If one is, the database was restored to an older moment. Then events that the log still has are put
back, versions that nobody has any more become gaps, and a new life begins above all of them.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from shared.clock import Clock
from shared.contracts.catalog import TOPIC_BY_NAME, produced_by
from shared.contracts.envelope import Stream
from shared.database import Database, reading, transaction
from shared.errors import UnavailableError
from shared.messaging.heights import Consumed, produced_digest
from shared.messaging.log.protocol import OwnTopics
from shared.messaging.outbox import gate, put_back
from shared.messaging.outbox.gate import Gate
from shared.messaging.outbox.publish import CLOSED, OUTBOX, source_of
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
LOOK_SECONDS = 10.0  # a writer that meets a closed gate notifies, too
AGAIN_SECONDS = 0.5  # between two questions to somebody who cannot be asked
WAITS = "recovery-waits"
LOG = "log"

_PLACES = """
SELECT topic, partition, next_offset FROM acknowledged
WHERE cluster_id = :cluster_id AND topic = ANY(CAST(:topics AS text[]))
"""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What knows which events a service has emitted: its own topics in the `log` (None in a single
    process), and its `consumers` by name. `restore` brings the service's tables in
    step with what is put back.
    """

    database: Database
    consumers: Mapping[str, Consumed]
    clock: Clock
    log: OwnTopics | None = None
    restore: put_back.Restore | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        return produced_by(self.database.service)


@dataclass(eq=False)
class Findings:
    """What is certain so far; it stays true, because nothing is emitted meanwhile."""

    missing: set[str]
    count: int = 0
    heights: dict[Stream, int] = field(default_factory=dict)
    cluster_id: str = ""
    ends: dict[tuple[str, int], int] = field(default_factory=dict)


def recovery_loop(recovery: Recovery) -> Loop:
    """Belongs under the leader's lease. Nothing is emitted or sent before the gate is open."""

    async def run(progress: Progress) -> None:
        while True:
            await recover(recovery, progress)
            progress.beat()
            await recovery.database.wakeup.wait(CLOSED, seconds=LOOK_SECONDS)

    return Loop("recovery", run)


async def recover(recovery: Recovery, progress: Progress) -> None:
    """See that the gate is open. Waits for whoever cannot be asked, unless an operator overrules.

    Raises UnavailableError for an outage of the own database.
    """
    state = await gate.read_gate(recovery.database)
    if state.is_open:
        return
    service = recovery.database.service
    gauge = metrics_of(service).outbox_closed.labels(service)
    gauge.set(1)
    try:
        await _compare_and_open(recovery, state, progress)
    finally:
        gauge.set(0)  # the next leader sets it again


async def _compare_and_open(recovery: Recovery, state: Gate, progress: Progress) -> None:
    await gate.await_writers(recovery.database)
    findings = Findings({*recovery.consumers, *([LOG] if recovery.log else [])})
    waiting: set[str] = set()
    while True:
        await _ask_all(recovery, state.life, findings, progress)
        state = await gate.read_gate(recovery.database)
        if not findings.missing or state.overruled:
            break
        if findings.missing != waiting:
            waiting = set(findings.missing)
            log.warning("recovery.waits", name=", ".join(sorted(waiting)))
        progress.beat(outage=WAITS)
        await asyncio.sleep(AGAIN_SECONDS)
    await _open(recovery, state, findings)


async def _ask_all(recovery: Recovery, life: UUID, findings: Findings, progress: Progress) -> None:
    """Ask those that have not answered yet, and note their answers."""
    # The log first: streams for which it has the events need not be raised.
    if LOG in findings.missing and recovery.log is not None:
        try:
            await _read_log(recovery, recovery.log, life, findings, progress)
        except UnavailableError as error:
            log.info("recovery.no_answer", name=LOG, reason=error.slug())
        else:
            findings.missing.discard(LOG)
    names = sorted(findings.missing - {LOG})
    answers = await asyncio.gather(
        *(_ask(recovery, name, findings, progress) for name in names), return_exceptions=True
    )
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, UnavailableError):
            log.info("recovery.no_answer", name=name, reason=answer.slug())
        elif isinstance(answer, BaseException):
            raise answer
        else:
            findings.missing.discard(name)


async def _read_log(
    recovery: Recovery, own: OwnTopics, life: UUID, findings: Findings, progress: Progress
) -> None:
    """Put back what our own topics have beyond what this database remembers of them."""
    cluster_id = await own.cluster_id()
    async with reading(recovery.database) as session:
        rows = await session.execute(
            _PLACES, {"cluster_id": cluster_id, "topics": list(recovery.topics)}
        )
    places = {(row.topic, row.partition): row.next_offset for row in rows}
    for topics in put_back.in_order(recovery.topics):
        async for batch in own.read_back(topics, places):
            envelopes = put_back.events_of(batch.received, life=life)
            findings.count += await put_back.put_back(
                recovery.database, envelopes, recovery.restore, now=recovery.clock()
            )
            findings.ends |= batch.ends
            progress.beat(outage=progress.outage)
    findings.cluster_id = cluster_id


async def _ask(recovery: Recovery, name: str, findings: Findings, progress: Progress) -> None:
    """Note the streams of which a consumer has consumed more than they have."""
    consumer = recovery.consumers[name]
    for topic in recovery.topics:
        after, more = "", name in TOPIC_BY_NAME[topic].consumers
        while more:
            part = await consumer.digest(topic, after=after)
            async with reading(recovery.database) as session:
                own = await produced_digest(session, topic, after=after, last=part.last)
            if own != part.digest:
                await _compare(recovery, consumer, topic, (after, part.last), findings)
            after, more = part.last, part.more
            progress.beat(outage=progress.outage)


async def _compare(
    recovery: Recovery, consumer: Consumed, topic: str, keys: tuple[str, str], findings: Findings
) -> None:
    """One by one the streams whose keys are above the first up to the second."""
    (after, until), more = keys, True
    while more:
        page = await consumer.heights(topic, after=after, until=until)
        async with reading(recovery.database) as session:
            above = await put_back.behind(session, topic, page.heights)
        for stream, height in above.items():
            findings.heights[stream] = max(height, findings.heights.get(stream, 0))
        after, more = page.last, page.more


async def _open(recovery: Recovery, state: Gate, findings: Findings) -> None:
    database = recovery.database
    if not state.intact:
        await gate.renumber(database)
    gaps = 0
    async with transaction(database) as session:
        await gate.note_ends(session, findings.cluster_id, findings.ends)
        had_other_log = await gate.leave_other_logs(session, findings.cluster_id)
        same_life = state.intact and not findings.heights and not had_other_log
        if same_life:
            await gate.reopen(session)
        else:
            await put_back.raise_streams(session, findings.heights)
            gaps = await gate.begin_life(session, source=source_of(session), now=recovery.clock())
        session.notify_after_commit(OUTBOX)
    if same_life:
        log.info("recovery.goes_on", service=database.service)
    else:
        log.warning(
            "recovery.new_life",
            service=database.service,
            events=findings.count,
            count=gaps,
            reason=_reason(state, had_other_log=had_other_log),
        )


def _reason(state: Gate, *, had_other_log: bool) -> str:
    if state.overruled:
        return "overruled"
    return "another-log" if had_other_log and state.intact else "restored"
