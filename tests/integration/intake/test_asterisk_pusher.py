"""Our pusher between an Asterisk that only speaks its manager interface and a running door."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn

from deploy.embedded.processes.machine import free_port
from shared.clock import system_clock
from tests.integration.intake.harness import House, one
from tests.support.provider_signatures import SECRETS
from tests.support.waiting import eventually

PUSHER = Path(__file__).parents[3] / "deploy" / "asterisk" / "pusher.py"
ROW = {
    "Source": "79161234567",
    "Destination": "101",
    "StartTime": "2026-01-15 13:30:00",
    "AnswerTime": "",
    "EndTime": "2026-01-15 13:30:20",
    "Disposition": "NO ANSWER",
    "LastApplication": "Dial",
}
TAKEN = {
    **ROW,
    "AnswerTime": "2026-01-15 13:30:09",
    "Disposition": "ANSWERED",
    "DestinationChannel": "PJSIP/102-00000013",
    "BillableSeconds": "11",
}
# A group rings; the second of it takes the call. The rows do not name the whole call.
CALL = (
    {"Event": "Newchannel", "Uniqueid": "1.1", "Linkedid": "1.1"},
    {"Event": "Newchannel", "Uniqueid": "1.2", "Linkedid": "1.1"},
    {"Event": "Cdr", **ROW, "UniqueID": "1.1"},
    {"Event": "Hangup", "Uniqueid": "1.2", "Linkedid": "1.1"},
    {"Event": "Hangup", "Uniqueid": "1.1", "Linkedid": "1.1"},
    {"Event": "Cdr", **TAKEN, "UniqueID": "1.2", "CallerID": '"Анна" <79161234567>'},
)


@dataclass(eq=False)
class FakeAsterisk:
    """Tells `events` to whoever has logged in."""

    events: Sequence[dict[str, str]]
    logins: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/9.0.0\r\n")
        login = await reader.readuntil(b"\r\n\r\n")
        self.logins.append(login.decode())
        writer.write(b"Response: Success\r\nMessage: Authentication accepted\r\n\r\n")
        for event in self.events:
            lines = "".join(f"{name}: {value}\r\n" for name, value in event.items())
            writer.write(lines.encode() + b"\r\n")
        self.events = ()
        await writer.drain()
        while await reader.read(1000):
            pass
        writer.close()


@asynccontextmanager
async def asterisk(*events: dict[str, str]) -> AsyncIterator[tuple[FakeAsterisk, int]]:
    fake = FakeAsterisk(events)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    async with server:
        yield fake, server.sockets[0].getsockname()[1]


@asynccontextmanager
async def pusher(folder: Path, *, manager: int, door: int) -> AsyncIterator[None]:
    """The pusher as a process, killed without warning at the end."""
    settings = folder / "pusher.ini"
    settings.write_text(
        f"[manager]\nport = {manager}\nusername = leadflow\nsecret = s%cret\n"
        f"[leadflow]\nurl = http://127.0.0.1:{door}/v1/hooks/pbx\n"
        f"secret = {SECRETS['asterisk']['secret']}\n"
        f"[spool]\nfolder = {folder}\nsettle_seconds = 0.1\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, PUSHER, settings)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def open_door(house: House, port: int) -> AsyncIterator[None]:
    server = uvicorn.Server(
        uvicorn.Config(house.app, port=port, lifespan="off", log_config=None, access_log=False)
    )
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def posted_next(ready: Path) -> list[Path]:
    return sorted(ready.glob("*.json"))


async def waits(ready: Path, number: int) -> None:
    """Until so many calls wait on disk to be posted."""

    async def count() -> int:
        return len(posted_next(ready))

    await eventually(count, seconds=20, until=lambda count: count == number, what="the spool")


@pytest.fixture
async def pbx(house: House) -> House:
    house.time.now = system_clock()  # the pusher signs the true moment
    secrets = dict(SECRETS["asterisk"])
    await house.source(key="pbx", adapter="asterisk", secrets=secrets)
    return house


async def test_a_call_survives_that_leadflow_is_away_and_that_the_pusher_dies(
    pbx: House, tmp_path: Path
) -> None:
    door, ready = free_port(), tmp_path / "ready"
    async with asterisk(*CALL) as (fake, port):
        async with pusher(tmp_path, manager=port, door=door):
            await waits(ready, 1)
        assert "Secret: s%cret" in fake.logins[0]
        (file,) = posted_next(ready)
        shutil.copy(file, ready / ("9" + file.name[1:]))  # its answer was lost once
        async with open_door(pbx, door), pusher(tmp_path, manager=port, door=door):
            await waits(ready, 0)
    assert await pbx.count() == 1
    await pbx.normalise()
    event = one(await pbx.emitted("inquiry.received"))
    call = event["call"]
    assert (event["external_id"], call["outcome"], call["employee"]) == ("1.1", "answered", "102")
    assert event["contact"]["phones"] == ["+79161234567"]


async def test_what_leadflow_will_never_take_holds_up_nothing(pbx: House, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.mkdir()
    (ready / "00000000000000000001-x.json").write_bytes(b"not JSON")
    async with asterisk(*CALL) as (_, port):
        door = free_port()
        async with open_door(pbx, door), pusher(tmp_path, manager=port, door=door):
            await eventually(pbx.count, seconds=20, what="the call behind it is stored")
    assert [path.name for path in (tmp_path / "refused").iterdir()] == [
        "00000000000000000001-x.json"
    ]
