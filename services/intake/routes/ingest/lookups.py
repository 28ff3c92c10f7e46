"""Who is calling: an exchange asks while the telephone rings, and has no time to wait.

Invariant: whatever is wrong, the answer is that nobody is known, and in time.
"""

from typing import Final

import structlog

from services.intake.channels import CHANNELS
from services.intake.channels.channel import KnownCaller, Lookup
from services.intake.channels.parsing import phones
from services.intake.domain.requests import Answer, RawRequest
from services.intake.repository.contacts import find_name
from services.intake.repository.sources import SourceRow
from shared.database import Database, reading
from shared.runtime.deadline import within

log = structlog.get_logger()
LOOKUP_SECONDS: Final = 0.08  # an exchange waits a tenth of a second or so


async def answer_lookup(database: Database, row: SourceRow, request: RawRequest) -> Answer | None:
    """The answer to a look-up of a recognised sender; None for an ordinary delivery."""
    channel, source = CHANNELS[row.adapter], row.view()
    lookup = channel.lookup(request, source)
    if lookup is None:
        return None
    return channel.answer_found(request, source, await _find(database, lookup, source.country))


async def _find(database: Database, lookup: Lookup, country: str) -> KnownCaller | None:
    number = phones.e164(lookup.number, country)
    if number is None:
        return None
    try:
        name = await within(LOOKUP_SECONDS, _name(database, number), doing="looking up a caller")
    except Exception as error:  # noqa: BLE001  a late or failed answer would disturb the call
        log.warning("lookup.unanswered", error=type(error).__name__)
        return None
    return KnownCaller(name) if name else None


async def _name(database: Database, number: str) -> str | None:
    async with reading(database) as session:
        return await find_name(session, number)
