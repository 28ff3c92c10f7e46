"""Handles the events that kpi consumes. Those of different streams may come in any order."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from services.kpi.use_cases.erasure import FORGETTING
from services.kpi.use_cases.project import (
    add_touches,
    name_managers,
    relink_contacts,
    write_facts,
)
from shared.database import Session
from shared.messaging.consumer.erasures import erase_people
from shared.messaging.decoding import ReceivedEvent


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:
    """Project a batch, in sets."""
    events_by_topic: dict[str, list[ReceivedEvent]] = defaultdict(list)
    for item in events:
        events_by_topic[item.envelope.topic].append(item)
    await write_facts(session, events_by_topic["inquiries"], events_by_topic["leads"])
    await add_touches(session, [*events_by_topic["inquiries"], *events_by_topic["activities"]])
    await relink_contacts(session, events_by_topic["contact-links"])
    await name_managers(session, events_by_topic["managers"])
    await erase_people(session, events_by_topic["contact-links"], FORGETTING, now=now)
