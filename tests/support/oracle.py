"""Everything acknowledged is in all four services exactly once, and nothing stands aside.

The truth is the load's ledger; the services are asked over their own APIs.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from shared.clock import system_clock
from tests.support.signer import signer_of
from tests.support.stack import Running
from tests.support.waiting import eventually

LISTENERS = ("routing", "history", "kpi")
ASIDE = ("leadflow_held_events{", "leadflow_pending_events{")
COUNTED = "leadflow_counted_timestamp_seconds{"


def service_token(stack: Running) -> str:
    """A token such as the mint gives the services."""
    return signer_of(stack.keys_file).mint(
        role="service", now=system_clock(), lifetime=timedelta(hours=1)
    )


async def walk(client: httpx.AsyncClient, path: str, **query: object) -> list[dict[str, Any]]:
    """Every item of a paginated list."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": 200, **query, **({"cursor": cursor} if cursor else {})}
        answer = await client.get(path, params={k: str(v) for k, v in parameters.items()})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items.extend(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            return items


async def buckets(
    client: httpx.AsyncClient, service: str, *, since: datetime, step: str
) -> list[dict[str, Any]]:
    """Beginnings of minutes, hours or days, with the count of places where inquiries stand, from
    the one in which `since` lies.
    """
    begin = since.replace(second=0, microsecond=0)
    if step == "day":
        begin = begin.replace(hour=0, minute=0)
    until = system_clock() + timedelta(minutes=1)
    span = {"from": begin.isoformat(), "to": until.isoformat(), "step": step}
    answer = await client.get(f"/{service}/v1/reconciliation", params=span)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["digests"]
    return found


async def present(client: httpx.AsyncClient, service: str, *, since: datetime) -> Counter[str]:
    """How often each inquiry is counted in a listener."""
    found: Counter[str] = Counter()
    for bucket in await buckets(client, service, since=since, step="minute"):
        place = {"minute": bucket["begins_at"]}
        while True:
            answer = await client.get(f"/{service}/v1/reconciliation/ids", params=place)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found.update({row["inquiry_id"]: row["times"] for row in page["ids"]})
            if page["next"] is None:
                break
            place["after"] = page["next"]
    return found


async def pending(client: httpx.AsyncClient) -> bool:
    """Whether a submission still waits to be normalised."""
    answer = await client.get("/intake/v1/submissions", params={"state": "pending", "limit": 1})
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["items"])


async def assert_exactly_once(
    stack: Running,
    acknowledged: Mapping[str, str],
    *,
    since: datetime,
    beside: int = 0,
    seconds: float = 120.0,
) -> None:
    """Wait until every service has everything; then compare ids with ids. `beside` what was
    acknowledged there are so many inquiries since then.
    """
    async with stack.client() as client, stack.client(token=service_token(stack)) as peer:

        async def settled() -> dict[str, int]:
            counts = {"pending": int(await pending(client))}
            # What nobody got an answer for is among them, and may be on its way to some services.
            counts["intake"] = len(await walk(client, "/intake/v1/inquiries"))
            for service in LISTENERS:
                days = await buckets(peer, service, since=since, step="day")
                counts[service] = sum(day["count"] or 0 for day in days)
            return counts

        expected = len(acknowledged) + beside
        await eventually(
            settled,
            seconds=seconds,
            what=f"{expected} inquiries reach every service",
            pause_seconds=1.0,
            until=lambda found: (
                found["pending"] == 0
                and {found[service] for service in LISTENERS} == {found["intake"]}
                and found["intake"] >= expected
            ),
        )
        inquiries = await walk(client, "/intake/v1/inquiries")
        by_key = Counter(item["external_id"] for item in inquiries)
        missing = [key for key in acknowledged if by_key[key] != 1]
        assert not missing, f"{len(missing)} keys are not exactly one inquiry: {missing[:5]}"
        ids = {item["inquiry_id"] for item in inquiries}
        for service in LISTENERS:
            found = await present(peer, service, since=since)
            assert set(found) == ids, f"{service}: {len(set(found) ^ ids)} inquiries differ"
            assert max(found.values()) == 1, f"{service} counts an inquiry twice"
        quarantined = await walk(client, "/intake/v1/submissions", state="quarantined")
        assert not quarantined


async def assert_nothing_stands_aside(stack: Running, *, seconds: float = 120.0) -> None:
    """Soon no event is held and none is pending in any service, as counted from now on."""
    now = system_clock().timestamp()
    addresses = [stack.worker_metrics(service) for service in ("intake", *LISTENERS)]
    async with httpx.AsyncClient(timeout=60.0) as client:

        async def aside() -> list[str]:
            lines = []
            for address in addresses:
                lines += await _standing_aside(client, address, since=now)
            return lines

        await eventually(
            aside,
            seconds=seconds,
            what="nothing stands aside",
            until=lambda lines: not lines,
            pause_seconds=0.5,
        )


async def _standing_aside(client: httpx.AsyncClient, address: str, *, since: float) -> list[str]:
    """The gauges that are not 0, or the word that they are old."""
    try:
        answer = await client.get(address)
    except httpx.HTTPError as error:
        return [f"{address}: {type(error).__name__}"]
    assert answer.status_code == 200, answer.text
    values = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if line[:1] != "#")
    counted_at = [
        float(value)
        for name, value in values.items()
        if name.startswith(COUNTED) and 'what="mailbox"' in name
    ]
    if max(counted_at, default=0.0) < since:
        return [f"{address} has not counted yet"]
    gauges = {name: value for name, value in values.items() if name.startswith(ASIDE)}
    assert gauges, f"{address} does not show what is held and pending"
    return [f"{name} {value}" for name, value in gauges.items() if float(value) != 0]
