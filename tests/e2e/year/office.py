"""Speaks to a running Leadflow as the head of sales does: by HTTP, and nothing else."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from shared.clock import system_clock
from tests.support.waiting import eventually

MOSCOW, URALS = ZoneInfo("Europe/Moscow"), ZoneInfo("Asia/Yekaterinburg")


def quiet_zone(now: datetime) -> ZoneInfo:
    """Where no day ends within the next hour, so that all steps are of one day."""
    return URALS if now.astimezone(MOSCOW).hour == 23 else MOSCOW


@dataclass(eq=False)
class Office:
    """`managers` are ids by name. `zone` is the company's, whose day it is."""

    client: httpx.AsyncClient
    zone: ZoneInfo
    managers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, *, status: int = 200, **more: Any) -> Any:
        answer = await self.client.request(method, path, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def get(self, path: str, **params: Any) -> Any:
        return await self.ask("GET", path, params=params)

    async def post(self, path: str, body: Any = None, *, status: int = 201, **more: Any) -> Any:
        return await self.ask("POST", path, json=body, status=status, **more)

    async def revise(self, method: str, path: str, version: int, body: Any, **more: Any) -> Any:
        headers = {"If-Match": f'"{version}"'}
        return await self.ask(method, path, json=body, headers=headers, **more)

    async def pointers(self, method: str, path: str, **more: Any) -> list[str]:
        """The fields that a refusal names."""
        problem = await self.ask(method, path, status=422, **more)
        return [error["pointer"] for error in problem["errors"]]

    async def pages(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """All items of a list."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(path, **params, **cursor)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}

    async def soon(self, path: str, until: Any, *, what: str, **params: Any) -> Any:
        async def look() -> Any:
            return await self.get(path, **params)

        return await eventually(look, seconds=30, what=what, until=until, pause_seconds=0.2)

    @property
    def today(self) -> date:
        return system_clock().astimezone(self.zone).date()

    def days(self, first: date, end: date) -> dict[str, str]:
        """A period of the company's days."""
        return {"from": first.isoformat(), "to": end.isoformat(), "tz": self.zone.key}


def exact(number: float | None) -> Decimal:
    """A number of the API, as it was written."""
    assert number is not None
    return Decimal(str(number))
