"""Mails accepted durably per second, and the memory that large mails and a long queue take.

`python -m benchmarks.smtp [--seconds 5] [--queue 100000]`: the door in a process of its own with
mails of 2.5 KB, then of 30 MB; then a whole Leadflow in one process that reads what has queued up.
It refuses to measure a database that would lose an acknowledged commit in a power cut.
"""

import argparse
import asyncio
import os
import sys
import time
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import asyncpg
import httpx

from benchmarks.intake_door import prepare, stored
from benchmarks.machine import OTHER_CORE, SERVER_CORE, process, workshop
from benchmarks.report import machine_line
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.machine import free_port
from deploy.embedded.state import Folder
from shared.clock import system_clock
from tests.support.signer import new_signer, sealing_file
from tests.support.smtp_client import smtp_client
from tests.support.stack import Stack

MAIL = b"From: Anna <a@b.example>\r\nSubject: Windows %d\r\nMessage-ID: <%d@b.example>\r\n\r\n"
WORDS = b"We need three windows for the house by the lake, please call in the evening.\r\n" * 30
LARGE_BYTES = 30 * 1_048_576
ENVELOPE = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<leads@x.example>\r\nDATA\r\n"
MEBIBYTE = 1_048_576
_NUMBERS = count(1)


def peak_of(pid: int) -> float:
    """The most memory that a process has held, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def send(port: int, *, until: float, per_connection: int) -> int:
    """Mails one after the other, each over one round trip; gives how many were answered 250."""
    answered = 0
    while time.perf_counter() < until:
        async with smtp_client(port) as client:
            for _ in range(per_connection):
                number = next(_NUMBERS)
                client.writer.write(ENVELOPE + MAIL % (number, number) + WORDS + b".\r\n")
                codes = [(await client.answer())[:3] for _ in range(4)]
                if codes != ["250", "250", "354", "250"]:
                    sys.exit(f"refused: {codes}")
                answered += 1
                if time.perf_counter() >= until:
                    break
    return answered


async def rate(port: int, *, seconds: float, connections: int, per_connection: int) -> float:
    begin = time.perf_counter()
    senders = (
        send(port, until=begin + seconds, per_connection=per_connection) for _ in range(connections)
    )
    answered = sum(await asyncio.gather(*senders))
    return answered / (time.perf_counter() - begin)


def large_mail() -> bytes:
    number = next(_NUMBERS)
    head = MAIL % (number, number)
    parts = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
        b"Plans.\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    line = b"QUJD" * 19 + b"\r\n"
    body = parts + line * ((LARGE_BYTES - len(parts)) // len(line)) + b"--b--\r\n"
    return head.removesuffix(b"\r\n") + body


async def send_large(port: int, *, mails: int) -> float:
    """All at the same time; gives the seconds until the last answer."""

    async def one() -> None:
        async with smtp_client(port) as client:
            if (await client.mail(large_mail(), "leads@x.example"))[:3] != "250":
                sys.exit("a large mail was refused")

    begin = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(mails)))
    return time.perf_counter() - begin


def measure_door(arguments: argparse.Namespace, folder: Path) -> None:
    keys = folder / "keys.json"
    token = new_signer(keys).mint(role="admin", now=system_clock())
    os.sched_setaffinity(0, {OTHER_CORE})
    postgres = PrivatePostgres(folder / "state")
    with ExitStack() as stack:
        postgres.start()
        stack.callback(postgres.stop)
        asyncio.run(prepare(postgres))
        port, smtp = free_port(), free_port()
        environment = {
            "INTAKE_DATABASE_URL": postgres.url("intake"),
            "LEADFLOW_KEYS_FILE": str(keys),
            "INTAKE_SEALING_KEYS_FILE": str(sealing_file(folder)),
            "LEADFLOW_LOG_LEVEL": "error",
            "LEADFLOW_SMTP_ADDRESS": f"127.0.0.1:{smtp}",
            "INTAKE_SMTP_PEER_CONNECTIONS": "200",
        }
        command = [sys.executable, "-m", "services.intake", "api", "--port", str(port)]
        door = stack.enter_context(
            process(
                command, port=port, core=SERVER_CORE, environment=environment, path="/health/ready"
            )
        )
        httpx.post(
            f"http://127.0.0.1:{port}/v1/sources",
            json={"key": "leads", "adapter": "smtp"},
            headers={"Authorization": f"Bearer {token}"},
        ).raise_for_status()
        for title, each in (("kept connections", 10**9), ("a connection for each mail", 1)):
            shot = rate(smtp, seconds=arguments.seconds, connections=32, per_connection=each)
            mails, peak = asyncio.run(shot), peak_of(door.pid)
            print(f"2.5 KB, {title}: {mails:.0f} mails/s, door {peak:.0f} MiB")
        seconds = asyncio.run(send_large(smtp, mails=8))
        print(
            f"30 MB, 8 at once: {8 * LARGE_BYTES / MEBIBYTE / seconds:.0f} MiB/s,"
            f" door {peak_of(door.pid):.0f} MiB"
        )
        print(f"{asyncio.run(stored(postgres, 'submission'))} rows stored", flush=True)


_QUEUE = """
INSERT INTO submission (submission_id, source_id, native, body_digest, method, rest, query,
    headers, body, received_at)
SELECT gen_random_uuid(), source_id, false, '', 'POST', '', '', 'content-type:application/json',
    convert_to('{"name": "Anna", "phone": "+7916' || lpad(n::text, 7, '0') || '", "text": "'
        || repeat('We need three windows. ', 40) || '"}', 'UTF8'), now()
FROM source CROSS JOIN generate_series(1, $1) AS n WHERE key = 'queue'
"""


async def measure_queue(arguments: argparse.Namespace, folder: Path) -> None:
    smtp = free_port()
    stack = Stack(folder / "whole", arguments=("--smtp", f"127.0.0.1:{smtp}"))
    stack.launch()
    try:
        await stack.ready()
        assert stack.process is not None
        async with stack.client() as client:
            for source in ({"key": "queue", "adapter": "generic-json"},
                           {"key": "leads", "adapter": "smtp"}):  # fmt: skip
                (await client.post("/intake/v1/sources", json=source)).raise_for_status()
            print(f"a whole Leadflow at rest: {peak_of(stack.process.pid):.0f} MiB")
            await send_large(smtp, mails=4)
            await settled(client)
            print(f"after 4 mails of 30 MB: {peak_of(stack.process.pid):.0f} MiB")
            postgres = PrivatePostgres(Folder(stack.data).postgres)
            connection = await asyncpg.connect(postgres.url("intake").replace("+asyncpg", ""))
            await connection.execute(_QUEUE, arguments.queue)
            await connection.close()
            begin = time.perf_counter()
            await settled(client, seconds=arguments.patience)
            seconds = time.perf_counter() - begin
            print(
                f"{arguments.queue} queued, {seconds:.0f} s of reading them:"
                f" {peak_of(stack.process.pid):.0f} MiB"
            )
    finally:
        stack.stop()


async def settled(client: httpx.AsyncClient, *, seconds: float = 60.0) -> None:
    """Return when nothing is pending, or after so many seconds."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        answer = await client.get("/intake/v1/submissions", params={"state": "pending", "limit": 1})
        if not answer.json()["items"]:
            return
        await asyncio.sleep(0.5)


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.smtp", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--queue", type=int, default=100_000)
    parser.add_argument("--patience", type=float, default=300.0, help="seconds for the queue")
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line())
    with workshop() as folder:
        measure_door(arguments, folder)
    with workshop() as folder:
        asyncio.run(measure_queue(arguments, folder))


if __name__ == "__main__":
    main()
