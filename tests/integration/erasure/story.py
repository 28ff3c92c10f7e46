"""A story by chance of two people: they ask, call, buy and are spoken of; merged and split."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from tests.integration.erasure.world import World
from tests.integration.intake import exchanges


@dataclass(eq=False)
class Customer:
    """`words` are those by which they could be recognised, each used once."""

    name: str
    phone: str
    email: str
    words: set[str] = field(default_factory=set)
    contacts: set[UUID] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.words |= {self.phone.removeprefix("+"), self.email}

    def word(self, kind: str) -> str:
        word = f"{self.name}{kind}{next(self._numbers)}q"
        self.words.add(word)
        return word


@dataclass(eq=False)
class Story:
    world: World
    choice: random.Random
    manager_id: str = ""
    calls: Iterator[int] = field(default_factory=count)

    async def begin(self) -> None:
        await exchanges.connect(self.world.house)
        for name in ("Ivan", "Olga"):
            manager = await self.world.ask("routing", "POST", "/v1/managers", name=name)
            self.manager_id = manager["manager_id"]
            status = f"/v1/managers/{self.manager_id}/status"
            await self.world.ask("routing", "PUT", status, status="online")

    async def live(self, *customers: Customer, steps: int) -> None:
        deeds = (self.form, self.letter, self.join, self.ring, self.buy, self.consent, self.report)
        for one in customers:
            await self.form(one)
            await self.letter(one)
            await self.buy(one)
            await self.world.deliver()
            await self.report(one)
            await self.work(one)
        for _ in range(steps):
            self.world.house.time.pass_(minutes=2)
            await self.choice.choice(deeds)(self.choice.choice(customers))
            await self.world.deliver()
        for one in customers:
            await self.work(one)
            if self.choice.random() < 0.5:
                await self.part(one)
        await self.world.deliver()

    async def form(self, one: Customer) -> None:
        await self._ask(
            one,
            channel="form",
            contact={"name": one.word("name"), "phones": [one.phone]},
            text=one.word("text"),
            fields={"note": one.word("field")},
            campaign={"page_url": f"https://shop.example/?who={one.word('page')}"},
            consent={"given": True, "page_url": f"https://shop.example/{one.word('consent')}"},
        )

    async def letter(self, one: Customer) -> None:
        await self._ask(
            one,
            channel="email",
            contact={"emails": [one.email], "company": one.word("company")},
            subject=one.word("subject"),
            text=one.word("letter"),
            external_id=one.word("message"),
        )

    async def join(self, one: Customer) -> None:
        """By both points at once: two contacts become one person."""
        contact = {"phones": [one.phone], "emails": [one.email], "name": one.word("joined")}
        await self._ask(one, channel="form", contact=contact)

    async def ring(self, one: Customer) -> None:
        start, end, record = exchanges.zadarma(
            f"in_{next(self.calls)}", caller=one.phone.removeprefix("+")
        )
        events = [start, end, record] if self.choice.random() < 0.5 else [start, end]
        await exchanges.tell(self.world.house, "zadarma", events)

    async def buy(self, one: Customer) -> None:
        house = self.world.house
        body = {
            "order_id": one.word("order"),
            "amount": 100,
            "currency": "RUB",
            "purchased_at": house.time().isoformat(),
            "contact": {"phones": [one.phone], "name": one.word("buyer")},
        }
        if self.choice.random() < 0.3:
            body |= {"cancelled_at": house.time().isoformat(), "reason": one.word("regret")}
        answer = await house.client.post("/v1/purchases", json=body, headers=house.as_("admin"))
        assert answer.status_code == 202, answer.text
        await house.normalise()

    async def consent(self, one: Customer) -> None:
        house, contact_id = self.world.house, self.choice.choice(sorted(one.contacts))
        for path, body in (
            (f"/v1/contacts/{contact_id}/consents", {"given": False, "reason": one.word("no")}),
            (f"/v1/contacts/{contact_id}/do-not-contact/call", {"reason": one.word("never")}),
        ):
            method = "POST" if path.endswith("consents") else "PUT"
            answer = await house.client.request(
                method, path, json=body, headers=house.as_("supervisor")
            )
            assert answer.status_code in {200, 201}, answer.text

    async def report(self, one: Customer) -> None:
        for lead in await self._leads(one):
            await self.world.ask(
                "history",
                "POST",
                "/v1/activities",
                lead_id=lead["lead_id"],
                kind=self.choice.choice(["call", "note", "mail"]),
                text=one.word("report"),
                facts={"said": one.word("fact")},
            )

    async def work(self, one: Customer) -> None:
        """A supervisor gives the leads away and closes some, with words about the customer."""
        for present in await self._leads(one):
            if present["state"] != "open":
                continue
            lead = await self._act(
                present, "reassign", manager_id=self.manager_id, reason=one.word("reassigned")
            )
            action = self.choice.choice(["won", "lost", "next-action"])
            if action == "won":
                await self._act(lead, "won", amount=5, currency="RUB", facts={"a": one.word("won")})
            elif action == "lost":
                await self._act(lead, "lost", loss_reason=one.word("lost"))
            else:
                at = "2026-03-05T09:00:00Z"
                await self._act(lead, "next-action", text=one.word("next"), due_at=at)

    async def part(self, one: Customer) -> None:
        house = self.world.house
        for contact_id in sorted(one.contacts):
            person = await house.get(f"/v1/contacts/{contact_id}")
            if person["merged_ids"]:
                answer = await house.client.post(
                    f"/v1/contacts/{contact_id}/split",
                    json={"contact_ids": person["merged_ids"][:1], "reason": one.word("split")},
                    headers=house.as_("supervisor"),
                )
                assert answer.status_code == 200, answer.text
                return

    async def people_of(self, one: Customer) -> list[str]:
        """Whom intake takes them for: several after a split."""
        cards = [
            await self.world.house.get(f"/v1/contacts/{item}") for item in sorted(one.contacts)
        ]
        return sorted({card["canonical_id"] for card in cards})

    async def _ask(self, one: Customer, **body: Any) -> None:
        house = self.world.house
        house.time.pass_(seconds=5)
        answer = await house.native(body)
        assert answer.status_code == 202, answer.text
        await house.normalise()
        for inquiry_id in (await house.receipt(answer))["inquiry_ids"]:
            inquiry = await house.get(f"/v1/inquiries/{inquiry_id}")
            one.contacts.add(UUID(inquiry["contact_id"]))

    async def _leads(self, one: Customer) -> list[Any]:
        page = await self.world.ask("routing", "GET", "/v1/leads?limit=200")
        own = {str(contact_id) for contact_id in one.contacts}
        return [lead for lead in page["items"] if lead["contact_id"] in own]

    async def _act(self, lead: Any, action: str, **body: Any) -> Any:
        return await self.world.ask(
            "routing",
            "POST",
            f"/v1/leads/{lead['lead_id']}/{action}",
            role="supervisor",
            headers={"If-Match": str(lead["version"]), "Idempotency-Key": str(next(self.calls))},
            **body,
        )
