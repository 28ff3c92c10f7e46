"""Intake's HTTP process: the hot door in front, the framework's routes behind it."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from services.intake.repository.arrivals import ArrivalStore
from services.intake.repository.rehearsal import rehearsed
from services.intake.repository.sources import SourceRow, list_all_sources
from services.intake.routes import (
    contacts,
    identity,
    inquiries,
    proposals,
    reconciliation,
    sources,
    submissions,
)
from services.intake.routes.ingest.endpoint import Endpoint
from services.intake.routes.ingest.group_commit import GroupCommit
from services.intake.routes.ingest.native import TokenMemory
from services.intake.routes.ingest.openapi import describe
from services.intake.routes.ingest.request import RawHeaders
from services.intake.routes.ingest.source_cache import SourceCache
from services.intake.routes.sources_file import read_sources_file
from services.intake.settings import Settings
from services.intake.use_cases.peers import peers_of
from services.intake.use_cases.repair import ARRIVED
from services.intake.use_cases.sources import SourceWish, apply_file, ensure_built_in
from shared.clock import Clock, system_clock
from shared.database import Database, reading, transaction
from shared.errors import UnavailableError
from shared.runtime.loop import Loop, Progress, running
from shared.sealing import Sealing
from shared.single_process import SingleProcess
from shared.web.application import create_service_app
from shared.web.direct import Answering
from shared.web.service_token import ServiceToken

REFRESH_SECONDS = 5.0
PREPARE_SECONDS = 3.0


class IntakeApp(FastAPI):
    """The framework's app behind the door, which takes what senders post."""

    door: Endpoint

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


def create_app(
    settings: Settings, *, clock: Clock = system_clock, single: SingleProcess | None = None
) -> IntakeApp:
    """Raises SourcesFileError when the sources file cannot be used, and SecretFileError."""
    sealing = Sealing.open(settings.sealing_keys_file)
    wishes = read_sources_file(
        settings.sources,
        environment=os.environ,
        country=settings.country,
        time_zone=settings.time_zone,
    )

    @asynccontextmanager
    async def background(app: FastAPI) -> AsyncIterator[None]:
        assert isinstance(app, IntakeApp)
        async with _open_door(app, wishes):
            yield

    app = create_service_app(
        "intake",
        settings,
        clock=clock,
        description="Takes inquiries of every kind, stores, normalises and emits them.",
        routers=[
            sources.router,
            submissions.router,
            inquiries.router,
            contacts.router,
            identity.router,
            proposals.router,
            reconciliation.router,
        ],
        proofs={
            "door-writer": lambda app: _prove_writer(cast(IntakeApp, app)),
            "sources": lambda app: _prove_sources(cast(IntakeApp, app)),
        },
        background=background,
        kind=IntakeApp,
        single=single,
        channels=(ARRIVED,),
    )
    assert isinstance(app, IntakeApp)
    app.state.database.sealing = sealing
    app.door = _door(app.state.database, settings, clock=clock, tokens=TokenMemory(app.state.keys))
    return app


def _door(database: Database, settings: Settings, *, clock: Clock, tokens: TokenMemory) -> Endpoint:
    async def load() -> Sequence[SourceRow]:
        async with reading(database) as session:
            return await list_all_sources(session)

    commits = GroupCommit(
        store=ArrivalStore(settings.database_url.get_secret_value()),
        max_requests=settings.queue_requests,
        max_bytes=settings.queue_bytes,
        commit_seconds=settings.commit_seconds,
        on_stored=lambda: database.wakeup.notify(ARRIVED),
    )
    return Endpoint(
        settings=settings, clock=clock, cache=SourceCache(load), commits=commits, tokens=tokens
    )


@asynccontextmanager
async def _open_door(app: IntakeApp, wishes: Sequence[SourceWish]) -> AsyncIterator[None]:
    door, database, settings = app.door, app.state.database, app.state.settings
    readiness = app.state.standing = asyncio.Event()

    async def keep_sources(progress: Progress) -> None:
        if not readiness.is_set():
            await _prepare(database, settings, wishes, now=app.state.clock())
            readiness.set()
        await door.cache.follow(progress, seconds=REFRESH_SECONDS)

    async with httpx.AsyncClient(trust_env=False) as client:
        app.state.peers = peers_of(
            settings, client, token=ServiceToken(settings.service_token_file)
        )
        door.commits.start()
        loops = [Loop("sources", keep_sources)]
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


async def _prove_writer(app: IntakeApp) -> None:
    """Raises UnavailableError unless the door's writer can store."""
    door: Endpoint = app.door
    await door.cache.ready()
    await door.commits.prove(
        lambda: [
            rehearsed(source_id, now=app.state.clock()) for source_id in [*door.cache.by_id][:1]
        ]
    )


async def _prove_sources(app: IntakeApp) -> None:
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
