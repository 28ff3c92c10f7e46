"""Sends the day's posts at their times, then waits until the company has dealt with them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from deploy.embedded.demo.calling import ask, every, read
from deploy.embedded.demo.day import Day
from deploy.embedded.demo.plan import Plan, Post
from deploy.embedded.demo.requests import ProviderRequest, request_of
from deploy.embedded.demo.staff import Office
from deploy.embedded.processes.children import LauncherError
from shared.clock import system_clock

PATIENCE_SECONDS = 30.0
LONGEST_STORY = 5 * 3600.0  # of the company's time: the last lead of the day, from start to end
LOOK_SECONDS = 0.5
CONSUMERS = ("routing", "history", "kpi")


@dataclass(eq=False)
class Provider:
    """Everybody who posts. A delivery that is sent again is the very same request, later."""

    client: httpx.AsyncClient
    _requests: dict[str, tuple[ProviderRequest, asyncio.Event]] = field(default_factory=dict)

    async def send(self, post: Post) -> None:
        """Raises LauncherError when the door refuses a request that it has to take."""
        name = f"{post.external_id} {post.kind} {post.phase}"
        if post.retry:
            request, first_answer = self._requests[name]
            await first_answer.wait()
        else:
            request, first_answer = request_of(post, now=system_clock()), asyncio.Event()
            self._requests[name] = (request, first_answer)
        answer = await ask(
            self.client, "POST", request.path, headers=request.headers, content=request.body
        )
        first_answer.set()
        if not answer.is_success:
            raise LauncherError(f"a {post.kind} was refused with {answer.status_code}")


async def replay(
    plan: Plan, day: Day, client: httpx.AsyncClient, *, on_sent: Callable[[], None]
) -> None:
    """Posts each at its time, whatever the answers take; `on_sent` is called after each of them."""
    provider = Provider(client)

    async def one(post: Post) -> None:
        await provider.send(post)
        on_sent()

    async with asyncio.TaskGroup() as tasks:
        for post in plan.posts:
            await day.until(post.at)
            tasks.create_task(one(post))


async def _has_arrived(admin: httpx.AsyncClient) -> bool:
    """Whether nothing is pending and every consumer counts as many inquiries as intake keeps."""
    report = await read(admin, "/intake/v1/reconciliation", whole="true")
    counts = {report["inquiries"]["kept"]}
    for service in CONSUMERS:
        page = await read(admin, f"/{service}/v1/reconciliation", step="day")
        counts.add(sum(day["count"] or 0 for day in page["digests"]))
    return not report["submissions"]["pending"] and len(counts) == 1


async def until_settled(office: Office, day: Day) -> int:
    """Waits until every inquiry has arrived everywhere and every lead's story has ended.

    Returns the number of leads that still wait when there is no progress any more; 0 is usual.
    """
    clock = asyncio.get_running_loop().time
    patience = PATIENCE_SECONDS + LONGEST_STORY / day.speed
    ends, progress = clock() + patience, (-1, -1)
    while True:
        arrived = await _has_arrived(office.admin)
        waiting = 0
        async for lead in every(office.admin, "/routing/v1/leads", state="open"):
            is_finished = (lead["lead_id"], lead["epoch"]) in office.finished
            waiting += lead["owner_id"] is None or not is_finished
        if arrived and not waiting:
            return 0
        if progress != (waiting, office.did.total()):
            ends, progress = clock() + patience, (waiting, office.did.total())
        if clock() > ends:
            return waiting
        await asyncio.sleep(LOOK_SECONDS)
