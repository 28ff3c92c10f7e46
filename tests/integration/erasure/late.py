"""What still comes of people after they were erased: repeated, completed, corrected, reported."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.integration.erasure.story import Customer, Story
from tests.integration.intake import exchanges


@dataclass(eq=False)
class LateStory(Story):
    """Remembers of each customer what may come again, or be completed, after they were erased."""

    letters: dict[str, dict[str, Any]] = field(default_factory=dict)
    recordings: dict[str, Any] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def prepare(self, one: Customer) -> None:
        """A letter that will be delivered again, a call without its recording, an order."""
        house = self.world.house
        self.letters[one.name] = {
            "channel": "email",
            "contact": {"emails": [one.email], "name": one.word("sender")},
            "text": one.word("again"),
            "external_id": one.word("again"),
        }
        await self._ask(one, **self.letters[one.name])
        number = f"late_{one.name}"
        start, end, record = exchanges.zadarma(number, caller=one.phone.removeprefix("+"))
        await exchanges.tell(house, "zadarma", [start, end])
        self.recordings[one.name] = record
        self.orders[one.name] = {
            "order_id": one.word("order"),
            "amount": 70,
            "currency": "RUB",
            "purchased_at": house.time().isoformat(),
            "contact": {"phones": [one.phone], "name": one.word("buyer")},
        }
        await self._order(one)
        await self.world.deliver()

    async def come_late(self, one: Customer) -> None:
        """All of it, and what managers and supervisors say of leads that were set aside."""
        house = self.world.house
        house.time.pass_(minutes=5)
        answer = await house.native(self.letters[one.name])
        assert answer.status_code == 202, answer.text
        await exchanges.tell(house, "zadarma", [self.recordings[one.name]])
        buyer = {"phones": [one.phone], "name": one.word("corrected")}
        self.orders[one.name] |= {"amount": 90, "contact": buyer}
        await self._order(one)
        await self.world.deliver()
        await self.report(one)
        for lead, action in zip(await self._open(one), count(), strict=False):
            if action % 2:
                await self._act(lead, "lost", loss_reason=one.word("closed"))
        await self.world.deliver()
        await self.world.finish()

    async def _order(self, one: Customer) -> None:
        house = self.world.house
        answer = await house.client.post(
            "/v1/purchases", json=self.orders[one.name], headers=house.as_("admin")
        )
        assert answer.status_code == 202, answer.text
        await house.normalise()

    async def _open(self, one: Customer) -> list[Any]:
        return [lead for lead in await self._leads(one) if lead["state"] == "open"]
