"""Hostile bodies by argument: `./leadflow test tests/attacks --minutes N`, at the highest rate.

Nothing answers 5xx, whatever got a 2xx is stored and settles, and the memory stays what it was.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from services.intake.repository.queue import WAITING
from services.intake.repository.submissions import PENDING
from tests.attacks.mutations import Mutations
from tests.attacks.providers_of_mischief import ADAPTERS, Providers
from tests.attacks.shots import Connection, ReceivedEvent, Shot
from tests.support.chance import seed_of
from tests.support.smtp_client import smtp_client
from tests.support.stack import Stack
from tests.support.summary import SUMMARY
from tests.support.waiting import eventually

pytestmark = [pytest.mark.attacks, pytest.mark.e2e, pytest.mark.timeout(0)]

CONNECTIONS, MAIL_CONNECTIONS = 24, 2
BUSY_SECONDS = 60.0  # that one body is sent again after 503 with Retry-After
MOST_PENDING = 20_000  # bodies that wait to be read before posting waits for the reader
PACE_SECONDS = 2.0  # between two looks at what waits
SETTLE_SECONDS = 120.0  # and as long again as posting was to take
BODIES, MAILS = 3_000, 300  # usually: on a quick machine no others than on a slow one
STATES = ("pending", "normalised", "quarantined", "ignored")
GROWTH, ROOM = 1.15, 50_000_000  # of the process's memory after warming up, in bytes


@dataclass(eq=False)
class Ration:
    """What there is to send: so many, or, where `seconds` are named, as many as they allow."""

    number: int
    seconds: float | None
    begun: int = 0
    began: float = field(default_factory=time.monotonic)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def part(self) -> float:
        """How much of it is over, from 0 to 1."""
        if self.seconds is None:
            return self.begun / self.number
        return (time.monotonic() - self.began) / self.seconds

    def take(self) -> bool:
        """Whether there is another one."""
        if self.part >= 1:
            self.over.set()
            return False
        self.begun += 1
        return True


@dataclass(eq=False)
class Ledger:
    """What was answered; a receipt is kept as its sixteen bytes."""

    statuses: Counter[int] = field(default_factory=Counter)
    receipts: set[bytes] = field(default_factory=set)
    unanswered: int = 0
    faults: list[str] = field(default_factory=list)
    may_post: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def uncertain(self) -> int:
        """Deliveries that may have been kept although their sender has to try again: whoever waits
        too long for a commit is told so, and it may still come.
        """
        return self.unanswered + self.statuses[503] + self.statuses[451]

    def summary(self) -> str:
        return f"{self.statuses.total()} answers: {dict(self.statuses)}"


async def _post(
    providers: Providers, mutations: Mutations, bodies: Ration, ledger: Ledger, number: int
) -> None:
    async with Connection(providers.stack.url) as connection:
        while bodies.take():
            await ledger.may_post.wait()
            adapter = mutations.chance.choice(ADAPTERS)
            body = mutations.inquiry() if adapter == "native" else mutations.next()
            shot = providers.shot(adapter, body)
            heard = await _answered(connection, shot, ledger)
            if heard.status == 0:
                ledger.unanswered += 1
            elif heard.status >= 500:
                ledger.faults.append(
                    f"{heard.status} for {adapter}: {shot.body[:200]!r} ({number})"
                )
            elif heard.receipt and 200 <= heard.status < 300:
                ledger.receipts.add(bytes.fromhex(heard.receipt.replace("-", "")))


async def _mail(providers: Providers, mutations: Mutations, mails: Ration, ledger: Ledger) -> None:
    """Raw mails, one after the other; whoever is cut off begins anew."""
    port = int(providers.stack.arguments[-1].rpartition(":")[2])
    while mails.take():
        await ledger.may_post.wait()
        try:
            async with smtp_client(port) as client:
                answer = await client.mail(mutations.mail(), providers.mailbox)
        except (OSError, AssertionError):
            answer = ""
        if not answer:
            ledger.unanswered += 1
            continue
        ledger.statuses[int(answer[:3])] += 1
        if answer.startswith("250"):
            ledger.receipts.add(UUID(answer.split()[-1]).bytes)


async def _answered(connection: Connection, shot: Shot, ledger: Ledger) -> ReceivedEvent:
    """The answer; a busy door is asked again. Raises AssertionError when it stays busy."""

    async def answer() -> ReceivedEvent:
        received = await connection.post(shot)
        ledger.statuses[received.status] += 1
        return received

    return await eventually(
        answer,
        seconds=BUSY_SECONDS,
        until=lambda received: received.status != 503 or received.retry_after is None,
        what="the door is busy no longer",
        pause_seconds=0.1,
    )


def _query(stack: Stack, sql: str) -> list[str]:
    answer = stack.call("psql", "intake", "-AtX", "-c", sql, seconds=120.0)
    assert answer.returncode == 0, answer.stderr[-2000:]
    return answer.stdout.split()


def _of(source_ids: Sequence[str]) -> str:
    return "source_id IN (" + ",".join(f"'{name}'" for name in source_ids) + ")"


def _memory(stack: Stack) -> int:
    """Resident bytes of the process that serves."""
    assert stack.process is not None
    pages = Path(f"/proc/{stack.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


async def _pending(stack: Stack) -> int:
    """How many wait to be read; not those that wait for what their provider keeps."""
    rows = await asyncio.to_thread(
        _query, stack, f"SELECT count(*) FROM submission WHERE {PENDING} AND lane <> {WAITING}"
    )
    return int(rows[0])


async def _keep_pace(stack: Stack, bodies: Ration, ledger: Ledger) -> int:
    """Let the reader keep up. The memory after a third of the bodies, or at the end."""
    memory: int | None = None
    while bodies.part < 1:
        if bodies.part > 1 / 3 and memory is None:
            memory = _memory(stack)
        waiting = await _pending(stack)
        (ledger.may_post.clear if waiting > MOST_PENDING else ledger.may_post.set)()
        with suppress(TimeoutError):
            async with asyncio.timeout(PACE_SECONDS):
                await bodies.over.wait()
    ledger.may_post.set()
    return _memory(stack) if memory is None else memory


async def test_nothing_that_is_posted_breaks_or_loses(
    victim: Stack, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    minutes: float | None = pytestconfig.getoption("--minutes")
    seconds = None if minutes is None else 60 * minutes
    seed = seed_of(pytestconfig)
    record_property(SUMMARY, f"seed {seed}: the same bodies again by --seed {seed}")
    mutations, letters = Mutations(seed), Mutations(seed + 1)
    providers = Providers(victim, tag=f"fuzz-{seed}")
    await providers.configure()
    ledger, bodies, mails = Ledger(), Ration(BODIES, seconds), Ration(MAILS, seconds)
    ledger.may_post.set()

    async with AsyncExitStack() as stack:
        stack.push_async_callback(providers.disable)
        stack.callback(lambda: record_property(SUMMARY, ledger.summary()))
        async with asyncio.TaskGroup() as tasks:
            pace = tasks.create_task(_keep_pace(victim, bodies, ledger))
            for _ in range(MAIL_CONNECTIONS):
                tasks.create_task(_mail(providers, letters, mails, ledger))
            for number in range(CONNECTIONS):
                tasks.create_task(_post(providers, mutations, bodies, ledger, number))
        await eventually(
            lambda: _pending(victim),
            seconds=SETTLE_SECONDS + (seconds or 0),
            what="all that was posted is read",
            until=lambda waiting: waiting == 0,
            pause_seconds=0.5,
        )
    assert not ledger.faults, ledger.faults[:5]
    assert {200, 202, 250} <= ledger.statuses.keys()
    await _assert_all_kept(victim, providers, ledger)
    before, after = pace.result(), _memory(victim)
    assert after < max(GROWTH * before, before + ROOM), f"{before} bytes became {after}"


async def _assert_all_kept(stack: Stack, providers: Providers, ledger: Ledger) -> None:
    """Every receipt has its submission and no submission is without one; all have settled."""
    ids = await asyncio.to_thread(_query, stack, "SELECT submission_id FROM submission")
    stored = {bytes.fromhex(row.replace("-", "")) for row in ids}
    assert not ledger.receipts - stored, "a 2xx without a submission"
    of = _of(providers.source_ids)
    rows = await asyncio.to_thread(
        _query, stack, f"SELECT submission_id FROM submission WHERE {of}"
    )
    extra = {bytes.fromhex(row.replace("-", "")) for row in rows} - ledger.receipts
    assert len(extra) <= ledger.uncertain, "submissions that nobody has a receipt for"
    async with stack.client() as client:
        report = (await client.get("/intake/v1/reconciliation")).json()
    counts = report["submissions"]
    assert counts["received"] == sum(counts[state] for state in STATES), counts
    assert report["difference"] == 0, json.dumps(report)[:2000]
