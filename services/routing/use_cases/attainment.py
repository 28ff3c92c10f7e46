"""Notes how far managers are with their plans, which kpi measures."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from services.routing.domain.lead import MILLI
from services.routing.repository.managers import write_attainments
from shared.contracts.indicators import AttainmentMeasured
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

# A thousand times the plan; what is beyond is shown as that.
CEILING_MILLI = 1_000_000


async def note_attainment(
    session: Session, events: Sequence[tuple[ReceivedEvent, AttainmentMeasured]]
) -> None:
    """Keep the newest measure of each manager; the company's own is of no use here."""
    measures: dict[UUID, tuple[int, int]] = {}
    for item, event in events:
        manager_id = _manager_id(event.subject)
        version = item.envelope.version
        if manager_id is not None and version > measures.get(manager_id, (0, 0))[1]:
            measures[manager_id] = (_milli(event.attainment), version)
    await write_attainments(session, measures)


def _manager_id(subject: str) -> UUID | None:
    try:
        return UUID(subject)
    except ValueError:
        return None


def _milli(attainment: Decimal) -> int:
    return int(min(max(attainment * MILLI, Decimal(0)), Decimal(CEILING_MILLI)))
