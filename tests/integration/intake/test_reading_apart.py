"""Bodies that are slow, hungry or deadly to read cost their own submission, nobody else's time."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from services.intake.repository.sources import list_all_sources
from services.intake.repository.submissions import list_pending_by_id
from services.intake.use_cases import failures, normalise
from services.intake.use_cases.interpret import SMALL_BYTES, Reader, new_sandbox
from services.intake.use_cases.pending import normaliser_loop
from services.intake.use_cases.pending_apart import apart_loop
from services.intake.use_cases.settling import Normaliser
from shared.database import transaction
from shared.runtime.loop import Loop, running
from shared.sandbox.process import Sandbox
from tests.integration.intake.harness import House
from tests.support import hostile_readers
from tests.support.waiting import eventually

PADDING = "." * SMALL_BYTES


def body(word: str = "", *, large: bool = True, number: int = 0) -> bytes:
    deed = f"DO_{word};" if word else ""
    padding = PADDING if large else ""
    return f'{{"name":"Anna {number}","note":"{deed}{padding}"}}'.encode()


@dataclass(frozen=True)
class Running:
    small: Loop
    apart: Loop
    sandbox: Sandbox
    failures: failures.Failures


@asynccontextmanager
async def normalising(house: House) -> AsyncIterator[Running]:
    """Both loops of the normaliser, with hostile readers here and apart."""
    sandbox = new_sandbox(hostile_readers.TARGET)
    reader = Reader(sandbox, hostile_readers.CHANNELS)
    normaliser = Normaliser(house.database, reader, house.time)
    loops = normaliser_loop(normaliser), apart_loop(normaliser)
    async with running(loops):
        yield Running(*loops, sandbox, normaliser.failures)
    assert sandbox.pid is None


async def until(house: House, answer: httpx.Response, state: str, *, seconds: float) -> str | None:
    async def receipt() -> dict[str, Any]:
        return await house.receipt(answer)

    last = await eventually(
        receipt, seconds=seconds, what=state, until=lambda item: item["state"] == state
    )
    reason: str | None = last["reason"]
    return reason


@pytest.fixture
async def source(house: House) -> House:
    await house.source(key="gen", adapter="generic-json")
    return house


@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("SPIN", "too_slow"),
        ("SPIN_IN_C", "too_slow"),
        ("HOG", "too_hungry"),
        ("VANISH", "crashes_the_process"),
        ("STUMBLE", "failed"),
    ],
)
async def test_a_hostile_body_is_set_aside_with_its_reason(
    source: House, word: str, reason: str, *, large: bool
) -> None:
    if not large and word in {"SPIN_IN_C", "HOG", "VANISH"}:
        return  # what a channel does to this very process within 8 KiB, nothing can undo
    hostile = await source.hook("gen", body(word, large=large))
    honest = await source.hook("gen", body(large=large))
    async with normalising(source):
        assert await until(source, honest, "normalised", seconds=60) is None
        assert await until(source, hostile, "quarantined", seconds=60) == reason


async def test_what_is_only_slow_is_read_in_the_end(source: House) -> None:
    slow = await source.hook("gen", body("DAWDLE", large=False))
    async with normalising(source):
        await until(source, slow, "normalised", seconds=60)
    rows = await source.rows("SELECT lane FROM submission")
    assert rows == [{"lane": 2}]


@pytest.mark.timeout(1500)
async def test_honest_leads_do_not_wait_behind_fifty_slow_ones(source: House) -> None:
    await source.source(key="other", adapter="generic-json")
    for number in range(50):
        await source.hook("gen", body("SPIN", number=number))
    async with normalising(source):
        slow = await source.rows("SELECT 1 FROM submission WHERE state = 'pending'")
        assert len(slow) > 40
        small = await source.hook("gen", body(large=False))
        large = await source.hook("other", body())
        await until(source, small, "normalised", seconds=60)
        await until(source, large, "normalised", seconds=120)
        tried = await source.rows("SELECT 1 FROM submission WHERE lane = 2")
        neighbour = await source.hook("gen", body())
        await until(source, neighbour, "normalised", seconds=180)
    assert len(tried) < len(slow) / 2, "most of them were not even tried before"


async def test_a_reader_that_is_killed_from_outside_costs_nothing(source: House) -> None:
    answer = await source.hook("gen", body("DAWDLE"))
    other = await source.hook("gen", body(large=False))
    async with normalising(source) as normaliser:
        pids: set[int | None] = {None}

        async def at_work() -> int | None:
            return normaliser.sandbox.pid

        for _ in range(2):
            pid = await eventually(
                at_work, seconds=10, what="a process apart", until=lambda pid: pid not in pids
            )
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            pids.add(pid)
        await until(source, other, "normalised", seconds=5)
        assert await until(source, answer, "normalised", seconds=20) is None


async def test_what_reads_here_and_apart_says_the_same(source: House) -> None:
    samples = [
        '{"name":"Анна","phone":"8 916 123-45-67","n":1e400,"q":{"a":[1,2.5,null,true]}}'.encode(),
        b"name=Anna&email=anna%40example.com&comment=%00x&utm_source=ads",
        b'{"big":123456789012345678901234567890,"phones":["+79161234567"]}',
    ]
    for sample in samples:
        await source.hook("gen", sample)
    reader = Reader(new_sandbox(hostile_readers.TARGET))
    async with transaction(source.database) as session:
        ids = [row["submission_id"] for row in await source.rows("SELECT * FROM submission")]
        submissions = await list_pending_by_id(session, ids)
        sources = {row.source_id: row.view() for row in await list_all_sources(session)}
    try:
        for item in submissions:
            (here,) = reader.here([(item, sources[item.source_id])])
            apart = await reader.apart(item, sources[item.source_id], cpu_seconds=2.0)
            assert here is not None
            assert [one.model_dump_json() for one in here.content.inquiries] == [
                one.model_dump_json() for one in apart.content.inquiries
            ]
            assert here.inquiry_ids == apart.inquiry_ids
            assert here.content.quarantined == apart.content.quarantined
    finally:
        await reader.sandbox.close()


async def test_when_the_reader_cannot_be_started_nobody_is_blamed(
    source: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_arguments: object, **_options: object) -> None:
        raise BlockingIOError(11, "no more processes")

    start = asyncio.create_subprocess_exec
    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    large = await source.hook("gen", body())
    small = await source.hook("gen", body(large=False))
    async with normalising(source) as normaliser:

        async def tried() -> bool:
            progress = normaliser.apart.progress
            return progress.restarts >= 2 and progress.outage == "unavailable"

        await until(source, small, "normalised", seconds=5)
        await eventually(tried, seconds=10, what="it has been tried")
        assert (await source.receipt(large))["state"] == "pending"
        monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
        await until(source, large, "normalised", seconds=20)


async def test_a_fault_of_ours_in_writing_blames_nobody_and_stops_nobody(
    source: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "FIRST_PAUSE_SECONDS", 0.2)
    settle = normalise._emit_events

    def faulty(session: Any, reading: Any, *arguments: Any, **options: Any) -> Any:
        if b"unlucky" in reading.submission.request.body:
            raise AttributeError("a bug of ours")
        return settle(session, reading, *arguments, **options)

    monkeypatch.setattr(normalise, "_emit_events", faulty)
    unlucky = await source.hook("gen", b'{"name":"unlucky"}')
    others = [await source.hook("gen", body(large=False, number=n)) for n in range(5)]
    async with normalising(source):
        for answer in others:
            await until(source, answer, "normalised", seconds=5)
        assert (await source.receipt(unlucky))["state"] == "pending"
        monkeypatch.undo()
        await until(source, unlucky, "normalised", seconds=10)


async def test_when_everything_stumbles_nobody_is_blamed_any_more(source: House) -> None:
    everything = [
        await source.hook("gen", body("STUMBLE", large=False, number=n)) for n in range(60)
    ]
    async with normalising(source) as normaliser:

        async def told() -> str | None:
            return normaliser.small.progress.outage

        async def tries() -> float:
            """The pause after the third of some is four times the first."""
            pauses = normaliser.failures.pauses.values()
            return max((pause for _, pause in pauses), default=0.0)

        await eventually(
            told, seconds=5, what="told", until=lambda outage: outage == "too-many-failures"
        )
        await eventually(
            tries,
            seconds=30,
            what="tried again and again",
            until=lambda pause: pause >= 4 * failures.FIRST_PAUSE_SECONDS,
        )
        states = [(await source.receipt(answer))["state"] for answer in everything]
        assert states.count("quarantined") <= failures.FAILING_CEILING
        honest = [await source.hook("gen", body(large=False, number=n)) for n in range(3)]
        for answer in honest:
            await until(source, answer, "normalised", seconds=5)
