"""Pay at a time of our choosing: the door, sales of two managers, and the loops' rounds by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from services.kpi.repository.motivation.attainments import Measured
from services.kpi.service import KPI
from services.kpi.settings import Settings
from services.kpi.use_cases.motivation.attain import emit_attainments
from services.kpi.use_cases.motivation.what_if import compute_next
from shared.application import create_app
from shared.contracts.leads import LeadReopened, LeadWon
from shared.contracts.managers import ManagerChanged
from shared.database import Database, transaction
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door, open_door
from tests.support.signer import new_signer

ANNA, BORIS = (some_id("manager", name) for name in ("Анна", "Борис"))
ZONE = ZoneInfo("Europe/Moscow")
TERMS: dict[str, Any] = {
    "currency": "RUB",
    "base": 40000,
    "personal": {"bonus": 30000},
    "company_multiplier": {},
    "groups": [{"key": "kitchens", "products": ["Кухня"]}],
    "bonuses": [{"group": "kitchens", "rate": "0.015"}],
}
SCHEMES = "/v1/motivation/schemes"
STATEMENTS = "/v1/motivation/statements"
TARGETS = "/v1/motivation/targets"


@dataclass(eq=False)
class Payroll:
    """A company of two managers."""

    database: Database
    door: Door
    clock: list[datetime]
    streams: EventStreams = field(default_factory=EventStreams)

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def at(self, *moment: int) -> None:
        """It is this year, month, day and hour of UTC; what happens next happens then."""
        self.clock[0] = self.streams.at = datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type]

    def hired(self, manager_id: UUID, name: str, **more: Any) -> None:
        self.streams.emit(
            ManagerChanged(
                manager_id=manager_id,
                changed_at=self.streams.at,
                name=name,
                capacity=5,
                time_zone="Europe/Moscow",
                **more,
            )
        )

    def won(self, name: str, manager_id: UUID, amount: float | None, **more: Any) -> UUID:
        """A lead of somebody of its own, won by a manager."""
        contact = some_id("contact", name)
        product = more.pop("product", None)
        inquiry = self.streams.inquiry(name, contact=contact, product_interest=product)
        lead = self.streams.opened(name, inquiry=inquiry, contact=contact)
        members = {"manager_id": manager_id, "amount": amount, "currency": "RUB", **more}
        self.streams.on_lead(LeadWon, lead, contact, **members)
        return lead

    def reopened(self, name: str) -> None:
        contact = some_id("contact", name)
        self.streams.on_lead(LeadReopened, some_id("lead", name), contact, closed_as="won")

    async def consume(self) -> None:
        await consume(self.database, apply_and_tell, self.streams.events)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        role: str = "supervisor",
        own: UUID | None = None,
        status: int = 200,
        **more: Any,
    ) -> Any:
        headers = self.door.as_(role, manager_id=own) | more.pop("headers", {})
        answer = await self.door.client.request(method, path, headers=headers, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def plan(self, month: str, subject: object, value: object, **more: object) -> None:
        target = {"month": month, "subject": str(subject), "value": value, "currency": "RUB"}
        await self.ask("PUT", TARGETS, json={"targets": [target | more]})

    async def draft(self, status: int = 201, **more: Any) -> Any:
        body = {"name": "Отдел продаж", "terms": TERMS} | more
        return await self.ask("POST", SCHEMES, json=body, status=status)

    async def try_out(self, scheme_id: str, version: int = 1) -> dict[str, Any]:
        """What a version would have paid, computed to its end."""
        path = f"{SCHEMES}/{scheme_id}/versions/{version}/what-if"
        item = await self.ask("POST", path, status=202)
        while await self.compute():
            pass
        done: dict[str, Any] = await self.ask(
            "GET", f"/v1/motivation/what-ifs/{item['what_if_id']}"
        )
        return done

    async def compute(self) -> bool:
        async with transaction(self.database) as session:
            return await compute_next(session, ZONE, now=self.now)

    async def approved(self, from_month: str, **more: Any) -> dict[str, Any]:
        scheme = await self.draft(**more)
        await self.try_out(scheme["scheme_id"])
        path = f"{SCHEMES}/{scheme['scheme_id']}/versions/1/approve"
        item: dict[str, Any] = await self.ask("POST", path, json={"from_month": from_month})
        return item

    async def statement(self, manager_id: UUID, month: str, **more: Any) -> dict[str, Any]:
        path = f"{STATEMENTS}/{manager_id}"
        item: dict[str, Any] = await self.ask("GET", path, params={"month": month}, **more)
        return item

    async def parts(self, manager_id: UUID, month: str, line: int) -> list[dict[str, Any]]:
        """All sales of a line, page by page."""
        path, cursor, items = f"{STATEMENTS}/{manager_id}/lines/{line}", None, []
        while True:
            params = {"month": month, "limit": 2} | ({"cursor": cursor} if cursor else {})
            page = await self.ask("GET", path, params=params)
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    async def close(self, month: str, status: int = 200) -> Any:
        return await self.ask("POST", f"{STATEMENTS}/close", json={"month": month}, status=status)

    async def measure(self) -> list[Measured]:
        async with transaction(self.database) as session:
            return await emit_attainments(session, ZONE, now=self.now)


@asynccontextmanager
async def open_payroll(url: str, folder: Path) -> AsyncIterator[Payroll]:
    keys = folder / "keys.json"
    signer = new_signer(keys)
    settings = Settings(database_url=SecretStr(url), keys_file=keys, allow_unsafe_database=True)
    database = KPI.open_database(settings, single=None, background=True)
    clock = [datetime(2026, 3, 2, 9, tzinfo=UTC)]
    try:
        async with open_door(create_app(KPI, settings, clock=lambda: clock[0]), signer) as door:
            payroll = Payroll(database, door, clock)
            payroll.hired(ANNA, "Анна Ёлкина")
            payroll.hired(BORIS, "Борис")
            yield payroll
    finally:
        await database.close()
