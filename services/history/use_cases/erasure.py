"""The one place where history forgets a person: every table that holds their words is blanked here.

Invariant: ids, kinds, times and whatever is counted stay, so that a rebuild from blanked journals
gives the same tables.
"""

from collections.abc import Sequence
from uuid import UUID

from services.history.repository import blanking
from services.history.use_cases.cards.labels import blank_cards
from shared.contracts.activities import ActivityRecorded
from shared.contracts.envelope import Stream
from shared.database import Session
from shared.messaging.consumer.erasures import Counts, Forgetting


async def blank(session: Session, contact_ids: Sequence[UUID]) -> Counts:
    """Blank what is stored of these contacts; the rows changed, by table. Every table of history
    that holds words is blanked from here, also those that hold copies.
    """
    # Nobody writes what they have read of them before.
    await blanking.guard_erasure(session, erasing=True)
    await blank_cards(session, contact_ids)
    return await blanking.blank(session, contact_ids)


async def streams(_session: Session, contact_ids: Sequence[UUID], after: str) -> Sequence[Stream]:
    """The streams of history's journal about these contacts, all on one page."""
    keys = sorted(str(item) for item in contact_ids)
    return [(ActivityRecorded.TOPIC, key) for key in keys if key > after]


FORGETTING = Forgetting(blank, streams)
