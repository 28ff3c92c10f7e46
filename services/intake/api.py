"""Intake's app: the hot door in front, the framework's routes behind it."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from services.intake.channels.apart import TARGET
from services.intake.repository.arrivals import ArrivalStore
from services.intake.repository.large_arrivals import LargeStore
from services.intake.repository.rehearsal import rehearsed
from services.intake.repository.sources import SourceRow, list_all_sources
from services.intake.routes.ingest.endpoint import Endpoint
from services.intake.routes.ingest.group_commit import GroupCommit
from services.intake.routes.ingest.openapi import describe
from services.intake.routes.ingest.request import RawHeaders
from services.intake.routes.ingest.source_cache import SourceCache
from services.intake.routes.smtp.door import smtp_door
from services.intake.routes.smtp.listener import Listener
from services.intake.routes.sources_file import read_sources_file
from services.intake.settings import Settings
from services.intake.use_cases.attachments import FileReader
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.peers import peers_of
from services.intake.use_cases.repair import ARRIVED
from services.intake.use_cases.sources import SourceWish, apply_file, ensure_built_in
from shared.clock import Clock
from shared.database import Database, reading, transaction
from shared.errors import UnavailableError
from shared.runtime.loop import Loop, Progress, running
from shared.web.direct import Answering
from shared.web.journal_client import open_client
from shared.web.public_client import PublicClient, open_public_client
from shared.web.service_token import ServiceToken
from shared.web.tokens import TokenKeys

REFRESH_SECONDS = 5.0
PREPARE_SECONDS = 3.0


class IntakeApp(FastAPI):
    """The framework's app behind the door, which takes what senders post."""

    door: Endpoint
    smtp: Listener | None
    wishes: Sequence[SourceWish]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.door.takes(scope):
            await self.door(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def direct(self, method: str, path: str, headers: RawHeaders, body: bytes) -> Answering | None:
        """The door's direct way, or None: see shared/web/direct.py."""
        return self.door.direct(method, path, headers, body)

    def openapi(self) -> dict[str, Any]:
        return describe(super().openapi())


def complete(app: FastAPI) -> None:
    """Put the door before the app. Raises SourcesFileError for a sources file that is not valid."""
    assert isinstance(app, IntakeApp)
    settings: Settings = app.state.settings
    app.wishes = read_sources_file(
        settings.sources,
        environment=os.environ,
        country=settings.country,
        time_zone=settings.time_zone,
    )
    app.door = _door(app.state.database, settings, clock=app.state.clock, keys=app.state.keys)
    app.state.files = FileReader()
    app.smtp = smtp_door(app.door, settings) if settings.smtp_address else None


def _door(database: Database, settings: Settings, *, clock: Clock, keys: TokenKeys) -> Endpoint:
    async def load() -> Sequence[SourceRow]:
        async with reading(database) as session:
            return await list_all_sources(session)

    url = settings.database_url.get_secret_value()

    def on_stored() -> None:
        database.wakeup.notify(ARRIVED)

    commits = GroupCommit(
        store=ArrivalStore(url),
        max_requests=settings.queue_requests,
        max_bytes=settings.queue_bytes,
        commit_seconds=settings.commit_seconds,
        on_stored=on_stored,
    )
    return Endpoint(
        settings=settings,
        database=database,
        clock=clock,
        cache=SourceCache(load),
        commits=commits,
        large=LargeStore(url, on_stored=on_stored),
        keys=keys,
    )


@asynccontextmanager
async def background(app: FastAPI) -> AsyncIterator[None]:
    """Keep the door's writer and its sources while the app lives."""
    assert isinstance(app, IntakeApp)
    door, database, settings = app.door, app.state.database, app.state.settings
    readiness = app.state.standing = asyncio.Event()

    async def keep_sources(progress: Progress) -> None:
        if not readiness.is_set():
            await _prepare(database, settings, app.wishes, now=app.state.clock())
            readiness.set()
        await door.cache.follow(progress, seconds=REFRESH_SECONDS)

    async def write_refusals(progress: Progress) -> None:
        await door.refusals.write_for_ever(progress, database, clock=app.state.clock)

    async with open_client() as client, open_public_client() as public_client:
        door.evidence.client = PublicClient(public_client, settings.fetch_hosts)
        app.state.peers = peers_of(
            settings, client, token=ServiceToken(settings.service_token_file)
        )
        app.state.trial_reader = Reader(new_sandbox(TARGET))
        door.commits.start()
        loops = [Loop("sources", keep_sources), Loop("refusals", write_refusals)]
        if app.smtp is not None:
            loops.append(app.smtp.loop())
        app.state.loops.extend([door.commits.loop, *loops])
        try:
            async with running(loops):
                # The sources are written before the first request, unless the database is down.
                with suppress(TimeoutError):
                    async with asyncio.timeout(PREPARE_SECONDS):
                        await readiness.wait()
                yield
        finally:
            await door.commits.stop()
            await app.state.trial_reader.sandbox.close()
            await app.state.files.close()


async def check_writer(app: FastAPI) -> None:
    """Raises UnavailableError unless the door's writer can store."""
    assert isinstance(app, IntakeApp)
    door = app.door
    await door.cache.ready()
    await door.commits.prove(
        lambda: [
            rehearsed(source_id, now=app.state.clock()) for source_id in [*door.cache.by_id][:1]
        ]
    )


async def check_sources(app: FastAPI) -> None:
    """Raises UnavailableError until the configured sources have been written."""
    if not app.state.standing.is_set():
        raise UnavailableError("The configured sources are not written yet.")


async def _prepare(
    database: Database, settings: Settings, wishes: Sequence[SourceWish], *, now: datetime
) -> None:
    """Write the configured sources. Raises UnavailableError."""
    overlap = timedelta(seconds=settings.secret_overlap_seconds)
    async with transaction(database) as session:
        await ensure_built_in(
            session, country=settings.country, time_zone=settings.time_zone, now=now
        )
        if settings.sources is not None:
            await apply_file(session, wishes, now=now, overlap=overlap)
