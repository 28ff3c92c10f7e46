"""What a service declares of itself, once: its API process and its worker are built from this."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx
from fastapi import APIRouter, FastAPI
from pydantic import ValidationError

from shared.beside import Settle
from shared.clock import Clock
from shared.config import ServiceSettings
from shared.database import Database, open_database
from shared.errors import InvalidError
from shared.messaging.consumer.catch_up import CatchUp
from shared.messaging.consumer.consumer import HELD, Handler
from shared.messaging.consumer.erasures import ERASURES, Forgetting
from shared.messaging.consumer.rebuild import Clear
from shared.messaging.gauges import ShowCounts
from shared.messaging.outbox.publish import CLOSED, OUTBOX
from shared.messaging.outbox.put_back import Restore
from shared.messaging.outbox.walking import WALK
from shared.reconciliation.digests import Ledger
from shared.runtime.loop import Loop
from shared.single_process import SingleProcess
from shared.validation import detail_of
from shared.web.service_token import ServiceToken

S = TypeVar("S", bound=ServiceSettings)


class SettingsError(InvalidError):
    """The environment does not make the settings of a service."""


@dataclass(frozen=True)
class WorkerParts(Generic[S]):
    """What a service's own loops may use; `client` is for calls to other services."""

    settings: S
    database: Database
    clock: Clock
    walks: CatchUp | None
    client: httpx.AsyncClient
    token: ServiceToken


@dataclass(frozen=True, kw_only=True)
class Service(Generic[S]):
    """Both processes: `channels` are its own wake-ups for the leader, `broadcasts` for all of them,
    `on_emit` those of both that follow each commit that emitted; `prepare` completes a database
    that nothing has used yet, and raises ServiceError when the process cannot start.

    Consumers: `handle` applies events, `clear` empties the projection for a rebuild; one whose
    `projections` are named is rebuilt in fresh tables beside them; `settle` completes in them what
    loops do after its consumer. While somebody waits for its
    walks, the producers in `awaited` are asked to walk at once too. `forgetting` is how it follows
    erasures.

    Producers: `restore` brings the tables of an older backup to what the events say that the log
    still has.

    API: `app_type` is for a service that answers some requests before the framework, `complete`
    what the app needs beside its routes, `background` wraps its life. Each of `checks` raises
    UnavailableError while the process is not ready for what the name says. `audits_reads`: its
    routes show personal data and note who reads them.

    Worker: `leading` are the loops of its own that only the leader runs, `counts` set gauges over
    its tables, `ledgers` are reconciled; `pace_seconds` at most lie between two of its fetches.
    """

    name: str
    description: str
    settings: type[S]
    routers: Sequence[APIRouter]
    channels: Sequence[str] = ()
    broadcasts: Sequence[str] = ()
    on_emit: Sequence[str] = ()
    prepare: Callable[[Database, S], None] | None = None
    handle: Handler | None = None
    clear: Clear | None = None
    projections: Sequence[str] = ()
    settle: Settle | None = None
    forgetting: Forgetting | None = None
    awaited: Sequence[str] = ()
    restore: Restore | None = None
    app_type: type[FastAPI] = FastAPI
    complete: Callable[[FastAPI], None] | None = None
    background: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None
    checks: Mapping[str, Callable[[FastAPI], Coroutine[Any, Any, None]]] = field(
        default_factory=dict
    )
    leading: Callable[[WorkerParts[S]], Sequence[Loop]] | None = None
    counts: Sequence[ShowCounts] = ()
    ledgers: Sequence[Ledger] = ()
    audits_reads: bool = False
    pace_seconds: float = 0.0
    worker_pool: int = 0  # connections of its worker at least

    @property
    def wakeups(self) -> tuple[str, ...]:
        """The channels by which its processes wake one another."""
        return (OUTBOX, CLOSED, HELD, WALK, ERASURES, *self.channels)

    def open_database(
        self, settings: S, *, single: SingleProcess | None, background: bool = False
    ) -> Database:
        """The service's database, in step with the others of a single process; nothing is connected
        yet. `background`: for a worker. Raises what `prepare` raises.
        """
        database = open_database(
            settings.database_url.get_secret_value(),
            service=self.name,
            pool_size=max(settings.database_pool, self.worker_pool if background else 0),
            background=background,
        )
        database.on_emit = self.on_emit
        if self.prepare is not None:
            self.prepare(database, settings)
        if single is not None:
            single.join(database)
            # The server runs on this machine, and is asked by those on whom a lead waits as well.
            database.connections.beside = background and self.pace_seconds > 0
        return database

    def read_settings(self) -> S:
        """The settings in this process's environment. Raises SettingsError."""
        try:
            return self.settings()
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, item['loc']))}: {detail_of(item)}" for item in error.errors()
            )
            raise SettingsError(f"{self.name}'s settings: {faults}") from None
