"""A small company for tests: managers, inquiries, the assigner's and the timers' rounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from services.routing.handlers import apply
from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.timers import tick
from services.routing.use_cases.walks import Walks
from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ContactRelinked
from shared.contracts.envelope import Envelope, Event
from shared.contracts.inquiries import InquiryReceived
from shared.database import Database, transaction
from shared.ids import derived_id, new_id
from shared.messaging.decoding import ReceivedEvent
from shared.runtime.in_flight import InFlight
from tests.integration.routing.invariants import AWAY, WATCH, check_invariants
from tests.support.http_client import Door

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def contact(name: object) -> UUID:
    return derived_id("test contact", name)


@dataclass(eq=False)
class Company:
    database: Database
    now: datetime = NINE
    door: Door = field(init=False)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    # What is asked of the door

    async def ask(
        self,
        method: str,
        path: str,
        *,
        role: str = "admin",
        manager_id: UUID | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        token = self.door.as_(role, manager_id=manager_id)
        return await self.door.client.request(
            method, path, headers={**token, **(headers or {})}, **more
        )

    async def get(self, path: str, **more: Any) -> Any:
        answer = await self.ask("GET", path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def manager(
        self, name: str = "Анна Петрова", *, status: str | None = "online", **fields: Any
    ) -> UUID:
        answer = await self.ask("POST", "/v1/managers", json={"name": name, **fields})
        assert answer.status_code == 201, answer.text
        manager_id = UUID(answer.json()["manager_id"])
        if status is not None:
            await self.status(manager_id, status)
        return manager_id

    async def status(self, manager_id: UUID, status: str, **more: Any) -> None:
        answer = await self.ask(
            "PUT", f"/v1/managers/{manager_id}/status", json={"status": status, **more}
        )
        assert answer.status_code == 200, answer.text

    async def pool(self, key: str, **fields: Any) -> None:
        answer = await self.ask("PUT", f"/v1/pools/{key}", json={"name": key, **fields})
        assert answer.status_code == 200, answer.text

    async def attempt(
        self,
        action: str,
        lead: Mapping[str, Any],
        *,
        by: UUID | None = None,
        role: str | None = None,
        key: str | None = None,
        **body: Any,
    ) -> httpx.Response:
        """Work a lead as it was last seen; as its owner unless stated otherwise."""
        chosen = role or "manager"
        owner = lead["owner_id"]
        manager_id = (by or (UUID(owner) if owner else None)) if chosen == "manager" else None
        headers = {"If-Match": f'"{lead["version"]}"'}
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self.ask(
            "POST",
            f"/v1/leads/{lead['lead_id']}/{action}",
            role=chosen,
            manager_id=manager_id,
            headers=headers,
            json=body,
        )

    async def perform(self, action: str, lead: Mapping[str, Any], **more: Any) -> Any:
        answer = await self.attempt(action, lead, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def lead(self, lead_id: UUID | str) -> Any:
        return await self.get(f"/v1/leads/{lead_id}")

    async def leads(self, **wanted: str) -> list[Any]:
        found: list[Any] = []
        cursor = None
        while True:
            params = {**wanted, "limit": "200", **({"cursor": cursor} if cursor else {})}
            answer = await self.get("/v1/leads", params=params)
            found += answer["items"]
            cursor = answer["next_cursor"]
            if cursor is None:
                return found

    # What is consumed

    def received(self, event: Event) -> ReceivedEvent:
        stream = (event.TOPIC, event.stream_key())
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        envelope = Envelope(
            event_id=new_id(),
            type=event.TYPE,
            source="/leadflow/test",
            time=self.now,
            topic=event.TOPIC,
            key=event.stream_key(),
            version=version,
            payload=event.model_dump_json(),
        )
        return ReceivedEvent(envelope, type(event).model_validate_json(envelope.payload))

    async def consume(self, *events: Event) -> None:
        await self.consume_again(*(self.received(event) for event in events))

    async def consume_again(self, *items: ReceivedEvent) -> None:
        async with transaction(self.database) as session:
            await apply(session, items, now=self.now)

    def inquiry(self, who: object = "someone", **more: Any) -> InquiryReceived:
        members = {"channel": "form", "source_id": derived_id("test source"), **more}
        return InquiryReceived(
            inquiry_id=members.pop("inquiry_id", new_id()),
            contact_id=contact(who),
            received_at=members.pop("received_at", self.now),
            **members,
        )

    async def inquire(self, who: object = "someone", **more: Any) -> Any:
        """Consume an inquiry; returns the lead it is in."""
        event = self.inquiry(who, **more)
        await self.consume(event)
        return await self.lead_of(event.inquiry_id)

    async def lead_of(self, inquiry_id: UUID) -> Any:
        async with transaction(self.database) as session:
            lead_id = await session.scalar(
                "SELECT lead_id FROM lead_inquiry WHERE inquiry_id = :id", {"id": inquiry_id}
            )
        return await self.lead(lead_id)

    async def relink(self, who: object, canonical: object, *, reason: str = "phone") -> None:
        await self.consume(self.relinked(who, canonical, reason=reason))

    def relinked(self, who: object, canonical: object, *, reason: str = "phone") -> ContactRelinked:
        return ContactRelinked(
            contact_id=contact(who),
            canonical_id=contact(canonical),
            batch_id=new_id(),
            reason=reason,
            relinked_at=self.now,
        )

    async def act(self, lead: Mapping[str, Any], *, kind: str = "call", **more: Any) -> None:
        members = {
            "lead_id": lead["lead_id"],
            "manager_id": lead["owner_id"],
            "direction": "outgoing",
            **more,
        }
        await self.consume(
            ActivityRecorded(
                activity_id=new_id(),
                contact_id=lead["contact_id"],
                kind=kind,
                at=self.now,
                learned_at=self.now,
                **members,
            )
        )

    # What the loops do

    async def assign(self) -> int:
        return await assign_waiting(
            self.database, InFlight(self.database, LOOP), Walks(), clock=lambda: self.now
        )

    async def assigned(self, who: object = "someone", **more: Any) -> Any:
        await self.watch()  # on a machine that is busy the last time may be long ago
        lead = await self.inquire(who, **more)
        await self.assign()
        found = await self.lead(lead["lead_id"])
        assert found["owner_id"] is not None, found
        return found

    async def tick(
        self, *, behind: bool = False, away: bool = False, clock_set: bool = False
    ) -> None:
        """A round of the timers; the time before it was served, unless we were away, or it passed
        on our clock alone.
        """
        if away:
            await self.rows(AWAY, now=self.now)
        elif not clock_set:
            await self.watch()
        until = None if behind else self.now
        await tick(self.database, clock=lambda: self.now, touched_until=lambda: until)

    async def watch(self) -> None:
        """The timers were here a moment ago: whoever assigns may rely on them."""
        await self.rows(WATCH, now=self.now)

    async def rows(self, statement: str, **asked: Any) -> list[Any]:
        async with transaction(self.database) as session:
            return list(await session.execute(statement, asked))

    async def emitted(self, lead_id: object, *, without: str = "") -> list[str]:
        """The types emitted of a lead, in order."""
        found = await self.rows(
            "SELECT type FROM journal WHERE key = :key ORDER BY version", key=str(lead_id)
        )
        return [row["type"].removesuffix(".v1") for row in found if row["type"] != without]

    async def check(self) -> None:
        await check_invariants(self.rows)
