"""The phases that the product and the floor are both put through, and what is measured in each."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from benchmarks.accounting import Usage
from benchmarks.commit_times import CommitTimes
from benchmarks.report import Phase, idle_line, line_of, put_off_line
from shared.clock import system_clock

IDLE_REST_SECONDS = 12.0  # until what came before has reached PostgreSQL's statistics
PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Sending:
    """`rate` leads a second, evenly spaced whatever the answers; 0: as fast as they are taken."""

    title: str
    leads: int
    rate: float


@dataclass(frozen=True, slots=True)
class SendingTimes:
    """The p50 and p99 of an acknowledgement in milliseconds, and the sender's CPU seconds."""

    door: tuple[float, float] | None = None
    generator: float | None = None


class Subject(Protocol):
    """What is measured."""

    @property
    def name(self) -> str: ...

    @property
    def times(self) -> CommitTimes: ...

    async def send(self, sending: Sending) -> SendingTimes:
        """Return when every lead is acknowledged."""
        ...

    def usage(self) -> Usage: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rates", nargs="*", type=float, default=[100.0, 500.0], help="per second")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each rate")
    parser.add_argument("--burst", type=int, default=5000, help="leads of the burst")
    parser.add_argument("--warm", type=int, default=600, help="leads before anything is measured")
    parser.add_argument("--idle-seconds", type=float, default=30.0)


def sendings(arguments: argparse.Namespace) -> Iterator[Sending]:
    for rate in arguments.rates:
        yield Sending(f"{rate:.0f}/s", int(rate * arguments.seconds), rate)
    yield Sending("burst", arguments.burst, 0.0)


async def measure(subject: Subject, arguments: argparse.Namespace) -> None:
    """All phases of one subject, a line each. Idle comes before the load, which leaves work."""
    total = 0
    # One by one, then in large batches: caches fill, plans are made, the broker's code compiles.
    slow = arguments.warm // 10
    for warming in (Sending("warm", slow, 50.0), Sending("warm", arguments.warm - slow, 0.0)):
        await subject.send(warming)
        total += warming.leads
        await subject.times.until_all_have(total, seconds=PATIENCE_SECONDS)
    if arguments.idle_seconds:
        await _measure_idle(subject, seconds=arguments.idle_seconds)
    for sending in sendings(arguments):
        total += sending.leads
        print(line_of(await _measure_one(subject, sending, total=total)), flush=True)


async def measure_put_off(subject: Subject, arguments: argparse.Namespace) -> None:
    """What a rush left for later, as long as anything of it waits."""
    before = subject.usage()
    await subject.times.until_all_is_done(seconds=PATIENCE_SECONDS)
    leads = sum(sending.leads for sending in sendings(arguments))
    print(put_off_line(subject.name, subject.usage().since(before), leads), flush=True)


async def _measure_one(subject: Subject, sending: Sending, *, total: int) -> Phase:
    since, before = system_clock(), subject.usage()
    answer = await subject.send(sending)
    await subject.times.until_all_have(total, seconds=PATIENCE_SECONDS)
    usage = subject.usage().since(before)
    waits = await subject.times.waits(since=since)
    if len(waits) != sending.leads:
        sys.exit(f"{subject.name}: {len(waits)} leads were timed, {sending.leads} were sent")
    return Phase(
        title=f"{subject.name} {sending.title}",
        leads=sending.leads,
        door=answer.door,
        waits=waits,
        seconds=await subject.times.span(since=since),
        usage=usage,
        generator=answer.generator,
    )


async def _measure_idle(subject: Subject, *, seconds: float) -> None:
    await asyncio.sleep(IDLE_REST_SECONDS)
    commits, before = await subject.times.commits(), subject.usage()
    await asyncio.sleep(seconds)
    usage = subject.usage().since(before)
    more = await subject.times.commits() - commits
    print(idle_line(subject.name, usage, more, seconds=seconds), flush=True)
