"""Projects a batch of events: what is stored beside them is read, and all that they change written.

The result is a function of the set of facts: it does not depend on the order in which events of
different streams come, on batches or on repetitions.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date
from typing import Any, Final
from uuid import UUID

from services.kpi.domain import reading
from services.kpi.domain.facts import Facts, InquiryChange, InquiryLinkFact, united
from services.kpi.domain.load.holdings import LoadCounting
from services.kpi.domain.stories.circles import LinkedFacts, circles, put_together
from services.kpi.domain.stories.contributions import Counting
from services.kpi.domain.stories.inquiries import Correction, corrections, known_inquiries
from services.kpi.domain.stories.story import Version
from services.kpi.domain.stories.versions import retold
from services.kpi.repository import facts
from services.kpi.repository.load.days import forget_load_of
from services.kpi.repository.related_facts import Affected, Stored, find_known
from services.kpi.repository.writing import write
from shared.contracts.activities import ActivityRecorded
from shared.contracts.catalog import TOPIC_BY_NAME
from shared.contracts.contacts import ContactRelinked
from shared.contracts.envelope import Envelope, Event
from shared.contracts.inquiries import CallObserved, InquiryReceived, InquiryUpdated
from shared.contracts.leads import LeadEvent, LeadInquiryAttached, LeadOpened
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.database import Session
from shared.errors import InvalidError
from shared.messaging.decoding import ReceivedEvent
from shared.runtime.pace import Pace
from shared.runtime.rush import pace_of

Rows = dict[str, list[Any]]  # facts by the name of their table


async def project(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the facts of these events, and what they change."""
    pace = pace_of(session.database)
    new, affected = await facts_of(events, pace)
    if not affected:
        return
    await facts.lock_stories(session)
    stored = await find_known(session, affected)
    graph = put_together(united(stored.facts, new))
    await pace.breathe()
    counting, load = Counting(), LoadCounting()
    corrected = _count_inquiries(counting, new, stored, graph)
    since = min(item.envelope.time for item in events).astimezone(UTC).date()
    removed, added = await _tell_again(counting, load, graph, stored, since=since, pace=pace)
    counters = counting.counters()
    await pace.breathe()
    await write(
        session,
        facts=new,
        corrections=corrected,
        removed=removed,
        added=added,
        counters=counters,
        load=load.changes(),
        since=since,
    )


async def tell_anew(session: Session, lead_ids: Collection[UUID]) -> None:
    """Tell the stories of these leads from their beginnings, after facts of them were changed."""
    stored = await find_known(session, Affected(lead_ids=set(lead_ids)))
    counting, load = Counting(), LoadCounting()
    graph = put_together(stored.facts)
    removed, added = await _tell_again(counting, load, graph, stored, since=date.min, pace=Pace())
    await write(
        session,
        facts={},
        corrections=(),
        removed=removed,
        added=added,
        counters=counting.counters(),
        load=load.changes(),
        since=date.min,
    )


def _count_inquiries(
    counting: Counting, new: Facts, stored: Stored, graph: LinkedFacts
) -> list[Correction]:
    """Count the inquiries of a batch as they are known now, and no more as they were before it.
    Returns all corrections of those that have any.
    """
    before = put_together({name: stored.facts[name] for name in ("inquiry", "inquiry_change")})
    corrected: list[Correction] = []
    changed_ids = {fact.inquiry_id for fact in new.get("inquiry_change", ())}
    new_ids = {fact.inquiry_id for fact in new.get("inquiry", ())} - before.inquiries.keys()
    for inquiry_id in (new_ids | changed_ids) & graph.inquiries.keys():
        for sign, facts_by_then in ((-1, before), (1, graph)):
            inquiry = facts_by_then.inquiries.get(inquiry_id)
            changes = facts_by_then.changes.get(inquiry_id, ())
            if inquiry is not None:
                for direction, known_on, version in known_inquiries(inquiry, changes):
                    counting.inquiry(sign * direction, known_on, version)
        if inquiry_id in graph.changes:
            corrected += corrections(graph.inquiries[inquiry_id], graph.changes[inquiry_id])
    return corrected


async def _tell_again(
    counting: Counting,
    load: LoadCounting,
    graph: LinkedFacts,
    stored: Stored,
    *,
    since: date,
    pace: Pace,
) -> tuple[list[Version], list[Version]]:
    """Tell what these stories are from the day `since` on; the versions to remove and to add."""
    removed: list[Version] = []
    added: list[Version] = []
    for circle in circles(graph):
        await pace.breathe()
        own = {
            story_id: stored.versions[story_id]
            for story_id in circle.ids()
            if story_id in stored.versions
        }
        for story_id, versions in retold(circle, graph, own, since).items():
            before = own.get(story_id, ())
            added += [version for version in versions if version not in before]
            removed += [version for version in before if version not in versions]
    for sign, versions in ((-1, removed), (1, added)):
        for version in versions:
            await pace.breathe()
            counting.version(sign, version)
            load.version(sign, version)
    return removed, added


async def facts_of(events: Sequence[ReceivedEvent], pace: Pace) -> tuple[Facts, Affected]:
    """The facts of these events by the name of their table, and what they are about."""
    rows: dict[str, list[Any]] = defaultdict(list)
    affected = Affected()
    for item in events:
        reader = _READERS.get(type(item.event))
        if reader is not None:
            await pace.breathe()
            reader(rows, affected, item.envelope, item.event)
    return rows, affected


def _read_inquiry(
    rows: Rows, affected: Affected, envelope: Envelope, event: InquiryReceived
) -> None:
    fact = reading.inquiry_fact(envelope, event)
    rows["inquiry"].append(fact)
    affected.inquiry_ids.add(fact.inquiry_id)


def _read_correction(
    rows: Rows, affected: Affected, envelope: Envelope, event: InquiryUpdated
) -> None:
    change = _change(envelope, event)
    if change is not None:
        rows["inquiry_change"].append(change)
        affected.inquiry_ids.add(change.inquiry_id)


def _change(envelope: Envelope, event: InquiryUpdated) -> InquiryChange | None:
    try:
        return reading.change_of(envelope, event)
    except ValueError as error:
        raise InvalidError("The correction does not fit the inquiry.") from error


def _read_contact_link(
    rows: Rows, affected: Affected, envelope: Envelope, event: ContactRelinked
) -> None:
    link = reading.contact_link_fact(envelope, event)
    rows["contact_link"].append(link)
    affected.contact_ids.update((link.contact_id, link.canonical_id))


def _read_touch(rows: Rows, affected: Affected, envelope: Envelope, event: Event) -> None:
    touch = reading.touch_of(envelope, event)
    if touch is not None:
        rows["touch"].append(touch)
        if touch.lead_id is None:
            affected.contact_ids.add(touch.contact_id)
        else:
            affected.lead_ids.add(touch.lead_id)


def _read_opening(rows: Rows, affected: Affected, envelope: Envelope, event: LeadOpened) -> None:
    opening = reading.opening_of(envelope, event)
    rows["lead"].append(opening)
    affected.lead_ids.add(opening.lead_id)
    affected.openers.add(opening.contact_id)
    _read_links(rows, affected, envelope, event)


def _read_step(rows: Rows, affected: Affected, envelope: Envelope, event: LeadEvent) -> None:
    step = reading.step_of(envelope, event)
    if step is not None:
        rows["lead_event"].append(step)
        affected.lead_ids.add(step.lead_id)
        if step.into_id is not None:
            affected.lead_ids.add(step.into_id)


def _read_links(rows: Rows, affected: Affected, envelope: Envelope, event: LeadEvent) -> None:
    for link in inquiry_links(envelope, event):
        rows["inquiry_link"].append(link)
        affected.lead_ids.add(link.lead_id)
        affected.inquiry_ids.add(link.inquiry_id)


def inquiry_links(envelope: Envelope, event: LeadEvent) -> Sequence[InquiryLinkFact]:
    """The links between inquiries and leads that an event adds."""
    return list(reading.link_facts(envelope, event))


# By the type itself: to ask each event in turn whether it is one of these costs more than to read.
_READERS: Final[Mapping[type[Event], Callable[[Rows, Affected, Envelope, Any], None]]] = {
    **dict.fromkeys(TOPIC_BY_NAME["leads"].events, _read_step),
    LeadOpened: _read_opening,
    LeadInquiryAttached: _read_links,
    InquiryReceived: _read_inquiry,
    InquiryUpdated: _read_correction,
    ContactRelinked: _read_contact_link,
    CallObserved: _read_touch,
    ActivityRecorded: _read_touch,
}


async def write_managers(session: Session, events: Sequence[ReceivedEvent]) -> None:
    """Write the versions of managers and of their statuses."""
    rows: Rows = defaultdict(list)
    for item in events:
        if isinstance(item.event, ManagerChanged):
            rows["manager"].append(reading.manager_fact(item.envelope, item.event))
        elif isinstance(item.event, ManagerStatusChanged):
            rows["manager_status"].append(reading.status_fact(item.envelope, item.event))
    if not rows:
        return
    await facts.lock_stories(session)
    begins = [(fact.manager_id, fact.changed_at) for table in rows.values() for fact in table]
    await forget_load_of(session, begins)
    await facts.write_managers(session, rows)
