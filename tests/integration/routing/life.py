"""A company's life by chance: all that may happen to leads and managers, and to ourselves.

The laws are asked after every deed (`tests/integration/routing/laws.py`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.leases.escalate import serve_escalated
from services.routing.use_cases.walks import Walks
from shared.contracts.inquiries import InquiryReceived
from shared.runtime.in_flight import InFlight
from tests.integration.routing.harness import NINE
from tests.integration.routing.laws import Laws
from tests.integration.routing.story import Story

# The days on which clocks change, a leap day, and any Monday.
BEGINNINGS = (
    NINE,
    datetime(2026, 3, 28, 21, 0, tzinfo=UTC),
    datetime(2026, 10, 24, 21, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 3, 0, tzinfo=UTC),
    datetime(2028, 2, 28, 20, 0, tzinfo=UTC),
)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
POOLS = ("default", "north")
MANAGERS = 5
Deed = Callable[[], Awaitable[None]]

_CLEAR = """
TRUNCATE lead, lead_inquiry, contact_link, assignment, manager, pool_member, passed_over, decision,
    decision_batch, candidate_snapshot, departure, journal, stream, pending CASCADE
"""


@dataclass(eq=False)
class Life(Story):
    managers: list[UUID] = field(default_factory=list)
    late: list[Any] = field(default_factory=list)  # leads as somebody saw them once
    walks: Walks = field(default_factory=Walks)
    diary: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.in_flight = InFlight(self.company.database, LOOP)
        self.laws = Laws(self.company)

    @property
    def deeds(self) -> tuple[tuple[int, Deed], ...]:
        """How often, what."""
        return (
            *((8, self.arrive), (2, self.join), (1, self.part), (5, self.accept)),
            *((3, self.give_back), (2, self.stage), (3, self.close), (2, self.reassign)),
            *((4, self.wait), (4, self.act), (4, self.staff), (1, self.reopen), (1, self.plan)),
            *((2, self.leave), (2, self.calendar), (1, self.holiday), (2, self.policy)),
            *((3, self.remember), (4, self.come_late), (3, self.hear_again)),
        )

    async def live(self, steps: int) -> None:
        await self.begin()
        weights, deeds = zip(*self.deeds, strict=True)
        for _ in range(steps):
            self.company.pass_time(seconds=self.choice.randrange(1, 60))
            await self.company.watch()
            [deed] = self.choice.choices(deeds, weights)
            self.diary.append(f"{self.company.now:%a %H:%M:%S} {deed.__name__}")
            await deed()
            await self.laws.always()
            if self.choice.random() < 0.8:
                await self.serve()
        await self.wait()
        await self.serve()
        await self.laws.finally_()

    async def begin(self) -> None:
        self.company.now = self.choice.choice(BEGINNINGS)
        await self.company.rows(_CLEAR)
        for key in POOLS:
            await self._policy(key)
        for _ in range(3):
            await self.hire()

    async def serve(self) -> None:
        """What the loops do once things have happened: then nobody waits in vain."""
        database, clock = self.company.database, lambda: self.company.now
        while await serve_escalated(database, clock=clock):
            pass
        await assign_waiting(database, self.in_flight, self.walks, clock=clock)
        await self.laws.always()
        await self.laws.served(self.walks)

    # Customers

    async def arrive(self) -> None:
        await self.consume(*(self.some_inquiry() for _ in range(self.choice.randrange(1, 6))))

    def some_inquiry(self) -> InquiryReceived:
        choice = self.choice
        return self.company.inquiry(
            choice.randrange(12) if choice.random() < 0.5 else (self.company.now, choice.random()),
            pool=choice.choice(POOLS),
            channel=choice.choice(["form", "call", "email"]),
            language=choice.choice([None, "ru", "de"]),
            region=choice.choice([None, "Bayern"]),
            priority_class=choice.choice(["low", "normal", "high"]),
            is_test=choice.random() < 0.05,
            received_at=self.company.now - timedelta(seconds=choice.choice([0, 0, 2, 60])),
        )

    async def inquire(self) -> None:
        await self.consume(self.some_inquiry())

    async def hear_again(self) -> None:
        """The log repeats what was consumed, whenever it was."""
        if self.events:
            first = self.choice.randrange(len(self.events))
            await self.company.consume_again(*self.events[first : first + 7])

    # Managers

    async def hire(self) -> None:
        self.managers.append(await self.company.manager(**self._fields()))

    def _fields(self) -> dict[str, Any]:
        choice = self.choice
        return {
            "name": f"Anna {choice.random()}",
            "capacity": choice.choice([1, 2, 4.5]),
            "languages": choice.choice([["ru"], ["de"], ["ru", "de"]]),
            "regions": choice.choice([[], ["Bayern"]]),
            "hourly_limit": choice.choice([None, None, 3]),
            "weight": choice.choice([1, 2]),
            "pools": choice.choice([[POOLS[0]], [POOLS[1]], list(POOLS)]),
        }

    async def staff(self) -> None:
        if len(self.managers) < MANAGERS:
            await self.hire()
            return
        manager_id = self.choice.choice(self.managers)
        if self.choice.random() < 0.7:
            status = self.choice.choice(["online", "online", "busy", "away", "offline"])
            seconds = self.choice.choice([600, 36_000])
            path = f"/v1/managers/{manager_id}/status"
            body = {"status": status, "ttl_seconds": seconds}
            answer = await self.company.ask("PUT", path, json=body)
        else:
            fields = self._fields()
            answer = await self.company.ask("PUT", f"/v1/managers/{manager_id}", json=fields)
        assert answer.status_code in {200, 409}, answer.text

    async def calendar(self) -> None:
        begin, hours = self.choice.randrange(24), self.choice.choice([4, 9, 24])
        shift = {
            "days": sorted(self.choice.sample(range(1, 8), 5)),
            "from": f"{begin:02d}:30",
            "to": f"{(begin + hours) % 24:02d}:30",
            "kind": self.choice.choice(["shift", "shift", "on_call"]),
        }
        content = {
            "time_zone": self.choice.choice(ZONES),
            "shifts": [shift],
            "holidays": self.choice.choice([[], ["ru"]]),
        }
        path = f"/v1/managers/{self.choice.choice(self.managers)}/calendar"
        if self.choice.random() < 0.3:
            answer = await self.company.ask("DELETE", path)
        else:
            answer = await self.company.ask("PUT", path, json=content)
        assert answer.status_code in {200, 204, 404}, answer.text

    async def holiday(self) -> None:
        """Today is a holiday, all at once, or not any more."""
        today = self.company.now.date().isoformat()
        days = self.choice.choice([{}, {today: "Feast"}])
        answer = await self.company.ask(
            "PUT", "/v1/holiday-calendars/ru", json={"name": "Holidays", "days": days}
        )
        assert answer.status_code == 200, answer.text

    async def policy(self) -> None:
        await self._policy(self.choice.choice(POOLS))

    async def _policy(self, key: str) -> None:
        choice = self.choice
        terms = {
            "match": choice.choice([[], ["language"], ["language", "region"]]),
            "matching_from": choice.choice([0, 2, 20]),
            "units": {"call": choice.choice([1, 1.5])},
            "sticky": choice.random() < 0.5,
            "fading": choice.choice([[], [{"after_hours": 1, "factor": 0.5}]]),
            "max_hops": choice.choice([2, 5]),
            "score": choice.choice([{}, {"fairness": 0}, {"load": 0, "fairness": 1}]),
            "business_time": choice.random() < 0.5,
        }
        boss = choice.sample(self.managers, min(1, len(self.managers)))
        supervisors = [str(item) for item in boss if choice.random() < 0.5]
        present = await self.company.rows("SELECT manager_id FROM manager WHERE left_at IS NULL")
        ids = {str(row.manager_id) for row in present}
        await self.company.pool(
            key, policy=terms, supervisor_ids=[item for item in supervisors if item in ids]
        )

    # Time

    async def wait(self) -> None:
        self.company.pass_time(seconds=self.choice.choice([310, 1810, 3600, 6 * 3600]))
        await self.company.tick()
        await self.laws.on_time()

    async def expire(self) -> None:
        await self.wait()

    # Whoever comes late

    async def remember(self) -> None:
        if lead := await self.lead("state = 'open' AND owner_id IS NOT NULL"):
            self.late.append(lead)

    async def come_late(self) -> None:
        if self.late:
            lead = self.choice.choice(self.late)
            action = self.choice.choice(["accept", "decline", "return", "won"])
            await self.laws.late(lead, action)
