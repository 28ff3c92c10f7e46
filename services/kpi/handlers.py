"""Handles the events that kpi consumes. Those of different streams may come in any order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.kpi.domain.labels import labelled
from services.kpi.use_cases.erasure import FORGETTING
from services.kpi.use_cases.money.project import note_people
from services.kpi.use_cases.project import project, write_managers
from shared.database import Session
from shared.messaging.consumer.erasures import erase_people
from shared.messaging.decoding import ReceivedEvent


async def apply(session: Session, events: Sequence[ReceivedEvent], *, now: datetime) -> None:
    """Project a batch, in sets."""
    events = [_labelled(item) for item in events]
    await project(session, events)
    await note_people(session, events)
    await write_managers(session, [item for item in events if item.envelope.topic == "managers"])
    links = [item for item in events if item.envelope.topic == "contact-links"]
    await erase_people(session, links, FORGETTING, now=now)


def _labelled(item: ReceivedEvent) -> ReceivedEvent:
    event = labelled(item.event)
    return item if event is item.event else replace(item, event=event)
