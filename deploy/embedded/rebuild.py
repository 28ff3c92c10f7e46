"""`leadflow rebuild history|kpi`: the projection anew, from what the others have spoken.

It runs beside the living services: live events and this one take the same door.
"""

import asyncio
import importlib
from typing import Any

from deploy.embedded.postgres import PrivatePostgres
from deploy.embedded.processes import LauncherError
from deploy.embedded.state import Folder, is_running, read_status
from deploy.embedded.surroundings import SERVICES
from shared.clock import system_clock
from shared.database import open_database
from shared.errors import ServiceError
from shared.messaging.rebuild import Rebuilt, rebuild
from shared.messaging.taking import Listener
from shared.web.journal_client import HttpJournal, open_client
from shared.web.service_token import ServiceToken


async def rebuild_projection(
    service: str, *, database_url: str, base_url: str, token: ServiceToken
) -> Rebuilt:
    """Reads the journals of all speakers below `base_url`. Raises UnavailableError."""
    handlers: Any = importlib.import_module(f"services.{service}.handlers")
    database = open_database(database_url, service=service, background=True)
    try:
        async with open_client() as client:
            journals = {
                speaker: HttpJournal(f"{base_url}/{speaker}", token, client) for speaker in SERVICES
            }
            listener = Listener(database, service, handlers.apply, system_clock)
            return await rebuild(listener, journals=journals, clear=handlers.clear)
    finally:
        await database.close()


def run(folder: Folder, service: str) -> int:
    if not is_running(folder):
        raise LauncherError(
            f"the others must run while {service} is rebuilt: start them by ./leadflow up"
        )
    postgres = PrivatePostgres(folder.postgres)
    try:
        done = asyncio.run(
            rebuild_projection(
                service,
                database_url=postgres.url(service, service),
                base_url=read_status(folder)["url"],
                token=ServiceToken(folder.mint.service_token),
            )
        )
    except ServiceError as failure:
        raise LauncherError(
            f"interrupted ({failure}); say it again and it goes on where it stopped"
        ) from None
    read = ", ".join(f"{count} of {speaker}" for speaker, count in sorted(done.read.items()))
    print(f"{service} is rebuilt from {sum(done.read.values())} events: {read}")
    return 0
