"""`leadflow rebuild history|kpi`: the projection anew, from what the others have emitted.

History's is emptied, and the running service's own catch-up fills it, beside live events. Kpi's is
made in fresh tables, compared with the live ones, and exchanged with them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from deploy.embedded.environment import SERVICES
from deploy.embedded.options import say
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.state import Folder, is_running, read_status
from services.history.service import HISTORY
from services.kpi.service import KPI
from shared.beside import Beside, Compared, Projection, begin_beside
from shared.clock import system_clock
from shared.database import open_database
from shared.errors import ServiceError
from shared.messaging.consumer import rebuild
from shared.messaging.consumer.consumer import Consumer
from shared.service import Service
from shared.web.journal_client import HttpJournal, open_client
from shared.web.service_token import ServiceToken

LOOK_SECONDS = 1.0
SAY_SECONDS = 5.0
PROJECTIONS: Mapping[str, Service[Any]] = MappingProxyType({"history": HISTORY, "kpi": KPI})


async def in_place(service: str, *, database_url: str, base_url: str, token: ServiceToken) -> int:
    """Waits until catch-up has walked all journals below `base_url` to where they ended at first.

    Returns the exit code. Raises UnavailableError.
    """
    projection = PROJECTIONS[service]
    assert projection.handle is not None
    assert projection.clear is not None
    database = open_database(database_url, service=service, background=True)
    try:
        async with open_client() as client:
            journals = {
                producer: HttpJournal(f"{base_url}/{producer}", token, client)
                for producer in SERVICES
            }
            consumer = Consumer(database, service, projection.handle, system_clock)
            ends = await rebuild.journal_ends(consumer, journals)
            await rebuild.begin(consumer, clear=projection.clear)
            walked = 0
            while not (state := await rebuild.progress(consumer, journals, ends)).done:
                if state.walked != walked:
                    walked = state.walked
                    say(f"{walked} of {state.topics} topics are walked")
                await asyncio.sleep(LOOK_SECONDS)
            number = await rebuild.waits(consumer)
    finally:
        await database.close()
    print(f"{service} is rebuilt" + (f"; {number} events are held" if number else ""))
    return 0


async def rebuild_beside(
    service: str, *, database_url: str, base_url: str, token: ServiceToken, only_compare: bool
) -> int:
    """Fresh tables beside the live ones, compared and exchanged. Returns the exit code: 1 if they
    differ and stay as they are.

    Raises UnavailableError: then nothing has changed.
    """
    projection = PROJECTIONS[service]
    assert projection.handle is not None
    what = Projection(service, projection.handle, projection.projections, projection.settle)
    async with open_client() as client:
        journals = {name: HttpJournal(f"{base_url}/{name}", token, client) for name in SERVICES}
        under_way = await begin_beside(what, database_url, journals, clock=system_clock)
        try:
            await _walk(under_way)
            compared = await under_way.exchange(only_compare=only_compare)
        finally:
            await under_way.close()
            await under_way.live.close()
    print("\n".join(table_of(compared)))
    number = sum(not item.equal for item in compared)
    if only_compare:
        print("the live tables stay as they are")
        return 1 if number else 0
    print(f"{service} is rebuilt" + (f"; {number} tables differed" if number else ""))
    return 0


def table_of(compared: Sequence[Compared]) -> list[str]:
    """A line for each table: its rows, the fresh one's, and whether they are equal."""
    heading = f"{'table':<28}{'rows':>12}{'fresh':>12}"
    lines = [
        f"{item.table:<28}{item.live_rows:>12}{item.fresh_rows:>12}"
        f"  {'equal' if item.equal else 'DIFFERENT'}"
        for item in compared
    ]
    return [heading, *lines]


async def _walk(under_way: Beside) -> None:
    walk = asyncio.create_task(under_way.walk())
    try:
        while not walk.done():
            await asyncio.wait([walk], timeout=SAY_SECONDS)
            say(f"{await under_way.count_events()} events are read")
        await walk
    finally:
        walk.cancel()


def run(folder: Folder, service: str, *, only_compare: bool = False) -> int:
    """Raises LauncherError."""
    if not is_running(folder):
        raise LauncherError(
            f"the services must run while {service} is rebuilt: start them by ./leadflow up"
        )
    postgres = PrivatePostgres(folder.postgres)
    is_beside = bool(PROJECTIONS[service].projections)
    if only_compare and not is_beside:
        raise LauncherError(f"{service} is rebuilt in place: there is nothing to compare")
    rebuild_it = partial(rebuild_beside, only_compare=only_compare) if is_beside else in_place
    try:
        return asyncio.run(
            rebuild_it(
                service,
                database_url=postgres.url(service, service),
                base_url=read_status(folder)["url"],
                token=ServiceToken(folder.mint.service_token),
            )
        )
    except ServiceError as failure:
        rest = "nothing was changed" if is_beside else "what was emptied fills by itself"
        raise LauncherError(f"interrupted ({failure}); {rest}, or run it again") from None
