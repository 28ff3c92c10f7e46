"""Handles the events that history consumes. Those of different streams may come in any order."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from services.history.use_cases.activities import ASSIGNED
from services.history.use_cases.cards.sale_rule import follow_sale_rule, rule_changes
from services.history.use_cases.erasure import FORGETTING
from services.history.use_cases.project import (
    erasures,
    guard_entries,
    name_managers,
    relink_contacts,
    write_entries,
)
from shared.database import Session
from shared.messaging.consumer.erasures import erase_people
from shared.messaging.decoding import ReceivedEvent


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:
    """Project a batch, in sets."""
    events_by_topic: dict[str, list[ReceivedEvent]] = defaultdict(list)
    for item in events:
        events_by_topic[item.envelope.topic].append(item)
    links = events_by_topic["contact-links"]
    rules = events_by_topic["indicators"]
    # The lock comes first: entries, erasures and cards of other transactions must not pass unseen.
    await guard_entries(session, alone=bool(erasures(links) or rule_changes(rules)))
    await write_entries(session, events, events_by_topic["leads"], now=now)
    await erase_people(session, links, FORGETTING, now=now)
    await relink_contacts(session, links)
    await follow_sale_rule(session, rules, now=now)
    await name_managers(session, events_by_topic["managers"])
    session.notify_after_commit(ASSIGNED)
