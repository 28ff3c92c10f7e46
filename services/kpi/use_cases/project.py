"""Projects a batch of events: facts first, then the stories that they change, and the counters.

The result is a function of the set of facts: it does not depend on the order in which events of
different streams come, on batches or on repetitions.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date
from typing import Any

from services.kpi.domain import reading
from services.kpi.domain.facts import ContactLinkFact, InquiryLinkFact
from services.kpi.domain.stories.contributions import counters
from services.kpi.domain.stories.known import circles
from services.kpi.domain.stories.story import Version
from services.kpi.domain.stories.versions import retold
from services.kpi.repository import facts, stories
from services.kpi.repository.counters import add_to_counters
from services.kpi.repository.stories import Affected
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.leads import LeadEvent, LeadOpened
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.database import Session
from shared.errors import InvalidError
from shared.messaging.decoding import ReceivedEvent

FactsByTable = Mapping[str, Sequence[tuple[Any, ...]]]


async def project(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the facts of these events, and what they change."""
    rows, affected = facts_of(events)
    if affected:
        await facts.write_facts(session, rows)
        since = min(item.envelope.time for item in events).astimezone(UTC).date()
        await tell_again(session, affected, since)


async def tell_again(session: Session, affected: Affected, since: date) -> None:
    """Tell what the affected stories are from the day `since` on."""
    known, are_told = await stories.find_known(session, affected)
    old: dict[Any, list[Version]] = {}
    if are_told:
        old = await stories.find_versions(
            session, lead_ids=known.openings, inquiry_ids=known.inquiries
        )
    before: set[Version] = set()
    after: set[Version] = set()
    for circle in circles(known):
        own = {
            story_id: old[story_id]
            for story_id in (*circle.lead_ids, *circle.inquiry_ids)
            if story_id in old
        }
        before.update(version for versions in own.values() for version in versions)
        after.update(
            version
            for versions in retold(circle, known, own, since).values()
            for version in versions
        )
    removed, added = before - after, sorted(after - before, key=_key)
    await stories.write_versions(session, removed, added)
    await add_to_counters(session, counters(removed, added))


def _key(version: Version) -> tuple[Any, date]:
    return version.story[0], version.known_on


def facts_of(events: Sequence[ReceivedEvent]) -> tuple[FactsByTable, Affected]:
    """The facts of these events by the name of their table, and what they are about."""
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    affected = Affected()
    for item in events:
        envelope, event = item.envelope, item.event
        if isinstance(event, LeadEvent):
            _add_lead_event(rows, affected, item)
        elif isinstance(event, InquiryReceived):
            rows["inquiry"].append(reading.inquiry_fact(envelope, event))
            affected.inquiry_ids.add(event.inquiry_id)
        elif isinstance(event, InquiryUpdated):
            change = _change(item, event)
            if change is not None:
                rows["inquiry_change"].append(change)
                affected.inquiry_ids.add(event.inquiry_id)
        elif isinstance(event, ContactRelinked):
            rows["contact_link"].append(
                ContactLinkFact(
                    event.contact_id, envelope.version, event.canonical_id, envelope.time
                )
            )
            affected.contact_ids.update((event.contact_id, event.canonical_id))
        elif (touch := reading.touch_of(envelope, event)) is not None:
            rows["touch"].append(touch)
            if touch.lead_id is None:
                affected.contact_ids.add(touch.contact_id)
            else:
                affected.lead_ids.add(touch.lead_id)
    return rows, affected


def _add_lead_event(
    rows: dict[str, list[tuple[Any, ...]]], affected: Affected, item: ReceivedEvent
) -> None:
    event = item.event
    assert isinstance(event, LeadEvent)
    if isinstance(event, LeadOpened):
        rows["lead"].append(reading.opening_of(item.envelope, event))
        affected.lead_ids.add(event.lead_id)
    elif (step := reading.step_of(item.envelope, event)) is not None:
        rows["lead_event"].append(step)
        affected.lead_ids.add(event.lead_id)
    for link in inquiry_links(item):
        rows["inquiry_link"].append(link)
        affected.lead_ids.add(link.lead_id)
        affected.inquiry_ids.add(link.inquiry_id)


def inquiry_links(item: ReceivedEvent) -> Sequence[InquiryLinkFact]:
    """The links between inquiries and leads that an event adds."""
    return list(reading.link_facts(item.envelope, item.event))


def _change(item: ReceivedEvent, event: InquiryUpdated) -> tuple[Any, ...] | None:
    try:
        return reading.change_of(item.envelope, event)
    except ValueError as error:
        raise InvalidError("The correction does not fit the inquiry.") from error


async def write_managers(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the versions of managers and of their statuses."""
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for item in events:
        if isinstance(item.event, ManagerChanged):
            rows["manager"].append(reading.manager_fact(item.envelope, item.event))
        elif isinstance(item.event, ManagerStatusChanged):
            rows["manager_status"].append(reading.status_fact(item.envelope, item.event))
    await facts.write_managers(session, rows)
