"""`leadflow rebuild history|kpi`: the projection anew, from what the others have emitted.

It is emptied, and the running service's own catch-up fills it, beside live events.
"""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from deploy.embedded.environment import SERVICES
from deploy.embedded.options import say
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.state import Folder, is_running, read_status
from services.history.service import HISTORY
from services.kpi.service import KPI
from shared.clock import system_clock
from shared.database import open_database
from shared.errors import ServiceError
from shared.messaging.consumer import rebuild
from shared.messaging.consumer.consumer import Consumer
from shared.service import Service
from shared.web.journal_client import HttpJournal, open_client
from shared.web.service_token import ServiceToken

LOOK_SECONDS = 1.0
PROJECTIONS: Mapping[str, Service[Any]] = MappingProxyType({"history": HISTORY, "kpi": KPI})


async def rebuild_projection(
    service: str, *, database_url: str, base_url: str, token: ServiceToken
) -> int:
    """Waits until catch-up has walked all journals below `base_url` to where they ended at first;
    how many events are held afterwards. Raises UnavailableError.
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
            return await rebuild.waits(consumer)
    finally:
        await database.close()


def run(folder: Folder, service: str) -> int:
    if not is_running(folder):
        raise LauncherError(
            f"the services must run while {service} is rebuilt: start them by ./leadflow up"
        )
    postgres = PrivatePostgres(folder.postgres)
    try:
        number = asyncio.run(
            rebuild_projection(
                service,
                database_url=postgres.url(service, service),
                base_url=read_status(folder)["url"],
                token=ServiceToken(folder.mint.service_token),
            )
        )
    except ServiceError as failure:
        raise LauncherError(
            f"interrupted ({failure}); what was emptied fills by itself, or run it again"
        ) from None
    print(f"{service} is rebuilt" + (f"; {number} events are held" if number else ""))
    return 0
