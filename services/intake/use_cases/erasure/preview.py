"""What an erasure would blank: it is done, counted and taken back."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.erasing import ErasureReason, ErasureStep, person_version
from services.intake.repository import contacts
from services.intake.use_cases.erasure.erase import Order, erase_contact, require_present
from services.intake.use_cases.peers import Peer
from shared.database import Database, Row, reading, transaction
from shared.errors import NotFoundError, UnavailableError
from shared.messaging.consumer.erasures import TakenBackError

Counts = Mapping[str, int]
MAX_PREVIEWED = 100  # contacts of a person that other services are asked about


@dataclass(frozen=True, slots=True)
class Preview:
    """`services`: name → table → rows, None for one that cannot be asked. `is_part`: there is more
    than was counted.
    """

    contact_ids: Sequence[UUID]
    version: int
    services: Mapping[str, Counts | None]
    is_part: bool


async def preview_erasure(
    database: Database, peers: Sequence[Peer | str], contact_id: UUID, *, by: str, now: datetime
) -> Preview:
    """Raises NotFoundError, PersonErasedError."""
    async with reading(database) as session:
        contact_ids = await contacts.same_person(session, contact_id)
        if not contact_ids:
            raise NotFoundError("There is no such contact.")
        await require_present(session, contact_ids)
    version = person_version(contact_ids)
    order = Order(contact_id, version, ErasureReason.REQUESTED, by, now)
    row = await _rehearse(database, order)
    answers = await asyncio.gather(*(_ask(peer, contact_ids) for peer in peers))
    return Preview(
        contact_ids,
        version,
        {"intake": row["rows"], **dict(answers)},
        ErasureStep(row["step"]) is not ErasureStep.SEARCH,
    )


async def _rehearse(database: Database, order: Order) -> Row:
    with suppress(TakenBackError):
        async with transaction(database) as session:
            row = await erase_contact(session, order)
            raise TakenBackError
    return row


async def _ask(peer: Peer | str, contact_ids: Sequence[UUID]) -> tuple[str, Counts | None]:
    if isinstance(peer, str):
        return peer, None
    ids = ",".join(map(str, contact_ids[:MAX_PREVIEWED]))
    try:
        answer = await peer.find(f"/v1/erasure-preview?contact_ids={ids}")
    except UnavailableError:
        return peer.name, None
    return peer.name, None if answer is None else answer["rows"]
