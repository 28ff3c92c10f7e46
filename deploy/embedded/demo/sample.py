"""Loads the sample company through the public API, and keeps its shifts.

Loading twice changes nothing; no lead is made.
"""

import asyncio
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from deploy.embedded.demo import company
from deploy.embedded.processes.children import LauncherError
from shared.clock import Clock, system_clock
from shared.runtime.loop import Loop

STATUS_SECONDS = 2 * 3600
LOOK_SECONDS = 60.0
PAGE = 200
OPEN_PATIENCE_SECONDS = 60.0  # after a start the services first compare what they have emitted
OPEN_PAUSE_SECONDS = 0.3


def _client(url: str, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=10.0,
        trust_env=False,
    )


async def _call(client: httpx.AsyncClient, method: str, path: str, body: Any = None) -> Any:
    answer = await client.request(method, path, json=body)
    deadline = time.monotonic() + OPEN_PATIENCE_SECONDS
    while answer.status_code == 503 and time.monotonic() < deadline:
        await asyncio.sleep(OPEN_PAUSE_SECONDS)
        answer = await client.request(method, path, json=body)
    if answer.status_code >= 400:
        problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        where = "".join(
            f" {each['pointer']}: {each['detail']}" for each in problem.get("errors", [])
        )
        raise LauncherError(
            f"the sample company was refused: {method} {path} gave {answer.status_code} "
            f"{problem.get('detail', '')}{where}"
        )
    return answer.json() if answer.content else None


async def _all(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        page = await _call(client, "GET", f"{path}?limit={PAGE}{more}")
        items.extend(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return items


async def load(url: str, token: str) -> None:
    """Creates or replaces pools, managers and sources, and puts the shift on duty."""
    async with _client(url, token) as client:
        await _load_pools(client)
        await _load_managers(client)
        await _load_sources(client)
        await _start_shift(client, clock=system_clock)


async def _load_pools(client: httpx.AsyncClient) -> None:
    for pool in company.POOLS:
        body = {"name": pool.name, "rules": list(pool.rules), "policy": pool.policy}
        await _call(client, "PUT", f"/routing/v1/pools/{pool.key}", body)


async def _load_managers(client: httpx.AsyncClient) -> None:
    present = {row["email"]: row for row in await _all(client, "/routing/v1/managers")}
    for manager in company.MANAGERS:
        body = {
            "name": manager.name,
            "email": manager.email,
            "capacity": manager.capacity,
            "time_zone": company.TIME_ZONE,
            "skills": manager.skills,
            "pools": [manager.pool],
        }
        current = present.get(manager.email)
        if current is None:
            await _call(client, "POST", "/routing/v1/managers", body)
        else:
            await _call(client, "PUT", f"/routing/v1/managers/{current['manager_id']}", body)


async def _load_sources(client: httpx.AsyncClient) -> None:
    present = {row["key"]: row for row in await _all(client, "/intake/v1/sources")}
    for source in company.SOURCES:
        body = {
            "key": source.key,
            "adapter": source.adapter,
            "secrets": source.secrets,
            "country": company.COUNTRY,
            "time_zone": company.TIME_ZONE,
            "pool": source.pool,
            "campaign": source.campaign,
        }
        current = present.get(source.key)
        if current is None:
            await _call(client, "POST", "/intake/v1/sources", body)
        else:
            await _call(client, "PUT", f"/intake/v1/sources/{current['source_id']}", body)


async def _start_shift(client: httpx.AsyncClient, *, clock: Clock) -> None:
    """Whoever's shift it is comes online; a status someone has set is left alone."""
    hour = clock().astimezone(ZoneInfo(company.TIME_ZONE)).hour
    working = {manager.email for manager in company.on_duty(hour)}
    for row in await _all(client, "/routing/v1/managers"):
        if row["email"] in working and row["status"] in {"offline", "online"}:
            await _call(
                client,
                "PUT",
                f"/routing/v1/managers/{row['manager_id']}/status",
                {"status": "online", "ttl_seconds": STATUS_SECONDS},
            )


def _token(token_file: Path) -> str:
    return token_file.read_text(encoding="ascii").strip()


def duty_loop(url: str, token_file: Path, *, clock: Clock) -> Loop:
    """The loop that keeps whoever's shift it is online."""
    return Loop("sample-duty", lambda _progress: keep_on_duty(url, token_file, clock=clock))


async def keep_on_duty(url: str, token_file: Path, *, clock: Clock) -> None:
    """Runs until cancelled: statuses are renewed hourly, so that a shift ends by itself."""
    shift_of: int | None = None
    while True:
        hour = clock().hour
        if hour != shift_of:
            try:
                # Read anew each time: tokens can be revoked.
                async with _client(url, _token(token_file)) as client:
                    await _start_shift(client, clock=clock)
                shift_of = hour
            except (OSError, httpx.HTTPError, LauncherError, ValueError):
                # A door that is down for a moment is asked again in a minute.
                shift_of = None
        await asyncio.sleep(LOOK_SECONDS)
