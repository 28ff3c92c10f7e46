"""Everything acknowledged is in all four services exactly once, and nothing stands aside.

The truth is the load's ledger; the services are asked over their own APIs.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from shared.clock import system_clock
from shared.web.tokens import TokenKeys
from tests.support.stack import Stack
from tests.support.waiting import eventually

LISTENERS = ("routing", "history", "kpi")


def service_token(stack: Stack) -> str:
    """A token as the services mint it for each other."""
    return TokenKeys(stack.data / "keys.json").mint(
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


async def present(client: httpx.AsyncClient, service: str, *, since: datetime) -> Counter[str]:
    """How often each inquiry is counted in a listener."""
    until = system_clock() + timedelta(minutes=1)
    answer = await client.get(
        f"/{service}/v1/presence", params={"from": since.isoformat(), "to": until.isoformat()}
    )
    assert answer.status_code == 200, answer.text
    found: Counter[str] = Counter()
    for bucket in answer.json()["buckets"]:
        ids = await client.get(f"/{service}/v1/presence/ids", params={"minute": bucket["minute"]})
        assert ids.status_code == 200, ids.text
        found.update({row["inquiry_id"]: row["times"] for row in ids.json()["ids"]})
    return found


async def assert_exactly_once(
    stack: Stack, acknowledged: Mapping[str, str], *, since: datetime, seconds: float = 120.0
) -> None:
    """Wait until every service has everything; then compare ids with ids."""
    async with stack.client() as client, stack.client(token=service_token(stack)) as peer:

        async def settled() -> dict[str, int]:
            report = (await client.get("/intake/v1/conservation", params={"fresh": "true"})).json()
            counts = {"pending": int(report["submissions"]["pending"])}
            for service in LISTENERS:
                counts[service] = (await present(peer, service, since=since)).total()
            return counts

        expected = len(acknowledged)
        await eventually(
            settled,
            seconds=seconds,
            what=f"{expected} inquiries reach every service",
            until=lambda found: (
                found["pending"] == 0
                and found["routing"] == found["history"] == found["kpi"] >= expected
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


async def assert_nothing_stands_aside(stack: Stack) -> None:
    """No event is held and none is pending in any service."""
    async with stack.client() as client:
        for service in ("intake", *LISTENERS):
            text = (await client.get(f"/{service}/metrics")).text
            for line in text.splitlines():
                if line.startswith(("leadflow_held_events{", "leadflow_pending_events{")):
                    assert float(line.rsplit(" ", 1)[1]) == 0, line
