"""From the webhook to the owner, and how fast all four services can take it in for good.

`python -m benchmarks.whole_path [--modes embedded kafka] [--seconds 15] [--burst-seconds 5]` starts
`./leadflow up` in each mode. The wait is measured from the moment the door stored the submission
to the moment the assignment was written, both read from routing's journal and intake's tables.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.intake_door import BODY
from benchmarks.machine import HERE, Shot, build_generator, fire, free_port, workshop

RATES = (100.0, 500.0)
SERVICES = ("intake", "routing", "history", "kpi")
MANAGERS = 50  # with room for half a million leads
# When the submission was stored, and when the journal line of its assignment was committed at the
# earliest: the assigner's own clock reading, taken inside the transaction that decided.
STORED = "SELECT submission_id, extract(epoch FROM received_at) FROM submission"
ASSIGNED = """
SELECT opened.payload->>'inquiry_id', extract(epoch FROM assigned.recorded_at)
FROM journal AS opened
JOIN journal AS assigned ON assigned.key = opened.key AND assigned.type = 'lead.assigned.v1'
WHERE opened.type = 'lead.opened.v1' AND opened.topic = 'leads' AND assigned.topic = 'leads'
"""
OWNED_INQUIRIES = "SELECT inquiry_id, submission_id FROM inquiry"
PRESENT = {
    "intake": "SELECT count(*) FROM inquiry",
    "routing": "SELECT count(*) FROM journal WHERE type = 'lead.assigned.v1'",
    "history": "SELECT count(*) FROM line WHERE kind = 'inquiry.received'",
    "kpi": "SELECT count(*) FROM inquiry",
}


class Running:
    """A started Leadflow: its address, token and databases."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.port = port
        self.token = (data / "admin.token").read_text().strip()
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, service: str, sql: str) -> list[list[str]]:
        """Rows of one statement, as text."""
        found = subprocess.run(
            [sys.executable, "leadflow", "psql", service, "-AtX", "-F", ";", "-c", sql],
            cwd=HERE.parent,
            env={**os.environ, "LEADFLOW_DATA": str(self.data)},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        return [line.split(";") for line in found.stdout.splitlines()]

    def count(self, service: str) -> int:
        return int(self.ask(service, PRESENT[service])[0][0])


@contextmanager
def running(mode: str, folder: Path) -> Iterator[Running]:
    data, port = folder / f"state-{mode}", free_port()
    words = (folder / f"{mode}.out").open("wb")
    arguments = ["up", "--port", str(port), *(["--kafka"] if mode == "kafka" else [])]
    launcher = subprocess.Popen(
        [sys.executable, "leadflow", *arguments],
        cwd=HERE.parent,
        env={**os.environ, "LEADFLOW_DATA": str(data), "LEADFLOW_LOG_LEVEL": "error"},
        stdout=words,
        stderr=words,
    )
    try:
        wait_until_ready(launcher, port, folder / f"{mode}.out")
        found = Running(data, port)
        asyncio.run(staff(found))
        yield found
    finally:
        launcher.send_signal(signal.SIGTERM)
        launcher.wait(60)
        words.close()


def wait_until_ready(launcher: subprocess.Popen[bytes], port: int, words: Path) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if launcher.poll() is not None:
            sys.exit(f"up ended with {launcher.returncode}:\n{words.read_text()[-3000:]}")
        try:
            base = f"http://127.0.0.1:{port}"
            if all(httpx.get(f"{base}/{s}/health/ready").status_code == 200 for s in SERVICES):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    sys.exit("the stack did not become ready")


async def staff(stack: Running) -> None:
    """Managers enough that nothing is parked: this measures the path, not the queue."""
    headers = {"Authorization": f"Bearer {stack.token}"}
    async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=20) as client:
        ids = []
        for number in range(MANAGERS):
            answer = await client.post(
                "/routing/v1/managers",
                json={"name": f"Менеджер {number}", "capacity": 10_000, "pools": ["default"]},
            )
            answer.raise_for_status()
            ids.append(answer.json()["manager_id"])
        for manager_id in ids:
            answer = await client.put(
                f"/routing/v1/managers/{manager_id}/status",
                json={"status": "online", "ttl_seconds": 43_200},
            )
            answer.raise_for_status()


def waits(stack: Running, *, since: float) -> list[float]:
    """Seconds from stored to assigned, for everything stored after `since`."""
    stored = {row[0]: float(row[1]) for row in stack.ask("intake", STORED)}
    submission_of = {row[0]: row[1] for row in stack.ask("intake", OWNED_INQUIRIES)}
    return sorted(
        float(at) - stored[submission_of[inquiry]]
        for inquiry, at in stack.ask("routing", ASSIGNED)
        if stored[submission_of[inquiry]] >= since
    )


def quantile(values: Sequence[float], part: float) -> float:
    return values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


def settle(stack: Running, expected: int, *, seconds: float) -> float:
    """Wait until every service has `expected`; the monotonic moment when the last one had."""
    deadline = time.monotonic() + seconds
    counts: dict[str, int] = {}
    while time.monotonic() < deadline:
        counts = {service: stack.count(service) for service in SERVICES}
        if min(counts.values()) >= expected:
            return time.monotonic()
        time.sleep(0.1)
    sys.exit(f"not everything arrived: {json.dumps(counts)} of {expected}")


def measure(mode: str, folder: Path, arguments: argparse.Namespace) -> None:
    generator = build_generator(folder)
    with running(mode, folder) as stack:
        seed, expected = 9_000_000_000, 0

        def shoot(*, seconds: float, rate: float) -> dict[str, float]:
            nonlocal seed, expected
            shot = Shot(
                stack.port,
                "/intake/v1/inquiries",
                stack.token,
                BODY,
                seconds=seconds,
                rate=rate,
                seed=seed,
            )
            found = fire(generator, shot)
            seed, expected = found["next_number"] + 1, expected + found["acks"]
            return found

        shoot(seconds=3.0, rate=100.0)  # warm: caches, plans, the broker's compiler
        settle(stack, expected, seconds=60)
        for rate in RATES:
            began = time.time()
            shot = shoot(seconds=arguments.seconds, rate=rate)
            settle(stack, expected, seconds=120)
            found = waits(stack, since=began)
            tell(f"{mode:<9} {rate:>5.0f}/s", shot, found)
        began_at = time.monotonic()
        posted = shoot(seconds=arguments.burst_seconds, rate=0.0)
        took = settle(stack, expected, seconds=600) - began_at
        print(
            f"{mode:<9} burst: {posted['acks']:.0f} acknowledged in {arguments.burst_seconds:.0f} s"
            f" ({posted['per_second']:.0f}/s), in all four services after {took:.1f} s:"
            f" sustained {posted['acks'] / took:.0f}/s",
            flush=True,
        )


def tell(title: str, shot: dict[str, float], found: Sequence[float]) -> None:
    print(
        f"{title}  door p50 {shot['p50_ms']:.1f} p99 {shot['p99_ms']:.1f} ms"
        f"  stored -> assigned p50 {1000 * quantile(found, 0.5):.0f}"
        f" p99 {1000 * quantile(found, 0.99):.0f} ms  ({len(found)} leads)",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--modes", nargs="+", default=["embedded", "kafka"])
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--burst-seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    with workshop() as folder:
        for mode in arguments.modes:
            measure(mode, folder, arguments)


if __name__ == "__main__":
    main()
