"""Polls may be far apart where no notification is lost; what is due comes in time."""

import asyncio
import time

from shared.wakeup import Wakeup


async def test_quiet_makes_polls_longer_and_nothing_that_is_due() -> None:
    wakeup = Wakeup(quiet_seconds=30.0)
    began = time.monotonic()
    await wakeup.notified("held", seconds=0.01)
    assert time.monotonic() - began < 10
    polling = asyncio.create_task(wakeup.wait("held", seconds=0.01))
    await asyncio.wait({polling}, timeout=0.1)
    assert not polling.done()
    wakeup.notify("held")
    async with asyncio.timeout(10):
        await polling
