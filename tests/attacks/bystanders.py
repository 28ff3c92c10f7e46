"""Honest senders beside an attack: a process of its own posts leads and notes how long each took.

`python -m tests.attacks.bystanders BASE` posts until its standard input ends, then prints what it
saw: one JSON line [began, seconds, status] each, on the clock that all processes share.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Self

from tests.support.load import inquiry
from tests.support.quick_http import QuickPoster
from tests.support.stack import ROOT, Stack
from tests.support.waiting import passed

RATE = 40.0  # a second
CALM_SECONDS = 3.0
AFTERMATH_SECONDS = 0.5  # belongs to an attack that is over at once
TIMES = 3.0  # an attack may make the slow answers of others this much slower
# A guard against a door that hangs: below this a percentile on busy cores is noise (two seconds
# were, of a hundred answers the slowest but one), and the ratios themselves are
# `benchmarks/attacks.py`'s to tell.
NOISE_SECONDS = 5.0
SLOW = 0.9  # of the answers; a moment without processor makes the last few slow
TOKEN = "LEADFLOW_ATTACK_TOKEN"


@dataclass(frozen=True, slots=True)
class Answer:
    began: float
    seconds: float
    status: int  # 0 = none came


@dataclass(frozen=True, slots=True)
class Window:
    """When an attack took place."""

    name: str
    began: float
    ended: float

    def of(self, answers: list[Answer]) -> list[Answer]:
        return [answer for answer in answers if self.began <= answer.began < self.ended]


@dataclass(eq=False)
class Bystanders:
    """`async with` starts them; after its end `answers` holds what they saw."""

    stack: Stack
    calm_seconds: float = CALM_SECONDS
    answers: list[Answer] = field(default_factory=list)
    attacks: list[Window] = field(default_factory=list)
    _process: "asyncio.subprocess.Process | None" = None

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "tests.attacks.bystanders", self.stack.intake,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), TOKEN: self.stack.token()},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        await self._process.stdout.readline()
        await passed(self.calm_seconds)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.finish()

    @asynccontextmanager
    async def watching(self, name: str = "the attack") -> AsyncIterator[None]:
        """The block is an attack; there may be several, one after the other."""
        began = time.monotonic()
        yield
        await passed(AFTERMATH_SECONDS)
        self.attacks.append(Window(name, began, time.monotonic()))

    async def finish(self) -> None:
        """End their posting and read what they saw; may be called twice."""
        if self._process is None:
            return
        written, _ = await self._process.communicate(b"")
        self._process = None
        self.answers = [Answer(*json.loads(line)) for line in written.splitlines()]

    async def assert_unharmed(self) -> None:
        """Everybody was served, and the slow answers hardly slower than before the attack."""
        await self.finish()
        before = self.before()
        assert before, "nobody posted before the attack"
        for attack in self.attacks:
            during = attack.of(self.answers)
            assert during, f"{attack.name}: nobody posted meanwhile"
            refused = [answer.status for answer in during if answer.status != 202]
            assert not refused, f"{attack.name}: {len(refused)} refused: {refused[:5]}"
            was, became = slow(before), slow(during)
            assert became <= max(TIMES * was, NOISE_SECONDS), (attack.name, was, became)

    def before(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.began < self.attacks[0].began]


def slow(answers: list[Answer]) -> float:
    waits = sorted(answer.seconds for answer in answers)
    return waits[min(len(waits) - 1, int(SLOW * len(waits)))]


async def _post_until_input_ends(base: str, token: str) -> list[Answer]:
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.buffer.read))
    seed = f"bystander-{os.getpid()}"
    answers: list[Answer] = []
    async with QuickPoster(base, token) as poster, asyncio.TaskGroup() as posts:
        began = time.monotonic()
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        for number in count():
            due = began + number / RATE
            await asyncio.wait({ended}, timeout=max(0.0, due - time.monotonic()))
            if ended.done():
                break
            posts.create_task(_post(poster, number, seed=seed, due=due, answers=answers))
    return answers


async def _post(
    poster: QuickPoster, number: int, *, seed: str, due: float, answers: list[Answer]
) -> None:
    status = 0
    with suppress(OSError):  # no answer, or none in time: told by the status 0
        status, _ = await poster.post("/v1/inquiries", inquiry(number, seed=seed), headers={})
    answers.append(Answer(due, time.monotonic() - due, status))


if __name__ == "__main__":
    seen = asyncio.run(_post_until_input_ends(sys.argv[1], os.environ[TOKEN]))
    for answer in seen:
        sys.stdout.write(json.dumps([answer.began, answer.seconds, answer.status]) + "\n")
