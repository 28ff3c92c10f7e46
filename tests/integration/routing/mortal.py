"""A life in which we die too: before a commit, at any write, or with another leader at work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from services.routing.handlers import apply
from services.routing.repository import queue
from services.routing.use_cases import lead_actions
from services.routing.use_cases.assign import LOOP, assign, assign_waiting
from services.routing.use_cases.departures import departing
from services.routing.use_cases.lead_actions import LeadAction
from services.routing.use_cases.leases import expire
from services.routing.use_cases.leases.escalate import serve_escalated
from services.routing.use_cases.walks import Walks
from shared.database import Session, is_race, transaction
from shared.messaging.decoding import ReceivedEvent
from shared.runtime.in_flight import InFlight
from tests.integration.routing.deaths import CutOff, doomed
from tests.integration.routing.life import Deed, Life
from tests.support.event_streams import interleaved

_TABLES = (
    *("lead", "lead_inquiry", "contact_link", "assignment", "manager", "passed_over"),
    *("decision", "decision_batch", "candidate_snapshot", "journal", "stream", "pending"),
)
_ALL = "SELECT md5(concat({})) AS digest".format(
    ", ".join(
        f"(SELECT string_agg(CAST(t AS text), '' ORDER BY CAST(t AS text)) FROM {t} AS t)"
        for t in _TABLES
    )
)
_OWNERS = """
SELECT inquiry_id AS id, owner_id FROM lead_inquiry JOIN lead USING (lead_id)
WHERE inquiry_id = ANY(CAST(:ids AS uuid[])) OR lead_id = ANY(CAST(:ids AS uuid[]))
"""


@dataclass(eq=False)
class MortalLife(Life):
    @property
    def deeds(self) -> tuple[tuple[int, Deed], ...]:
        return (
            *super().deeds,
            *((2, self.die_consuming), (2, self.die_deciding), (2, self.die_assigning)),
            *((1, self.die_timing), (1, self.die_acting), (6, self.all_at_once)),
        )

    async def _die(self, work: Callable[[Session], Awaitable[Any]]) -> Any:
        """Do it, and die before the commit: it has never been. Returns what was done in vain."""
        [before] = await self.company.rows(_ALL)
        async with doomed(self.company.database) as session:
            result = await work(session)
        [after] = await self.company.rows(_ALL)
        assert after == before, "what ends before its commit has never been"
        return result

    async def die_consuming(self) -> None:
        """The log brings the same events again, their streams mixed in another way. The same
        owners get them, as all are judged in one fetch.
        """
        inquiries = [self.some_inquiry() for _ in range(self.choice.randrange(1, 9))]
        ids = [inquiry.inquiry_id for inquiry in inquiries]
        events = [self.company.received(inquiry) for inquiry in inquiries]
        mixed = interleaved(events, self.choice)

        async def consume(session: Session, items: Sequence[ReceivedEvent]) -> dict[UUID, Any]:
            await apply(session, items, now=self.company.now)
            return await _owners(session, ids)

        owners = await self._die(lambda session: consume(session, events))
        async with transaction(self.company.database) as session:
            again = await consume(session, mixed)
            assert again == owners, "inquiries of one fetch have the same owners in any order"
        self.events += mixed

    async def die_deciding(self) -> None:
        """Whoever comes next decides alike, in whatever order the leads are asked for."""
        pool = self.choice.choice(await self.company.rows("SELECT key FROM pool")).key
        async with transaction(self.company.database) as session:
            places = await queue.list_waiting(session, pool, only_news=False, after=None, limit=500)
        ids = [place.lead_id for place in places]
        shuffled = self.choice.sample(ids, len(ids))

        async def decide(session: Session, lead_ids: list[UUID]) -> dict[UUID, Any]:
            await assign(session, pool, lead_ids, now=self.company.now)
            return await _owners(session, lead_ids)

        owners = await self._die(lambda session: decide(session, ids))
        async with transaction(self.company.database) as session:
            again = await decide(session, shuffled)
            assert again == owners, "a backlog has the same owners however it is asked for"
        self.walks.by_pool.pop(pool, None)

    async def die_assigning(self) -> None:
        """The loop is cut off, as by the loss of the lease, and begins again in this process."""
        [before] = await self.company.rows(_ALL)
        in_flight = CutOff(self.company.database, LOOP)
        try:
            await self._assign(in_flight, self.walks)
        except asyncio.CancelledError:
            [after] = await self.company.rows(_ALL)
            assert after == before, "what ends before its commit has never been"
        if self.choice.random() < 0.3:
            self.walks = Walks()  # another process
        await self.serve()

    async def die_timing(self) -> None:
        self.company.pass_time(seconds=400)
        now = self.company.now
        await self._die(lambda session: expire.expire_statuses(session, now=now))
        for deadline in ("accept", "first_touch"):
            await self._die(partial(expire.expire_leases, deadline=deadline, now=now, after=None))
        await self.company.tick()
        await self.laws.on_time()

    async def die_acting(self) -> None:
        """The caller learns nothing and asks again: it is as if they asked for the first time."""
        lead = await self.lead("state = 'open' AND owner_id IS NOT NULL AND accepted_at IS NULL")
        if lead:
            owner_id = UUID(lead["owner_id"])
            action = LeadAction(
                UUID(lead["lead_id"]), lead["version"], "test", owner_id, self.company.now
            )
            await self._die(lambda session: lead_actions.decline(session, action, reason=None))
            await self.company.perform("decline", lead)

    async def all_at_once(self) -> None:
        """An assigner and others, often with one that does not know yet that it leads no longer.

        What that one judged, the present leader knows nothing of: leads that it let wait are found
        when the queue is walked for its age, as if that minute were over now.
        """
        leads = [
            lead
            for condition in ("accepted_at IS NULL", "accepted_at IS NOT NULL")
            if (lead := await self.lead(f"state = 'open' AND owner_id IS NOT NULL AND {condition}"))
        ]
        news = [self.company.received(self.some_inquiry()) for _ in range(3)]
        again = self.events[-5:]
        database, clock = self.company.database, lambda: self.company.now
        others: list[Awaitable[Any]] = [
            *(self._try(lead) for lead in leads),
            self._hear(news),
            self._hear(again),
            self.company.tick(),
            serve_escalated(database, clock=clock),
            departing.step(database, clock=clock),
        ]
        has_former = self.choice.random() < 0.6
        if has_former:
            others.append(self._assign(InFlight(database, LOOP, holder="former"), Walks()))
        self.choice.shuffle(others)
        await asyncio.gather(self._assign(self.in_flight, self.walks), *others)
        self.events += news
        if has_former:
            self.walks.by_pool.clear()
        await self.serve()

    async def _assign(self, in_flight: InFlight, walks: Walks) -> None:
        await assign_waiting(
            self.company.database, in_flight, walks, clock=lambda: self.company.now
        )

    async def _hear(self, items: Sequence[ReceivedEvent]) -> None:
        """As a consumer does: what lost against another transaction is tried again."""
        while True:
            try:
                await self.company.consume_again(*items)
            except Exception as error:
                if not is_race(error):
                    raise
                self.diary.append(f"race: {error.__cause__!r}")
            else:
                return

    async def _try(self, lead: Any) -> None:
        action = self.choice.choice(["accept", "decline", "return", "won"])
        answer = await self.company.attempt(action, lead)
        assert answer.status_code in {200, 409}, answer.text


async def _owners(session: Session, ids: Sequence[UUID]) -> dict[UUID, Any]:
    rows = await session.execute(_OWNERS, {"ids": list(ids)})
    return {row.id: row.owner_id for row in rows}
