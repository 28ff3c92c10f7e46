"""The bell: polls may be far apart where no ring is lost, what is due comes in time."""

import asyncio
import time

from shared.bell import Bell


async def test_a_quiet_bell_makes_polls_longer_and_nothing_that_is_due() -> None:
    bell = Bell(quiet_seconds=30.0)
    began = time.monotonic()
    await bell.wait("held", seconds=0.01, poll=False)
    assert time.monotonic() - began < 10
    polling = asyncio.create_task(bell.wait("held", seconds=0.01))
    await asyncio.wait({polling}, timeout=0.1)
    assert not polling.done()
    bell.ring("held")
    async with asyncio.timeout(10):
        await polling
