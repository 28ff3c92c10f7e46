"""What strangers send to the door, and how: the others notice nothing, and memory stays flat."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from tests.attacks.bystanders import Bystanders
from tests.support.door_attacks import BODIES, CONNECTIONS, HEADS, SOURCES, Attack, Statuses
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = [pytest.mark.attacks, pytest.mark.e2e]
# Above what it was: strangers' bodies may take 32 MiB, connections and answers some more.
GROWTH_BYTES = 96 * 1_048_576


@pytest.fixture
async def target(victim: Stack) -> AsyncIterator[Stack]:
    """With sources that ask for a proof; it is at rest again when the test ends."""
    async with victim.client() as client:
        for source in SOURCES:
            answer = await client.post("/intake/v1/sources", json=source)
            assert answer.status_code in {201, 409}, answer.text
        await client.get("/intake/openapi.json")  # written once, at its first asking
    yield victim
    await eventually(lambda: held(victim), seconds=40, until=at_rest, what="nothing is held")


async def held(stack: Stack) -> tuple[int, int]:
    """Connections and bytes of bodies, as the door counts them."""
    async with stack.client() as client:
        lines = (await client.get("/intake/metrics")).text.splitlines()
    figures = {line.split("{")[0]: float(line.rsplit(" ", 1)[1]) for line in lines if "{" in line}
    return int(figures["leadflow_connections"]), int(figures["leadflow_body_bytes"])


def at_rest(figures: tuple[int, int]) -> bool:
    return figures[0] < 100 and figures[1] == 0


class Memory:
    """The most that the process has held since it was forgotten last."""

    def __init__(self, stack: Stack) -> None:
        assert stack.process is not None
        self._folder = Path("/proc") / str(stack.process.pid)

    def forget(self) -> int:
        (self._folder / "clear_refs").write_text("5")
        return self.peak()

    def peak(self) -> int:
        lines = (self._folder / "status").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


async def attacked(
    target: Stack, bystanders: Bystanders, attacks: Mapping[str, Attack]
) -> dict[str, Statuses]:
    """Each attack in turn, beside the bystanders; gives what the attackers were told."""
    memory = Memory(target)
    statuses, growth = {}, {}
    for name, attack in attacks.items():
        before = memory.forget()
        async with bystanders.watching(name):
            statuses[name] = await attack(target.url)
        growth[name] = memory.peak() - before
    await bystanders.assert_unharmed()
    assert max(growth.values()) < GROWTH_BYTES, growth
    return statuses


async def test_heads(target: Stack, bystanders: Bystanders) -> None:
    statuses = await attacked(target, bystanders, HEADS)
    assert all(set(seen) <= {0, 431} for seen in statuses.values()), statuses
    assert sum(seen[431] for seen in statuses.values()) > 10, statuses


async def test_bodies(target: Stack, bystanders: Bystanders) -> None:
    statuses = await attacked(target, bystanders, BODIES)
    chunks = statuses.pop("extensions of chunks")
    assert set(chunks) <= {0, 400}, chunks
    assert all(set(seen) <= {0, 401, 503} for seen in statuses.values()), statuses


async def test_connections(target: Stack, bystanders: Bystanders) -> None:
    await attacked(target, bystanders, CONNECTIONS)
