"""Durable acknowledgements per second, and per second of the server's CPU: our door, an echo that
stores nothing, an ORM endpoint.

`python -m benchmarks.intake_door [--rounds 5] [--seconds 5]` prints medians of interleaved rounds.
It refuses to measure a database that would lose an acknowledged commit in a power cut.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.accounting import usage_of
from benchmarks.machine import (
    OTHER_CORE,
    SERVER_CORE,
    Shot,
    build_generator,
    fire,
    middle,
    process,
    workshop,
)
from benchmarks.report import machine_line
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.machine import free_port
from shared.clock import system_clock
from shared.migrations import upgrade
from tests.support.signer import new_signer, sealing_file

BODY = (
    '{"channel":"form","external_id":"@@@@@@@@@@","contact":{"name":"Анна Каренина",'
    '"phones":["+7@@@@@@@@@@"],"emails":["anna@@@@@@@@@@.example@mail.example"]},'
    '"text":"Здравствуйте! Хочу обсудить поставку оборудования для салона на Петроградской, '
    'перезвоните мне, пожалуйста, после обеда.","campaign":{"utm_source":"yandex",'
    '"utm_medium":"cpc","utm_campaign":"autumn"},"fields":{"Город":"Санкт-Петербург"}}'
).encode()
TITLES = {
    "door": "Leadflow's door, durable",
    "echo": "FastAPI echo, stores nothing",
    "orm": "FastAPI + ORM, commit per request",
}
PATHS = {"door": "/v1/inquiries", "echo": "/leads", "orm": "/leads"}
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


async def refuse_unless_durable(postgres: PrivatePostgres) -> None:
    connection = await postgres.connect("intake")
    try:
        for name in DURABLE:
            if await connection.fetchval(f"SHOW {name}") == "off":
                sys.exit(f"refused: {name} is off, these would not be durable acknowledgements")
    finally:
        await connection.close()


async def stored(postgres: PrivatePostgres, table: str) -> int:
    connection = await postgres.connect("intake")
    try:
        count: int = await connection.fetchval(f"SELECT count(*) FROM {table}")
        return count
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: where it listens, and the process that all of it descends from."""

    port: int
    path: str
    pid: int


class Bench:
    """The three servers, side by side, each on the same core in turn."""

    def __init__(
        self, generator: Path, servers: Mapping[str, Served], *, token: str, seconds: float
    ) -> None:
        self.generator = generator
        self.servers = servers
        self.token = token
        self.seconds = seconds
        self.next_seed = 9_000_000_001  # so that +7 and the number is a mobile phone
        self.acks: dict[str, int] = {}

    def shoot(self, name: str, *, rate: float = 0.0) -> dict[str, Any]:
        """What the generator measured, and `per_cpu_second`: acknowledgements for each second that
        the server's processes, all but PostgreSQL, have worked.
        """
        server = self.servers[name]
        before = usage_of(server.pid)
        result = fire(
            self.generator,
            Shot(
                server.port,
                server.path,
                self.token,
                BODY,
                seconds=self.seconds,
                rate=rate,
                seed=self.next_seed,
            ),
        )
        cpu_seconds = usage_of(server.pid).since(before).python
        self.next_seed = result["next_number"] + 1
        self.acks[name] = self.acks.get(name, 0) + result["acks"]
        if result["refused"] or result["broken"]:
            sys.exit(f"{name}: {result['refused']} refused, {result['broken']} broken")
        return result | {"per_cpu_second": result["acks"] / cpu_seconds}


def line_of(name: str, rounds: Sequence[Mapping[str, Any]], *, echo: float) -> str:
    """Medians of the rounds; `echo` is what the echo acknowledges in a second of its CPU."""
    per_cpu_second = middle(rounds, "per_cpu_second")
    return (
        f"{name:<36}{middle(rounds, 'per_second'):>8.0f} /s{per_cpu_second:>9.0f} per CPU second"
        f"  x{per_cpu_second / echo:<5.2f} p50 {middle(rounds, 'p50_ms'):>7.2f} ms"
        f"  p99 {middle(rounds, 'p99_ms'):>7.2f} ms"
        f"  generator {100 * middle(rounds, 'cpu'):>3.0f} % CPU"
    )


def measure(arguments: argparse.Namespace, folder: Path) -> None:
    generator = build_generator(folder)
    keys = folder / "keys.json"
    token = new_signer(keys).mint(role="admin", now=system_clock())
    os.sched_setaffinity(0, {OTHER_CORE})  # PostgreSQL inherits it; the server has the other core
    postgres = PrivatePostgres(folder / "state")
    with ExitStack() as stack:
        postgres.start()
        stack.callback(postgres.stop)
        asyncio.run(prepare(postgres))
        url = postgres.url("intake")
        ports = {name: free_port() for name in ("door", "echo", "orm")}
        environment = {
            "INTAKE_DATABASE_URL": url,
            "LEADFLOW_KEYS_FILE": str(keys),
            "INTAKE_SEALING_KEYS_FILE": str(sealing_file(folder)),
            "LEADFLOW_LOG_LEVEL": "error",
            "RIVAL_DATABASE_URL": url,
        }
        servers = {}
        for name, port in ports.items():
            command = (
                [sys.executable, "-m", "services.intake", "api", "--port", str(port)]
                if name == "door"
                else [sys.executable, "-m", "benchmarks.rivals", name, str(port)]
            )
            path = "/health/live" if name == "door" else "/openapi.json"
            running = stack.enter_context(
                process(command, port=port, core=SERVER_CORE, environment=environment, path=path)
            )
            servers[name] = Served(port, PATHS[name], running.pid)
        bench = Bench(generator, servers, token=token, seconds=arguments.seconds)
        compare(bench, rounds=arguments.rounds)
        check(bench, postgres)


async def prepare(postgres: PrivatePostgres) -> None:
    await postgres.create_databases(["intake"])
    await upgrade("intake", postgres.url("intake"))
    await refuse_unless_durable(postgres)


def compare(bench: Bench, *, rounds: int) -> None:
    shots: dict[str, list[dict[str, Any]]] = {name: [] for name in bench.servers}
    for number in range(rounds + 1):
        for name in bench.servers:
            shot = bench.shoot(name)
            if number:  # the first round only warms up
                shots[name].append(shot)
    echo = middle(shots["echo"], "per_cpu_second")
    print(f"64 connections, closed loop, medians of {rounds} interleaved rounds, {len(BODY)} bytes")
    for name, title in TITLES.items():
        print(line_of(title, shots[name], echo=echo))
    half = middle(shots["door"], "per_second") / 2
    calm = [bench.shoot("door", rate=half) for _ in range(3)]
    print(
        f"open loop at half capacity ({half:.0f}/s): p50 {middle(calm, 'p50_ms'):.2f} ms"
        f"  p99 {middle(calm, 'p99_ms'):.2f} ms  p99.9 {middle(calm, 'p999_ms'):.2f} ms",
        flush=True,
    )


def check(bench: Bench, postgres: PrivatePostgres) -> None:
    """Rows stored = acknowledgements given, or nothing above means anything."""
    for name, table in (("door", "submission"), ("orm", "rival_leads")):
        rows = asyncio.run(stored(postgres, table))
        print(f"{name}: {bench.acks[name]} acknowledged, {rows} rows stored")
        if rows != bench.acks[name]:
            sys.exit(f"{name}: acknowledgements and rows differ")


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.intake_door",
        description="The door, a FastAPI echo and a FastAPI + ORM endpoint, in turn on one core.",
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round of each server")
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    with workshop() as folder:
        measure(arguments, folder)


if __name__ == "__main__":
    main()
