"""Weeks of a company: shares follow the weights, and nobody who begins or comes back is flooded."""

import random
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from tests.integration.routing.harness import Company

LEADS = 12  # a day
SHARE_WITHIN = 0.1
BURST = 3.0  # work units: two leads more than their share, on their first day
UNITS = {"form": 1.0, "call": 1.5}
_GIVEN = """
SELECT manager_id, sum(units_milli) / 1000.0 AS units FROM assignment
WHERE assigned_at > :since GROUP BY manager_id
"""


@dataclass(eq=False)
class Weeks:
    """`present` are those on duty, by weight; all leads of a day are closed before the next."""

    company: Company
    choice: random.Random
    present: dict[UUID, int] = field(default_factory=dict)
    away: dict[UUID, int] = field(default_factory=dict)
    total: Counter[UUID] = field(default_factory=Counter)

    async def hire(self, weight: int) -> UUID:
        manager_id = await self.company.manager(capacity=20, weight=weight, status=None)
        await self._come(manager_id, weight)
        return manager_id

    async def _come(self, manager_id: UUID, weight: int) -> None:
        await self.company.status(manager_id, "online", ttl_seconds=2_000_000)
        self.present[manager_id] = weight
        self.away.pop(manager_id, None)

    async def day(self) -> dict[UUID, float]:
        """What everybody got on it, in work units."""
        company, choice = self.company, self.choice
        since = company.now
        for _ in range(3):
            company.pass_time(hours=2)
            await company.watch()
            channels = [choice.choice(list(UNITS)) for _ in range(LEADS // 3)]
            await company.consume(
                *(
                    company.inquiry((company.now, number), channel=channel)
                    for number, channel in enumerate(channels)
                )
            )
        rows = await company.rows(_GIVEN, since=since)
        await self._close_all()
        company.pass_time(hours=18)
        await company.watch()
        units = {row.manager_id: float(row.units) for row in rows}
        self.total.update(units)
        return units

    async def _close_all(self) -> None:
        for body in ({"action": "accept"}, {"action": "lost", "loss_reason": "price"}):
            leads = await self.company.leads(state="open")
            items = [{"lead_id": lead["lead_id"], "version": lead["version"]} for lead in leads]
            answer = await self.company.ask(
                "POST", "/v1/leads/bulk", role="supervisor", json={**body, "items": items}
            )
            assert answer.status_code == 200, answer.text

    async def leave(self) -> None:
        manager_id = self.choice.choice(list(self.present))
        await self.company.status(manager_id, "offline")
        self.away[manager_id] = self.present.pop(manager_id)

    async def return_one(self) -> UUID:
        manager_id, weight = self.choice.choice(list(self.away.items()))
        await self._come(manager_id, weight)
        return manager_id

    def due(self, manager_id: UUID, units: dict[UUID, float]) -> float:
        """Their share by weight of what was given while they were there."""
        return sum(units.values()) * self.present[manager_id] / sum(self.present.values())


async def test_shares_follow_the_weights_and_nobody_is_flooded(company: Company) -> None:
    """By the default policy, whose load and fairness pull in different directions where weights
    differ and capacities do not: so shares come near the weights, not upon them.
    """
    await company.pool("default", policy={"units": UNITS})
    weeks = Weeks(company, random.Random(7))
    for weight in (1, 1, 2, 3):
        await weeks.hire(weight)
    for _ in range(6):
        await weeks.day()
    whole = sum(weeks.total.values())
    for manager_id, weight in weeks.present.items():
        assert abs(weeks.total[manager_id] / whole - weight / 7) < SHARE_WITHIN
    await weeks.leave()
    for _ in range(4):
        await weeks.day()
    for comer in (await weeks.return_one(), await weeks.hire(3)):
        units = await weeks.day()
        assert units[comer] <= weeks.due(comer, units) + BURST
    await company.check()
