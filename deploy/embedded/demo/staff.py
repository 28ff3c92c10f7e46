"""Managers at work: they come and go with their shifts and see to the leads they own.

Each uses a token of its own; what a lead's owner does follows from the behaviour alone.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from deploy.embedded.demo import company
from deploy.embedded.demo.behaviour import Behaviour, behaviour
from deploy.embedded.demo.calling import ask, every, open_client, read
from deploy.embedded.demo.day import Day
from deploy.embedded.processes.children import LauncherError
from shared.clock import system_clock
from shared.minting import mint
from shared.minting.files import MintFiles

LOOK_SECONDS = 0.8
TRIES = 6
TOKEN_LIFETIME = timedelta(days=1)
CURRENCY = "RUB"


@dataclass(eq=False)
class Office:
    """What the managers share: the day, the seed, and which inquiry each lead began with."""

    seed: int
    day: Day
    admin: httpx.AsyncClient
    stages: Sequence[str]
    did: Counter[str] = field(default_factory=Counter)
    finished: set[tuple[str, int]] = field(default_factory=set)
    _began_with: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def story(self, lead: dict[str, Any]) -> Behaviour:
        """What is decided for this lead by its first inquiry, whoever owns it."""
        inquiry_id = min(lead["inquiry_ids"])
        if inquiry_id not in self._began_with:
            inquiry = await read(self.admin, f"/intake/v1/inquiries/{inquiry_id}")
            external_id = inquiry["external_id"] or inquiry_id
            self._began_with[inquiry_id] = (external_id, inquiry["channel"])
        external_id, channel = self._began_with[inquiry_id]
        return behaviour(self.seed, external_id, channel=channel)


@dataclass(eq=False)
class Desk:
    """One manager's place: who it is, and a client with that manager's own token."""

    office: Office
    manager: company.Manager
    manager_id: str
    client: httpx.AsyncClient
    started: set[tuple[str, int]] = field(default_factory=set)
    status: str = ""

    async def keep(self) -> None:
        """Runs until cancelled: the shift, then whatever is owned and not yet begun."""
        async with asyncio.TaskGroup() as stories:
            while True:
                await self._keep_shift()
                query = {"owner": self.manager_id, "state": "open"}
                async for lead in every(self.client, "/routing/v1/leads", **query):
                    lease = (lead["lead_id"], lead["epoch"])
                    if lease not in self.started:
                        self.started.add(lease)
                        stories.create_task(self._see_to(lead))
                await asyncio.sleep(LOOK_SECONDS)

    async def _keep_shift(self) -> None:
        """After midnight everybody stays until the day's leads are seen to."""
        day = self.office.day
        status = "online" if day.is_over() or self.manager.on_duty(day.hour()) else "offline"
        if status == self.status:
            return
        path = f"/routing/v1/managers/{self.manager_id}/status"
        answer = await ask(self.client, "PUT", path, json={"status": status})
        if answer.is_error:
            raise LauncherError(f"a manager's status was refused with {answer.status_code}")
        self.status = status

    async def _see_to(self, lead: dict[str, Any]) -> None:
        lead_id, epoch = lead["lead_id"], lead["epoch"]
        story = await self.office.story(lead)
        day = self.office.day
        if lead["accepted_at"] is None:
            await day.passes(story.accept_after)
            if story.declined_first and epoch <= 1:
                await self._act(lead, "decline", {"reason": story.declined_first})
            elif await self._act(lead, "accept", {}):
                await self._work(lead, story)
        else:
            await self._work(lead, story)
        self.office.finished.add((lead_id, epoch))

    async def _work(self, lead: dict[str, Any], story: Behaviour) -> None:
        day = self.office.day
        await day.passes(story.touch_after)
        await self._report(lead, story.touch, text=story.words, direction="outgoing")
        if story.noted:
            await self._report(lead, "note", text=story.words)
        for stage in self.office.stages[1 : 1 + story.stages]:
            await day.passes(story.stage_after)
            await self._act(lead, "stage", {"stage": stage})
        if story.ending == "open":
            return
        await day.passes(story.close_after)
        if story.ending == "won":
            await self._act(lead, "won", {"amount": story.amount, "currency": CURRENCY})
        else:
            await self._act(lead, "lost", {"loss_reason": story.loss_reason})

    async def _act(self, lead: dict[str, Any], verb: str, body: dict[str, Any]) -> bool:
        """Whether it was done; False when the lead has another owner or has ended meanwhile.

        `lead` is updated from the answer.
        """
        path, epoch = f"/routing/v1/leads/{lead['lead_id']}", lead["epoch"]
        for _ in range(TRIES):
            headers = {"If-Match": f'"{lead["version"]}"'}
            answer = await ask(self.client, "POST", f"{path}/{verb}", headers=headers, json=body)
            content = answer.json()
            if answer.is_success:
                lead.update(content)
                self.office.did[verb] += 1
                return True
            if answer.status_code == 409 and "lead" in content:
                lead.update(content["lead"])
                if lead["state"] != "open" or lead["epoch"] != epoch:
                    return False
            elif answer.status_code == 404:
                return False
            else:
                detail = content.get("detail", "")
                raise LauncherError(f"{verb} was refused with {answer.status_code}: {detail}")
        return False

    async def _report(
        self, lead: dict[str, Any], kind: str, *, text: str, direction: str | None = None
    ) -> None:
        body = {"kind": kind, "lead_id": lead["lead_id"], "direction": direction, "text": text}
        key = f"demo-{self.office.seed}-{lead['lead_id']}-{lead['epoch']}-{kind}"
        answer = await ask(
            self.client,
            "POST",
            "/history/v1/activities",
            headers={"Idempotency-Key": key},
            json={name: value for name, value in body.items() if value is not None},
        )
        if answer.is_success:
            self.office.did[kind] += 1
        # It may have been given to somebody else by now, or an earlier day has told of it already.
        elif answer.status_code not in {404, 409}:
            raise LauncherError(f"an activity was refused with {answer.status_code}")


@asynccontextmanager
async def at_work(office: Office, *, url: str, files: MintFiles) -> AsyncIterator[None]:
    """All managers keep their desks while the block runs. What stops one of them stops the demo."""
    emails = {manager.email: manager for manager in company.MANAGERS}
    desks = []
    async for row in every(office.admin, "/routing/v1/managers"):
        if row["email"] in emails:
            token = mint.mint(
                files,
                role="manager",
                now=system_clock(),
                manager_id=UUID(row["manager_id"]),
                lifetime=TOKEN_LIFETIME,
            )
            client = open_client(url, token)
            desks.append(Desk(office, emails[row["email"]], row["manager_id"], client))
    try:
        async with asyncio.TaskGroup() as tasks:
            keeping = [tasks.create_task(desk.keep()) for desk in desks]
            yield
            for task in keeping:
                task.cancel()
    finally:
        for desk in desks:
            await desk.client.aclose()
