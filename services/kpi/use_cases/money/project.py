"""Makes sales of what a batch says of them, and again of what was said when people change.

The sales of a person are computed from all that was said of them, so they do not depend on the
order in which wins, orders and links of contacts come.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from services.kpi.domain.sales.people import Sale, sales_of
from services.kpi.domain.sales.said import SaleEvent, sale_event_of, spam_mark_of
from services.kpi.repository.money import sales as rows
from services.kpi.repository.money.rule import get_rule
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import InquiryUpdated
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent


async def mark_spam(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write what these events say of inquiries that are spam."""
    marks = [
        spam_mark_of(item.event, version=item.version, known_at=item.envelope.time)
        for item in events
        if type(item.event) is InquiryUpdated
    ]
    await rows.add_spam_marks(session, [mark for mark in marks if mark is not None])


async def count_sales(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the sales of everybody of whom these events say something; links are written before."""
    statements = [
        fact
        for item in events
        if (
            fact := sale_event_of(
                item.event,
                item.envelope.event_id,
                version=item.version,
                known_at=item.envelope.time,
            )
        )
    ]
    moved_ids = {item.event.contact_id for item in events if type(item.event) is ContactRelinked}
    if not statements and not moved_ids:
        return
    await rows.lock_sales(session)
    contact_ids = await rows.add_sale_events(session, statements)
    contact_ids |= await rows.list_with_sales(session, moved_ids) if moved_ids else set()
    if contact_ids:
        await count_again(session, contact_ids)


async def count_again(session: Session, contact_ids: Collection[UUID]) -> None:
    """Write anew all sales of the people that these contacts are, or were; they are locked."""
    window = timedelta(hours=(await get_rule(session)).same_sale_hours)
    person_ids = await rows.list_people(session, contact_ids)
    births = await rows.list_births(session, person_ids)
    statements = await rows.list_sale_events(session, births)
    told_ids = {fact.sale_id for fact in statements}
    await rows.write_sales(session, told_ids, sales_by_person(statements, births, window))


def sales_by_person(
    events: Sequence[SaleEvent], births: dict[UUID, UUID], window: timedelta
) -> list[Sale]:
    """The sales that these events tell of, each counted to the person its contact is."""
    by_person: dict[UUID, list[SaleEvent]] = defaultdict(list)
    for event in events:
        by_person[births[event.contact_id]].append(event)
    return [
        sale
        for person_id in sorted(by_person)
        for sale in sales_of(person_id, by_person[person_id], window=window)
    ]
