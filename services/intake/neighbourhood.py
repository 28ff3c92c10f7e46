"""Who the other services are and how this process introduces itself to them."""

from datetime import timedelta

import httpx

from services.intake.settings import Settings
from services.intake.use_cases.neighbours import Neighbour
from shared.clock import Clock
from shared.web.tokens import TokenKeys

COMPARED = ("routing", "history", "kpi")
TOKEN_LIFETIME = timedelta(minutes=5)


def neighbours_of(
    settings: Settings, client: httpx.AsyncClient, *, keys: TokenKeys, clock: Clock
) -> list[Neighbour | str]:
    """The services that count inquiries; by name only where their address is not known."""

    def token() -> str:
        return keys.mint(role="service", now=clock(), lifetime=TOKEN_LIFETIME)

    return [
        Neighbour(name, url, client, token) if (url := settings.service_url(name)) else name
        for name in COMPARED
    ]
