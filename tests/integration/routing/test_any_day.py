"""Whatever happens on a day, nobody gets more than fits, and no lead waits that somebody could
take; and the same arrivals have the same owners in any order.
"""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.routing.use_cases.assign import LOOP, assign_waiting
from services.routing.use_cases.walks import Walks
from shared.ids import derived_id
from shared.runtime.in_flight import InFlight
from tests.integration.routing.harness import NINE, Company
from tests.support.chance import examples
from tests.support.old_tables import OldTables

TABLES = (
    *("pool", "lead", "lead_inquiry", "contact_link", "assignment", "manager", "pool_member"),
    *("passed_over", "decision", "decision_batch", "candidate_snapshot"),
)
# Who could take a lead as it waits, by no code of the product: on shift, with room, an allowance
# and the language, and not passed over in the lead's round.
_COULD_BE_SERVED = """
SELECT l.lead_id, m.name FROM lead AS l
JOIN pool_member AS p ON p.pool = l.pool JOIN manager AS m USING (manager_id)
WHERE l.state = 'open' AND l.owner_id IS NULL
    AND m.status = 'online' AND m.status_until > :now AND m.duty = 'shift'
    AND m.reserved_milli + l.units_milli <= m.capacity_milli
    AND (l.language IS NULL OR l.language = ANY(m.languages))
    AND (m.hourly_limit IS NULL OR m.hourly_limit > (SELECT count(*) FROM assignment AS a
        WHERE a.manager_id = m.manager_id AND a.assigned_at > :now - interval '1 hour'))
    AND NOT EXISTS (SELECT FROM passed_over AS o WHERE o.lead_id = l.lead_id
        AND o.round = l.round AND o.manager_id = m.manager_id)
"""
_LOADS = "SELECT manager_id, reserved_milli, capacity_milli FROM manager"
_CLEAR = f"TRUNCATE {', '.join(TABLES[1:])} CASCADE"


class Day:
    def __init__(self, company: Company, choice: random.Random) -> None:
        self.company, self.choice = company, choice
        self.managers: list[UUID] = []
        self.walks, self.in_flight = Walks(), InFlight(company.database, LOOP)
        self.loads: dict[UUID, int] = {}

    async def live(self, steps: int) -> None:
        company, choice = self.company, self.choice
        await company.pool(
            "default",
            policy={
                "match": ["language"], "matching_from": choice.choice([0, 2]),
                "units": {"call": 1.5}, "sticky": choice.random() < 0.5,
            },
        )  # fmt: skip
        deeds = (
            *(self.arrive, self.arrive, self.arrive, self.accept, self.decline, self.close),
            *(self.status, self.staff, self.wait),
        )
        for _ in range(3):
            await self.staff()
        for _ in range(steps):
            company.pass_time(seconds=choice.randrange(1, 40))
            await company.watch()
            await choice.choice(deeds)()
            await self.capacities()
            await assign_waiting(
                company.database, self.in_flight, self.walks, clock=lambda: company.now
            )
            await self.capacities()
            assert not await company.rows(_COULD_BE_SERVED, now=company.now)
        await company.check()

    async def capacities(self) -> None:
        """Nothing is added beyond the capacity, also where this was lowered below the load."""
        rows = await self.company.rows(_LOADS)
        for row in rows:
            before = self.loads.get(row["manager_id"], 0)
            assert row["reserved_milli"] <= max(row["capacity_milli"], before)
        self.loads = {row["manager_id"]: row["reserved_milli"] for row in rows}

    async def arrive(self) -> None:
        await self.company.consume(
            *(
                self.company.inquiry(
                    self.choice.randrange(30),
                    channel=self.choice.choice(["form", "call"]),
                    language=self.choice.choice([None, "ru", "de"]),
                    priority_class=self.choice.choice(["low", "normal", "high"]),
                    received_at=self.company.now - timedelta(seconds=self.choice.randrange(9)),
                )
                for _ in range(self.choice.randrange(1, 5))
            )
        )

    async def lead(self, condition: str) -> Any:
        rows = await self.company.rows(
            f"SELECT lead_id FROM lead WHERE state = 'open' AND {condition} ORDER BY number"
        )
        return await self.company.lead(self.choice.choice(rows)["lead_id"]) if rows else None

    async def accept(self) -> None:
        if lead := await self.lead("owner_id IS NOT NULL AND accepted_at IS NULL"):
            await self.company.perform("accept", lead)

    async def decline(self) -> None:
        if lead := await self.lead("owner_id IS NOT NULL AND accepted_at IS NULL"):
            await self.company.perform("decline", lead)

    async def close(self) -> None:
        if lead := await self.lead("accepted_at IS NOT NULL"):
            await self.company.perform("won", lead)

    async def status(self) -> None:
        status = self.choice.choice(["online", "online", "away", "offline"])
        await self.company.status(self.choice.choice(self.managers), status)

    async def staff(self) -> None:
        body: dict[str, Any] = {
            "name": str(self.choice.random()),
            "capacity": self.choice.choice([1, 2, 4.5]),
            "languages": self.choice.choice([["ru"], ["de"], ["ru", "de"]]),
            "hourly_limit": self.choice.choice([None, None, 2]),
            "weight": self.choice.choice([1, 2]),
        }
        if len(self.managers) < 4:
            self.managers.append(await self.company.manager(**body))
            return
        path = f"/v1/managers/{self.choice.choice(self.managers)}"
        assert (await self.company.ask("PUT", path, json=body)).status_code == 200

    async def wait(self) -> None:
        self.company.pass_time(seconds=self.choice.choice([310, 1000, 3600]))
        await self.company.tick()


@examples(12)
@given(seed=st.integers(0, 2**32))
async def test_nothing_above_capacity_and_nobody_waits_in_vain(company: Company, seed: int) -> None:
    company.now = NINE
    await company.rows(_CLEAR)
    await Day(company, random.Random(seed)).live(20)


@examples(8)
@given(
    order=st.randoms(use_true_random=False), size=st.sampled_from([1, 3, 30]), late=st.booleans()
)
async def test_the_same_arrivals_in_any_order_have_the_same_owners(
    *, company: Company, order: random.Random, size: int, late: bool
) -> None:
    """In one fetch, or as a backlog however it was fetched."""
    company.now = NINE
    await company.rows(_CLEAR)
    size = size if late else 30
    await company.pool("default", policy={"match": ["language"]})
    for number in range(4):
        languages = ["ru", "de"] if number % 2 else ["ru"]
        await company.manager(str(number), capacity=6, weight=1 + number, languages=languages)
    behind = timedelta(minutes=1 if late else 0)
    events = [
        company.inquiry(
            number,
            inquiry_id=derived_id("arrival", number),
            language="de" if number % 5 == 0 else None,
            # Leads that are alike in all but their ids are told apart by these in one fetch.
            received_at=company.now
            - behind
            - timedelta(milliseconds=100 * (number if late else number % 7)),
            priority_class=("high", "normal")[number % 2],
        )
        for number in range(28)
    ]
    backup = await OldTables.of(company.database, *TABLES)
    owners = []
    for arrivals in (events, order.sample(events, len(events))):
        await backup.bring_back()
        for first in range(0, len(arrivals), size):
            await company.consume(*arrivals[first : first + size])
        await company.assign()
        rows = await company.rows("SELECT lead_id, owner_id FROM lead")
        owners.append({row["lead_id"]: row["owner_id"] for row in rows})
    assert owners[0] == owners[1]
    assert len(set(owners[0].values())) == 5, "four, and some wait"
