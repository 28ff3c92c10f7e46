"""Durable acknowledgements per second: our door, an echo that stores nothing, an ORM endpoint.

`python -m benchmarks.intake_door [--rounds 5] [--seconds 5]` prints medians of interleaved rounds.
It refuses to measure a database that would lose an acknowledged commit in a power cut.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.machine import (
    OTHER_CORE,
    SERVER_CORE,
    Shot,
    build_generator,
    fire,
    free_port,
    middle,
    process,
    workshop,
)
from deploy.embedded.postgres import PrivatePostgres
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


class Bench:
    """The three servers, side by side, each on the same core in turn."""

    def __init__(self, generator: Path, *, token: str, seconds: float) -> None:
        self.generator = generator
        self.token = token
        self.seconds = seconds
        self.next_seed = 9_000_000_000  # so that +7 and the number is a mobile phone
        self.acks: dict[str, int] = {}

    def shoot(self, name: str, port: int, path: str, *, rate: float = 0.0) -> dict[str, Any]:
        found = fire(
            self.generator,
            Shot(
                port,
                path,
                self.token,
                BODY,
                seconds=self.seconds,
                rate=rate,
                seed=self.next_seed,
            ),
        )
        self.next_seed = found["next_number"] + 1
        self.acks[name] = self.acks.get(name, 0) + found["acks"]
        if found["refused"] or found["broken"]:
            sys.exit(f"{name}: {found['refused']} refused, {found['broken']} broken")
        return found


def show(name: str, rounds: Sequence[Mapping[str, Any]], *, unit: float) -> None:
    rate = middle(rounds, "per_second")
    print(
        f"{name:<36} {rate:>8.0f} /s  x{rate / unit:<5.2f}"
        f" p50 {middle(rounds, 'p50_ms'):>7.2f} ms  p99 {middle(rounds, 'p99_ms'):>7.2f} ms"
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
            "LEADFLOW_LOG_DATABASE_URL": url,
            "LEADFLOW_KEYS_FILE": str(keys),
            "INTAKE_SEALING_KEYS_FILE": str(sealing_file(folder)),
            "LEADFLOW_LOG_LEVEL": "error",
            "RIVAL_DATABASE_URL": url,
        }
        for name, port in ports.items():
            command = (
                [sys.executable, "-m", "services.intake", "api", "--port", str(port)]
                if name == "door"
                else [sys.executable, "-m", "benchmarks.rivals", name, str(port)]
            )
            path = "/health/live" if name == "door" else "/openapi.json"
            stack.enter_context(
                process(command, port=port, core=SERVER_CORE, environment=environment, path=path)
            )
        bench = Bench(generator, token=token, seconds=arguments.seconds)
        compare(bench, ports, rounds=arguments.rounds)
        check(bench, postgres)


async def prepare(postgres: PrivatePostgres) -> None:
    await postgres.create_databases(["intake"])
    await upgrade("intake", postgres.url("intake"))
    await refuse_unless_durable(postgres)


def compare(bench: Bench, ports: Mapping[str, int], *, rounds: int) -> None:
    paths = {"door": "/v1/inquiries", "echo": "/leads", "orm": "/leads"}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ports}
    for number in range(rounds + 1):
        for name, port in ports.items():
            shot = bench.shoot(name, port, paths[name])
            if number:  # the first round only warms up
                found[name].append(shot)
    echo, orm = middle(found["echo"], "per_second"), middle(found["orm"], "per_second")
    print(f"64 connections, closed loop, medians of {rounds} interleaved rounds, {len(BODY)} bytes")
    show("Leadflow's door, durable", found["door"], unit=echo)
    show("FastAPI echo, stores nothing", found["echo"], unit=echo)
    show("FastAPI + ORM, commit per request", found["orm"], unit=echo)
    door = middle(found["door"], "per_second")
    print(f"door = {door / echo:.2f} x the echo = {door / orm:.1f} x the ORM endpoint")
    half = [bench.shoot("door", ports["door"], paths["door"], rate=door / 2) for _ in range(3)]
    print(
        f"open loop at half capacity ({door / 2:.0f}/s): p50 {middle(half, 'p50_ms'):.2f} ms"
        f"  p99 {middle(half, 'p99_ms'):.2f} ms  p99.9 {middle(half, 'p999_ms'):.2f} ms"
    )


def check(bench: Bench, postgres: PrivatePostgres) -> None:
    """Rows stored = acknowledgements given, or nothing above means anything."""
    for name, table in (("door", "submission"), ("orm", "rival_leads")):
        rows = asyncio.run(stored(postgres, table))
        print(f"{name}: {bench.acks[name]} acknowledged, {rows} rows stored")
        if rows != bench.acks[name]:
            sys.exit(f"{name}: acknowledgements and rows differ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    with workshop() as folder:
        measure(arguments, folder)


if __name__ == "__main__":
    main()
