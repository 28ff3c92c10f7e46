"""Public documents by which requests are verified, as SNS's certificates: fetched once, then kept.

Invariant: what is fetched depends on the request alone, never on whether its source is known.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.intake.channels import evidence_of
from services.intake.domain.fetching import Verdict, verdict
from services.intake.domain.requests import RawRequest
from shared.errors import BusyError, UnavailableError
from shared.web.public_client import FetchError, PublicClient

MOST_KEPT: Final = 100  # documents
MOST_FETCHED: Final = 8  # together; whoever else wants one has to try again
MAX_BYTES: Final = 65_536  # of one document
KEPT_SECONDS: Final = 86_400.0
MISSED_SECONDS: Final = 60.0  # until what is not there is asked for again


@dataclass(eq=False)
class Evidence:
    """`client` is None while no request is taken. `documents`: address → until when, and the
    document, or None for one that is not there.
    """

    client: PublicClient | None = None
    documents: dict[str, tuple[float, bytes | None]] = field(default_factory=dict)
    _fetches: "dict[str, asyncio.Task[bytes | None]]" = field(default_factory=dict)

    async def of(self, request: RawRequest) -> Mapping[str, bytes]:
        """What `RawRequest.fetched` holds while the request is verified.

        Raises UnavailableError and BusyError: the sender has to try again.
        """
        place = evidence_of(request)
        if place is None:
            return {}
        follow_up, hosts = place
        until, document = self.documents.get(follow_up.url, (0.0, None))
        if time.monotonic() >= until:
            document = await self._fetched(follow_up.url, hosts)
        return {} if document is None else {follow_up.name: document}

    async def _fetched(self, url: str, hosts: frozenset[str]) -> bytes | None:
        task = self._fetches.get(url)
        if task is None:
            if len(self._fetches) >= MOST_FETCHED:
                raise BusyError("Too many certificates are being fetched. Try again.")
            task = self._fetches[url] = asyncio.create_task(self._fetch(url, hosts))
            task.add_done_callback(lambda ended: self._forget(url, ended))
        try:
            # Shielded, because one fetch serves all who wait for it, and one of them may leave.
            return await asyncio.shield(task)
        except FetchError:
            raise UnavailableError("The sender's certificate cannot be fetched now.") from None

    def _forget(self, url: str, task: "asyncio.Task[bytes | None]") -> None:
        self._fetches.pop(url, None)
        if not task.cancelled():
            task.exception()

    async def _fetch(self, url: str, hosts: frozenset[str]) -> bytes | None:
        """The document, or None if it is not there. Raises FetchError if that is unknown."""
        document = await self._answered(url, hosts)
        seconds = MISSED_SECONDS if document is None else KEPT_SECONDS
        self.documents[url] = time.monotonic() + seconds, document
        if len(self.documents) > MOST_KEPT:
            # What is not there goes first: anybody may name any number of such addresses.
            misses = (place for place, (_, content) in self.documents.items() if content is None)
            del self.documents[next(misses, next(iter(self.documents)))]
        return document

    async def _answered(self, url: str, hosts: frozenset[str]) -> bytes | None:
        if self.client is None:
            raise FetchError("closed")
        try:
            answer = await self.client.get(url, hosts=hosts, most=MAX_BYTES)
        except FetchError as error:
            if error.forever:
                return None
            raise
        outcome = verdict(answer.status)
        if outcome is Verdict.LATER:
            raise FetchError("later")
        return answer.body if outcome is Verdict.FETCHED else None
