"""Projects a batch of events: facts first, then the stories that they change, and the counters.

The result is a function of the set of facts: it does not depend on the order in which events of
different streams come, on batches or on repetitions.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date
from typing import Any
from uuid import UUID

from services.kpi.domain import reading
from services.kpi.domain.facts import ContactLinkFact, InquiryChange, InquiryLinkFact
from services.kpi.domain.stories.contributions import Counting
from services.kpi.domain.stories.inquiries import Correction, corrections, known_inquiries
from services.kpi.domain.stories.known import circles
from services.kpi.domain.stories.story import Version
from services.kpi.domain.stories.versions import retold
from services.kpi.repository import facts, stories
from services.kpi.repository.counters import add_to_counters
from services.kpi.repository.known import Affected, find_inquiries, find_known
from shared.contracts.contacts import ContactRelinked
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.leads import LeadEvent, LeadOpened
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.database import Session
from shared.errors import InvalidError
from shared.messaging.decoding import ReceivedEvent

FactsByTable = Mapping[str, Sequence[Any]]


async def project(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the facts of these events, and what they change."""
    rows, affected = facts_of(events)
    if not affected:
        return
    counting = Counting()
    new_ids = await facts.write_facts(session, rows)
    for inquiry in rows.get("inquiry", ()):
        if inquiry.inquiry_id in new_ids:
            new_ids.remove(inquiry.inquiry_id)
            for sign, known_on, version in known_inquiries(inquiry, ()):
                counting.inquiry(sign, known_on, version)
    await _count_corrections(session, counting, rows.get("inquiry_change", ()))
    since = min(item.envelope.time for item in events).astimezone(UTC).date()
    await _tell_again(session, counting, affected, since)
    await add_to_counters(session, counting.counters())


async def tell_anew(session: Session, lead_ids: Collection[UUID]) -> None:
    """Tell the stories of these leads from their beginnings, after facts of them were changed."""
    counting = Counting()
    await _tell_again(session, counting, Affected(lead_ids=set(lead_ids)), date.min)
    await add_to_counters(session, counting.counters())


async def _count_corrections(
    session: Session, counting: Counting, changes: Sequence[InquiryChange]
) -> None:
    """Count the corrected inquiries as they are known now, no more as before these changes."""
    if not changes:
        return
    new = {(change.inquiry_id, change.version) for change in changes}
    inquiry_ids = {change.inquiry_id for change in changes}
    corrected: list[Correction] = []
    for inquiry, all_changes in await find_inquiries(session, inquiry_ids):
        corrected += corrections(inquiry, all_changes)
        before = [item for item in all_changes if (item.inquiry_id, item.version) not in new]
        for sign, known_on, version in known_inquiries(inquiry, before):
            counting.inquiry(-sign, known_on, version)
        for sign, known_on, version in known_inquiries(inquiry, all_changes):
            counting.inquiry(sign, known_on, version)
    await facts.replace_corrections(session, corrected)


async def _tell_again(
    session: Session, counting: Counting, affected: Affected, since: date
) -> None:
    """Tell what the affected stories are from the day `since` on."""
    knowledge, are_told = await find_known(session, affected)
    old: dict[UUID, list[Version]] = {}
    if are_told:
        old = await stories.find_versions(
            session, lead_ids=knowledge.openings, inquiry_ids=knowledge.inquiries
        )
    removed: list[Version] = []
    added: list[Version] = []
    for circle in circles(knowledge):
        own = {story_id: old[story_id] for story_id in circle.ids() if story_id in old}
        for story_id, versions in retold(circle, knowledge, own, since).items():
            before = own.get(story_id, ())
            added += [version for version in versions if version not in before]
            removed += [version for version in before if version not in versions]
    for sign, versions in ((-1, removed), (1, added)):
        for version in versions:
            counting.version(sign, version)
    await stories.write_versions(session, removed, sorted(added, key=_key))


def _key(version: Version) -> tuple[UUID, date]:
    return version.story[0], version.known_on


def facts_of(events: Sequence[ReceivedEvent]) -> tuple[FactsByTable, Affected]:
    """The facts of these events by the name of their table, and what they are about."""
    rows: dict[str, list[Any]] = defaultdict(list)
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


def _add_lead_event(rows: dict[str, list[Any]], affected: Affected, item: ReceivedEvent) -> None:
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


def _change(item: ReceivedEvent, event: InquiryUpdated) -> InquiryChange | None:
    try:
        return reading.change_of(item.envelope, event)
    except ValueError as error:
        raise InvalidError("The correction does not fit the inquiry.") from error


async def write_managers(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the versions of managers and of their statuses."""
    rows: dict[str, list[Any]] = defaultdict(list)
    for item in events:
        if isinstance(item.event, ManagerChanged):
            rows["manager"].append(reading.manager_fact(item.envelope, item.event))
        elif isinstance(item.event, ManagerStatusChanged):
            rows["manager_status"].append(reading.status_fact(item.envelope, item.event))
    await facts.write_managers(session, rows)
