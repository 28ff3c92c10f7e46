"""Many reports at once that take long: some wait, the others are sent away for a moment."""

import asyncio

import httpx

from shared.database import Database, transaction
from tests.support.http_client import Door

AT_ONCE = 40
DAYS = {"from": "2026-03-02", "to": "2026-03-04"}


async def test_who_finds_no_connection_is_told_when_to_come_again(
    database: Database, door: Door
) -> None:
    async def ask() -> httpx.Response:
        return await door.client.get("/v1/funnel", params=DAYS, headers=door.as_("supervisor"))

    async with transaction(database) as session:
        # No report that reads it ends while this is held, however long it takes.
        await session.execute("LOCK TABLE counter IN ACCESS EXCLUSIVE MODE")
        answers = await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    assert (await ask()).status_code == 200, "it serves as soon as it can"
