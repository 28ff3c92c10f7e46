"""What the administrator sets up in a cluster before the services run: topics, users, grants.

Run again it adds what is missing, revokes what the catalogue no longer has, and gives every user
the password named now.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code

from deploy.kafka import requests
from deploy.kafka.access import USERS, grants
from deploy.kafka.requests import Binding, Request
from shared.contracts.catalog import TOPICS
from shared.errors import UnavailableError
from shared.messaging.log.kafka.client import Clients, KafkaSettings, ask, outage
from shared.messaging.log.kafka.log import SETTLE_SECONDS, KafkaLog

log = structlog.get_logger()
IN_FORCE_SECONDS = 20.0


async def set_up(settings: KafkaSettings, passwords: Mapping[str, str]) -> None:
    """`settings` are the administrator's; `passwords` by user. Raises UnavailableError."""
    bus = KafkaLog(settings)
    try:
        await bus.ensure_topics(TOPICS)
    finally:
        await bus.close()
    clients = Clients(settings)
    admin = AIOKafkaAdminClient(**settings.connection())
    await clients.start(admin, seconds=settings.request)
    try:
        cluster = Administration(settings, admin)
        await cluster.set_passwords(passwords)
        await cluster.set_grants()
    finally:
        clients.drop(admin)
        await clients.ended()


class Administration:
    def __init__(self, settings: KafkaSettings, admin: AIOKafkaAdminClient) -> None:
        self._settings = settings
        self._admin = admin

    async def set_passwords(self, passwords: Mapping[str, str]) -> None:
        answer = await self._ask(requests.alter_users(passwords), doing="set passwords")
        _check(code for _, code, *_ in answer.results)

    async def set_grants(self) -> None:
        """Make our users' grants exactly those of the catalogue; returns when they are in force."""
        target = {requests.binding(grant) for grant in grants()}
        deadline = asyncio.get_running_loop().time() + IN_FORCE_SECONDS
        while (present := await self._ours()) != target:
            if asyncio.get_running_loop().time() > deadline:
                raise UnavailableError("Kafka does not come to have the grants asked for.")
            await self._grant(sorted(target - present))
            await self._take_back(sorted(present - target))
            # The broker answers before the change is in force.
            await asyncio.sleep(SETTLE_SECONDS)
        log.info("log.access_set", count=len(target))

    async def _ours(self) -> set[Binding]:
        ours = {f"User:{user}" for user in USERS}
        return {binding for binding in await self.bindings() if binding[3] in ours}

    async def _grant(self, missing: Sequence[Binding]) -> None:
        if missing:
            answer = await self._ask(requests.create_grants(missing), doing="grant")
            _check(code for code, _ in answer.creation_responses)

    async def _take_back(self, superfluous: Sequence[Binding]) -> None:
        if superfluous:
            answer = await self._ask(requests.delete_grants(superfluous), doing="take back")
            _check(code for code, *_ in answer.filter_responses)

    async def bindings(self) -> Sequence[Binding]:
        """Every grant that the cluster knows, of anybody."""
        answer = await self._ask(requests.describe_grants(), doing="list grants")
        _check([answer.error_code])
        return [
            (kind, name, pattern, *rest)
            for kind, name, pattern, entries in answer.resources
            for rest in entries
        ]

    async def _ask(self, request: Request, *, doing: str) -> Any:
        return await ask(self._settings.request, self._admin._send_request(request), doing=doing)  # noqa: SLF001  it has no public way


def _check(codes: Iterable[int]) -> None:
    for code in codes:
        if code:
            error = for_code(code)()
            raise outage(error, doing="set up") from error
