"""Every mailbox has a loop of its own, with a thread and a back-off of its own."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.intake.channels.email.mailbox_options import mailbox_options
from services.intake.repository import mailboxes
from services.intake.repository.mailboxes import MovedElsewhereError
from services.intake.repository.sources import SourceRow, list_all_sources
from services.intake.use_cases.mailboxes.imap_client import Failure, ImapClient
from services.intake.use_cases.mailboxes.taking import Mailbox, begin, take_new
from shared.clock import Clock
from shared.database import Database, reading, transaction
from shared.errors import ServiceError, cause_of
from shared.runtime.loop import Loop, Progress, keep

log = structlog.get_logger()
ADAPTER = "imap"
LOOK_SECONDS = 5.0  # until a source that was added or changed is taken up
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0


@dataclass(eq=False)
class Watch:
    """`tasks`: source → when it was last changed, and the keeper of its mailbox."""

    database: Database
    clock: Clock
    tasks: dict[UUID, tuple[datetime, "asyncio.Task[None]"]] = field(default_factory=dict)


def mailboxes_loop(database: Database, *, clock: Clock) -> Loop:
    """Begins with what is configured and follows its changes."""

    async def run(progress: Progress) -> None:
        watch = Watch(database, clock)
        try:
            while True:
                await _follow(watch)
                progress.beat()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await _end([task for _, task in watch.tasks.values()])

    return Loop("mailboxes", run)


async def _follow(watch: Watch) -> None:
    async with reading(watch.database) as session:
        rows = [row for row in await list_all_sources(session) if row.adapter == ADAPTER]
    rows_by_id = {row.source_id: row for row in rows if row.enabled and row.readable}
    gone = [
        source_id
        for source_id, (changed_at, _) in watch.tasks.items()
        if source_id not in rows_by_id or rows_by_id[source_id].changed_at != changed_at
    ]
    await _end([watch.tasks.pop(source_id)[1] for source_id in gone])
    for row in rows_by_id.values():
        if row.source_id not in watch.tasks:
            loop = Loop("mailbox", _reader(watch, row))
            watch.tasks[row.source_id] = row.changed_at, asyncio.create_task(keep(loop))


async def _end(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


def _reader(watch: Watch, row: SourceRow) -> Callable[[Progress], Any]:
    async def run(progress: Progress) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            progress.beat()
            try:
                async with opened(watch, row) as mailbox:
                    async for _ in _rounds(mailbox, progress):
                        pause = FIRST_PAUSE_SECONDS
            except (OSError, Failure, ValueError, MovedElsewhereError) as error:
                await _note_failure(watch, row.source_id, error)
            except ServiceError as error:
                log.warning("mailbox.unavailable", error=cause_of(error))
            await progress.rest(pause * random.uniform(0.7, 1.0))  # noqa: S311  jitter
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    return run


@asynccontextmanager
async def opened(watch: Watch, row: SourceRow) -> AsyncIterator[Mailbox]:
    """Raises ValueError for options that name no mailbox."""
    options, view = mailbox_options(row.options), row.view()
    client = ImapClient(options, view.secrets.get("password", ""))
    threads = ThreadPoolExecutor(1, thread_name_prefix="mailbox")
    events = asyncio.get_running_loop()

    async def call(work: Callable[..., Any], *arguments: Any) -> Any:
        return await events.run_in_executor(threads, work, *arguments)

    try:
        yield Mailbox(watch.database, watch.clock, view, options, client, call)
    finally:
        client.abort()
        threads.submit(client.close)
        threads.shutdown(wait=False)


async def _rounds(mailbox: Mailbox, progress: Progress) -> AsyncIterator[None]:
    """One after each look into the mailbox."""
    place = await begin(mailbox, await mailbox.call(mailbox.client.open))
    while True:
        place = await take_new(mailbox, place, progress.beat)
        async with transaction(mailbox.database) as session:
            await mailboxes.note_well(session, mailbox.source_id, now=mailbox.clock())
        yield
        while True:
            await progress.rest(mailbox.options.poll_seconds)
            if await mailbox.call(mailbox.client.has_news):
                break


async def _note_failure(watch: Watch, source_id: UUID, error: Exception) -> None:
    failure = cause_of(error)
    log.warning("mailbox.failing", source_id=str(source_id), error=failure)
    try:
        async with transaction(watch.database) as session:
            await mailboxes.note_failure(session, source_id, failure, now=watch.clock())
    except ServiceError as outage:
        log.warning("mailbox.unavailable", error=cause_of(outage))
