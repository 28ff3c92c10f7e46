"""Projects a batch of events: each becomes an entry; some also change leads, links or contacts.

The result does not depend on the order in which events of different streams come.
"""

from collections.abc import Sequence
from datetime import datetime

from services.history.domain.entries import entry_of
from services.history.domain.leads import Lead, advance
from services.history.domain.months import unusual_months
from services.history.repository import blanking, managers, projections
from services.history.repository.months import open_months
from shared.contracts.contacts import ContactErased
from shared.contracts.leads import LeadAccepted, LeadAssigned
from shared.contracts.managers import ManagerChanged
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent
from shared.projection import advance_leads, inquiry_links, latest_contact_links
from shared.runtime.rush import pace_of
from shared.text import storable


async def guard_entries(session: Session, *, alone: bool) -> None:
    """Take the lock of entries and cards, exclusive for what the others must not pass unseen."""
    await blanking.guard_erasure(session, erasing=alone)


def erasures(events: Sequence[ReceivedEvent]) -> list[ContactErased]:
    return [item.event for item in events if isinstance(item.event, ContactErased)]


async def write_entries(
    session: Session,
    events: Sequence[ReceivedEvent],
    on_leads: Sequence[ReceivedEvent],
    *,
    now: datetime,
) -> None:
    """Write an entry for each event, and leads, links and assignees from the events `on_leads`."""
    if months := unusual_months((item.envelope.event_id for item in events), now=now):
        await open_months(session, months)
    ownerships = [
        item.event for item in on_leads if isinstance(item.event, LeadAssigned | LeadAccepted)
    ]
    entries, pace = [], pace_of(session.database)
    for item in events:
        await pace.breathe()
        entries.append(entry_of(item.envelope, item.event))
    leads = await advance_leads(
        session, on_leads, find=projections.find_leads, new=Lead, advance=advance
    )
    links = inquiry_links(on_leads)
    await pace.breathe()
    await projections.write(
        session,
        entries=entries,
        leads=leads,
        links=links,
        assignees=sorted({(event.lead_id, event.manager_id) for event in ownerships}),
    )


async def name_managers(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write how the managers of these events are called now; those of each are in their order."""
    changes = [item.event for item in events if isinstance(item.event, ManagerChanged)]
    await managers.write_names(
        session, {event.manager_id: storable(event.name) for event in changes if event.name}
    )


async def relink_contacts(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the latest link of each contact."""
    await projections.write_contact_links(session, latest_contact_links(events))
