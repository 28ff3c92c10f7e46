"""An inquiry opens a lead, or joins the open one of its contact. Each inquiry does so once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain import identity
from services.routing.domain.identity import Arrival, Group, Placement
from services.routing.domain.lead import DEFAULT_PIPELINE, is_answered_call, rank
from services.routing.domain.pools import Pool, choose_pool, facts_of
from services.routing.repository import inquiries, leases, pools
from services.routing.repository.contacts import lock_contacts
from services.routing.repository.inquiries import LeadInquiry
from services.routing.repository.leads import (
    NewLead,
    lock_leads,
    lock_open_leads,
    open_leads,
    raise_priority,
)
from services.routing.use_cases.release import LEADS
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.contracts.leads import LeadInquiryAttached, LeadOpened
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.publish import emit

Received = Mapping[UUID, tuple[ReceivedEvent, InquiryReceived]]


async def receive(
    session: Session, heard: Sequence[tuple[ReceivedEvent, InquiryReceived]], *, now: datetime
) -> None:
    """Place inquiries that are not yet in a lead, in the order given."""
    by_id = {event.inquiry_id: (item, event) for item, event in reversed(heard)}
    for inquiry_id in await inquiries.known(session, by_id):
        del by_id[inquiry_id]
    if not by_id:
        return
    links = await lock_contacts(session, {event.contact_id for _, event in by_id.values()})
    found = await lock_open_leads(session, {canonical_id for canonical_id, _ in links.values()})
    stages = await pools.stages(session)
    arrivals = [
        Arrival(
            event.inquiry_id,
            Group(links[event.contact_id][0], _pipeline(event, stages), event.is_test),
            event.received_at,
        )
        for _, event in reversed(by_id.values())
    ]
    placements = identity.place(arrivals, found)
    groups = {arrival.inquiry_id: arrival.group for arrival in arrivals}
    await _open(session, placements, by_id, groups, stages, now=now)
    rows = [_row(by_id[item.inquiry_id][1], item.lead_id) for item in placements]
    await inquiries.attach(session, rows, now=now)
    await _join(session, [item for item in placements if not item.opens], by_id, now=now)


def _pipeline(event: InquiryReceived, stages: Mapping[str, Sequence[str]]) -> str:
    asked = event.pipeline or DEFAULT_PIPELINE
    return asked if asked in stages else DEFAULT_PIPELINE


async def _open(
    session: Session,
    placements: Sequence[Placement],
    by_id: Received,
    groups: Mapping[UUID, Group],
    stages: Mapping[str, Sequence[str]],
    *,
    now: datetime,
) -> None:
    opening = [item for item in placements if item.opens]
    if not opening:
        return
    known_pools = list((await pools.all_pools(session)).values())
    opened = []
    for item in opening:
        heard, event = by_id[item.inquiry_id]
        group = groups[item.inquiry_id]
        lead = _new_lead(event, item.lead_id, group, _pool(event, known_pools), stages)
        opened.append(lead)
        said = LeadOpened(
            lead_id=lead.lead_id,
            contact_id=lead.contact_id,
            version=1,
            at=now,
            inquiry_id=event.inquiry_id,
            pool=lead.pool,
            pipeline=lead.pipeline,
            stage=lead.stage,
            channel=lead.channel,
            source_id=lead.source_id,
            priority_class=lead.priority_class,
            work_units=lead.units_milli / 1000,
            received_at=lead.received_at,
            is_test=lead.is_test,
        )
        envelope = heard.envelope
        emit(session, said, now=now, cause=envelope.event_id, traceparent=envelope.traceparent)
    await open_leads(session, opened, now=now)
    session.ring_after_commit(LEADS)


def _pool(event: InquiryReceived, known: Sequence[Pool]) -> Pool:
    facts = facts_of(
        source_key=event.source_key,
        source_id=event.source_id,
        channel=event.channel,
        region=event.region,
        language=event.language,
        priority_class=event.priority_class,
    )
    return choose_pool(known, facts, asked=event.pool)


def _new_lead(
    event: InquiryReceived,
    lead_id: UUID,
    group: Group,
    pool: Pool,
    stages: Mapping[str, Sequence[str]],
) -> NewLead:
    return NewLead(
        lead_id=lead_id,
        contact_id=event.contact_id,
        canonical_id=group.canonical_id,
        pipeline=group.pipeline,
        pool=pool.key,
        stage=stages[group.pipeline][0],
        priority_class=event.priority_class,
        priority_rank=rank(event.priority_class),
        units_milli=pool.policy.units_milli(event.channel),
        channel=event.channel,
        source_id=event.source_id,
        language=event.language,
        is_test=event.is_test,
        received_at=event.received_at,
    )


def _row(event: InquiryReceived, lead_id: UUID) -> LeadInquiry:
    return LeadInquiry(
        inquiry_id=event.inquiry_id,
        lead_id=lead_id,
        contact_id=event.contact_id,
        source_id=event.source_id,
        channel=event.channel,
        priority_class=event.priority_class,
        language=event.language,
        is_test=event.is_test,
        received_at=event.received_at,
    )


async def _join(
    session: Session, attached: Sequence[Placement], by_id: Received, *, now: datetime
) -> None:
    if not attached:
        return
    leads = await lock_leads(session, {item.lead_id for item in attached})
    touches = []
    for item in attached:
        heard, event = by_id[item.inquiry_id]
        lead = leads[item.lead_id]
        said = LeadInquiryAttached(
            lead_id=lead.lead_id,
            contact_id=lead.contact_id,
            version=lead.version,
            at=now,
            inquiry_id=event.inquiry_id,
        )
        envelope = heard.envelope
        emit(session, said, now=now, cause=envelope.event_id, traceparent=envelope.traceparent)
        if is_answered_call(event.call):
            touches.append((lead.lead_id, event.received_at))
    classes = [(item.lead_id, by_id[item.inquiry_id][1].priority_class) for item in attached]
    await raise_priority(session, _most_pressing(classes))
    if touches:
        await leases.touch(session, touches)


def _most_pressing(classes: Sequence[tuple[UUID, str]]) -> dict[UUID, tuple[str, int]]:
    """Of (lead, class): each lead's most pressing class with its rank."""
    found: dict[UUID, tuple[str, int]] = {}
    for lead_id, name in classes:
        if lead_id not in found or rank(name) < found[lead_id][1]:
            found[lead_id] = (name, rank(name))
    return found


async def correct(session: Session, heard: Sequence[tuple[ReceivedEvent, InquiryUpdated]]) -> None:
    """A corrected inquiry may make its lead more pressing, never less."""
    classes = {
        event.inquiry_id: str(event.changes["priority_class"])
        for _, event in heard
        if event.changes.get("priority_class")
    }
    if not classes:
        return
    found = await inquiries.reclass(session, classes)
    await lock_leads(session, {lead_id for lead_id, _ in found})
    await raise_priority(session, _most_pressing(found))
    session.ring_after_commit(LEADS)
