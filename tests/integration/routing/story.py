"""A company's days by chance: inquiries, managers and what they do, merges and splits."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.routing.handlers import apply
from services.routing.use_cases.departures import departing
from shared.contracts.activities import ActivityRecorded
from shared.contracts.contacts import ContactRelinked
from shared.contracts.envelope import Event
from shared.contracts.inquiry import Call
from shared.database import transaction
from shared.ids import new_id
from shared.messaging.decoding import ReceivedEvent
from tests.integration.routing.harness import Company

PEOPLE = 4


@dataclass(eq=False)
class Story:
    """`events` is what it consumed, in that order."""

    company: Company
    choice: random.Random
    events: list[ReceivedEvent] = field(default_factory=list)
    canonical: dict[int, int] = field(default_factory=lambda: {n: n for n in range(PEOPLE)})

    async def live(self, steps: int) -> None:
        deeds = (
            *(self.inquire, self.inquire, self.join, self.part, self.assign, self.assign),
            *(self.accept, self.accept, self.give_back, self.stage, self.close, self.reassign),
            *(self.expire, self.act, self.staff, self.reopen, self.plan, self.leave),
        )
        for _ in range(steps):
            self.company.pass_time(seconds=self.choice.randrange(1, 60))
            await self.company.watch()
            await self.choice.choice(deeds)()

    async def consume(self, *events: Event) -> None:
        items = [self.company.received(event) for event in events]
        self.events += items
        async with transaction(self.company.database) as session:
            await apply(session, items, now=self.company.now)

    async def lead(self, condition: str) -> Any:
        rows = await self.company.rows(f"SELECT lead_id FROM lead WHERE {condition}")
        ids = sorted(row["lead_id"] for row in rows)
        return await self.company.lead(self.choice.choice(ids)) if ids else None

    async def inquire(self) -> None:
        event = self.company.inquiry(
            self.choice.randrange(PEOPLE),
            channel=self.choice.choice(["form", "call"]),
            language=self.choice.choice([None, "en"]),
            priority_class=self.choice.choice(["low", "normal", "high"]),
            is_test=self.choice.random() < 0.1,
            call=self.choice.choice([None, Call(direction="incoming", outcome="answered")]),
            received_at=self.company.now - timedelta(seconds=self.choice.randrange(9)),
        )
        await self.consume(event)

    async def join(self) -> None:
        person, other = self.choice.randrange(PEOPLE), self.choice.randrange(PEOPLE)
        former, into = self.canonical[person], self.canonical[other]
        await self._relink({n: into for n, now in self.canonical.items() if now == former != into})

    async def part(self) -> None:
        person = self.choice.randrange(PEOPLE)
        if self.canonical[person] != person:
            await self._relink({person: person})

    async def _relink(self, targets: dict[int, int]) -> None:
        self.canonical |= targets
        events: list[ContactRelinked] = [self.company.relinked(*item) for item in targets.items()]
        if events:
            await self.consume(*events)

    async def assign(self) -> None:
        await self.company.assign()

    async def accept(self) -> None:
        lead = await self.lead("state = 'open' AND owner_id IS NOT NULL AND accepted_at IS NULL")
        if lead:
            await self.company.perform("accept", lead)

    async def give_back(self) -> None:
        lead = await self.lead("state = 'open' AND owner_id IS NOT NULL")
        if lead:
            action = "return" if lead["accepted_at"] else "decline"
            await self.company.perform(action, lead, reason=self.choice.choice([None, "not mine"]))

    async def stage(self) -> None:
        lead = await self.lead("state = 'open' AND accepted_at IS NOT NULL")
        if lead:
            said = self.choice.choice(
                [{}, {"facts": {"budget": "500"}, "amount": 500, "currency": "RUB"}]
            )
            await self.company.perform(
                "stage", lead, stage=self.choice.choice(["offer", "in_work"]), **said
            )

    async def close(self) -> None:
        lead = await self.lead("state = 'open' AND accepted_at IS NOT NULL")
        if lead and self.choice.random() < 0.5:
            await self.company.perform("won", lead, amount=1500.5, currency="RUB")
        elif lead:
            await self.company.perform("lost", lead, loss_reason="price")

    async def reopen(self) -> None:
        lead = await self.lead("state IN ('won', 'lost')")
        if lead:
            role = self.choice.choice(["manager", "supervisor"])
            answer = await self.company.attempt("reopen", lead, role=role, reason="they are back")
            assert answer.status_code in {200, 409}, answer.text

    async def plan(self) -> None:
        lead = await self.lead("state = 'open' AND accepted_at IS NOT NULL")
        if lead:
            at = (self.company.now + timedelta(hours=1)).isoformat()
            plan = self.choice.choice([{}, {"text": "call", "due_at": at}])
            await self.company.perform("next-action", lead, **plan)

    async def reassign(self) -> None:
        lead = await self.lead("state = 'open'")
        managers = await self.company.rows("SELECT manager_id FROM manager ORDER BY manager_id")
        if lead and managers:
            manager_id = str(self.choice.choice(managers)["manager_id"])
            reason = self.choice.choice([None, "knows them"])
            answer = await self.company.attempt(
                "reassign", lead, role="supervisor", manager_id=manager_id, reason=reason
            )
            assert answer.status_code in {200, 409, 422}, answer.text

    async def leave(self) -> None:
        """Somebody leaves the company or it is undone; a part of the leads moves."""
        managers = await self.company.rows(
            "SELECT manager_id, left_at FROM manager ORDER BY manager_id"
        )
        if not managers:
            return
        manager = self.choice.choice(managers)
        rest = "" if manager["left_at"] is None else self.choice.choice(["", "/undo"])
        plan = {"destination": self.choice.choice(["queues", "spread"])}
        path = f"/v1/managers/{manager['manager_id']}/leave-company{rest}"
        answer = await self.company.ask(
            "POST", path, role="supervisor", json=None if rest else plan
        )
        assert answer.status_code in {202, 409}, answer.text
        for _ in range(self.choice.randrange(3)):
            await departing.step(self.company.database, clock=lambda: self.company.now)

    async def expire(self) -> None:
        self.company.pass_time(seconds=self.choice.choice([310, 1810]))
        await self.company.tick()

    async def act(self) -> None:
        lead = await self.lead("state = 'open' AND owner_id IS NOT NULL")
        if lead:
            event = ActivityRecorded(
                activity_id=new_id(),
                contact_id=lead["contact_id"],
                lead_id=lead["lead_id"],
                manager_id=lead["owner_id"],
                kind="call",
                direction="outgoing",
                at=self.company.now,
                learned_at=self.company.now,
            )
            await self.consume(event)

    async def staff(self) -> None:
        managers = await self.company.rows("SELECT manager_id FROM manager ORDER BY manager_id")
        if len(managers) < 3:
            await self.company.manager(capacity=self.choice.choice([1, 3]), skills={"en": 0.5})
            return
        manager_id: UUID = self.choice.choice(managers)["manager_id"]
        if self.choice.random() < 0.5:
            await self.company.status(manager_id, self.choice.choice(["online", "away"]))
            return
        body = {"name": f"Anna {self.choice.random()}", "capacity": self.choice.choice([1, 4])}
        answer = await self.company.ask("PUT", f"/v1/managers/{manager_id}", json=body)
        assert answer.status_code == 200, answer.text
