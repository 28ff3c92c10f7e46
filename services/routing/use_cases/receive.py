"""Puts inquiries into leads: each opens a lead or joins the open one of its contact, once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.routing.domain import lead_matching
from services.routing.domain.facts import facts_of, facts_record
from services.routing.domain.lead import (
    DEFAULT_PIPELINE,
    is_answered_call,
    most_pressing,
    queue_at,
    rank,
)
from services.routing.domain.lead_matching import Arrival, Group, Placement
from services.routing.domain.pipelines import Pipeline
from services.routing.domain.pools import Pool
from services.routing.repository.configuration import Configuration, get_configuration
from services.routing.repository.decision_batches import DecisionBatch
from services.routing.repository.inquiries import LeadInquiry
from services.routing.repository.leads import LockedLead
from services.routing.repository.outcomes import NewLead, open_leads
from services.routing.use_cases.assignments import LEADS
from services.routing.use_cases.award import count_assignments, emit_assigned
from services.routing.use_cases.complete import complete
from services.routing.use_cases.events import InquiriesById, emit_attached, emit_opened
from services.routing.use_cases.opening import assign_new
from services.routing.use_cases.pools.weigh import press, weigh_touched
from services.routing.use_cases.touched import Footprint
from services.routing.use_cases.touches import touch
from shared.contracts.inquiries import InquiryReceived
from shared.database import Session
from shared.messaging.decoding import ReceivedEvent

Classes = Mapping[UUID, tuple[str, int]]  # lead → (priority class, rank)


async def receive(
    session: Session,
    events: Sequence[tuple[ReceivedEvent, InquiryReceived]],
    footprint: Footprint,
    *,
    may_assign: bool,
    now: datetime,
) -> None:
    """Place inquiries that are not in a lead yet, in the given order, and assign the new leads.

    Without `may_assign` new leads wait for the assigner.
    """
    by_id = {
        event.inquiry_id: (item, event)
        for item, event in reversed(events)
        if event.inquiry_id not in footprint.placed_ids
    }
    await complete(
        session,
        [event for _, event in events if event.inquiry_id in footprint.placed_ids],
        now=now,
    )
    if not by_id:
        return
    configuration = await get_configuration(session)
    arrivals = [_arrival(event, footprint, configuration) for _, event in reversed(by_id.values())]
    placements = lead_matching.place(arrivals, [item.lead for item in footprint.leads])
    classes = most_pressing(
        (item.lead_id, by_id[item.inquiry_id][1].priority_class)
        for item in placements
        if not item.opens
    )
    new_leads = _new_leads(placements, arrivals, by_id, configuration, classes)
    emit_opened(session, new_leads, by_id, now=now)
    locked_leads = {item.lead.lead_id: item for item in footprint.leads}
    emit_attached(session, placements, by_id, _births(new_leads, locked_leads), now=now)
    strangers = footprint.links.fresh
    batches = []
    if may_assign and new_leads:
        batches = await assign_new(session, new_leads.values(), strangers=strangers, now=now)
    await _write(session, new_leads, placements, by_id, batches, now=now)
    await _raise(session, classes, locked_leads, now=now)
    await _touch(session, placements, by_id, now=now)


def _arrival(event: InquiryReceived, footprint: Footprint, configuration: Configuration) -> Arrival:
    group = Group(
        footprint.links.canonical_of(event.contact_id),
        _pipeline(event, configuration),
        event.is_test,
    )
    return Arrival(event.inquiry_id, group, event.received_at)


def _births(
    new_leads: Mapping[UUID, NewLead], locked_leads: Mapping[UUID, LockedLead]
) -> dict[UUID, tuple[UUID, int]]:
    """Lead → (contact that opened it, version)."""
    births = {lead_id: (item.contact_id, item.version) for lead_id, item in locked_leads.items()}
    return births | {lead.lead_id: (lead.contact_id, lead.version) for lead in new_leads.values()}


def _pipeline(event: InquiryReceived, configuration: Configuration) -> str:
    pipeline = event.pipeline or DEFAULT_PIPELINE
    return pipeline if pipeline in configuration.pipelines else DEFAULT_PIPELINE


def _new_leads(
    placements: Sequence[Placement],
    arrivals: Sequence[Arrival],
    by_id: InquiriesById,
    configuration: Configuration,
    classes: Classes,
) -> dict[UUID, NewLead]:
    """The new leads by the inquiry that opens them."""
    new_leads = {}
    for item, arrival in zip(placements, arrivals, strict=True):
        if not item.opens:
            continue
        event = by_id[item.inquiry_id][1]
        pipeline = configuration.pipelines[arrival.group.pipeline]
        pool = _pool(event, configuration)
        lead = _new_lead(event, item.lead_id, arrival.group, pool, pipeline)
        name, number = classes.get(item.lead_id, (lead.priority_class, lead.priority_rank))
        if number < lead.priority_rank:
            ageing_seconds = configuration.pools[lead.pool].policy.ageing_seconds
            at = queue_at(lead.received_at, priority_rank=number, ageing_seconds=ageing_seconds)
            lead = replace(lead, priority_class=name, priority_rank=number, queue_at=at)
        new_leads[item.inquiry_id] = lead
    return new_leads


def _pool(event: InquiryReceived, configuration: Configuration) -> Pool:
    return configuration.rules.choose(facts_of(event), source_pool=event.pool).pool


def _new_lead(
    event: InquiryReceived, lead_id: UUID, group: Group, pool: Pool, pipeline: Pipeline
) -> NewLead:
    policy, priority_rank, stage = pool.policy, rank(event.priority_class), pipeline.stages[0]
    return NewLead(
        lead_id=lead_id,
        contact_id=event.contact_id,
        canonical_id=group.canonical_id,
        pipeline=group.pipeline,
        pool=pool.key,
        stage=stage,
        priority_class=event.priority_class,
        priority_rank=priority_rank,
        units_milli=policy.units_milli(
            event.channel, stage=stage, priority_class=event.priority_class
        ),
        channel=event.channel,
        source_id=event.source_id,
        language=event.language,
        region=event.region,
        product=event.product_interest,
        expected_amount=event.amount,
        expected_currency=event.currency,
        facts=facts_record(event),
        is_test=event.is_test,
        received_at=event.received_at,
        queue_at=queue_at(
            event.received_at, priority_rank=priority_rank, ageing_seconds=policy.ageing_seconds
        ),
        pipeline_version=pipeline.version,
        rot_seconds=pipeline.rot_seconds(stage),
    )


async def _write(
    session: Session,
    new_leads: Mapping[UUID, NewLead],
    placements: Sequence[Placement],
    by_id: InquiriesById,
    batches: Sequence[DecisionBatch],
    *,
    now: datetime,
) -> None:
    outcomes = {outcome.lead_id: outcome for batch in batches for outcome in batch.outcomes}
    rows = [_row(by_id[item.inquiry_id][1], item.lead_id) for item in placements]
    await open_leads(session, new_leads.values(), rows, batches, now=now)
    count_assignments(session, batches)
    for inquiry_id, lead in new_leads.items():
        if (outcome := outcomes.get(lead.lead_id)) is not None:
            cause = by_id[inquiry_id][0]
            emit_assigned(session, outcome, contact_id=lead.contact_id, now=now, cause=cause)
    if len(outcomes) < len(new_leads):
        session.notify_after_commit(LEADS)


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


async def _raise(
    session: Session,
    classes: Classes,
    locked_leads: Mapping[UUID, LockedLead],
    *,
    now: datetime,
) -> None:
    higher = {
        lead_id: (name, number)
        for lead_id, (name, number) in classes.items()
        if lead_id in locked_leads and number < locked_leads[lead_id].priority_rank
    }
    await press(session, higher, now=now)


async def _touch(
    session: Session,
    placements: Sequence[Placement],
    by_id: InquiriesById,
    *,
    now: datetime,
) -> None:
    """Mark leases as touched by calls that a manager answered; any inquiry is new work to do."""
    joins = [(item.lead_id, by_id[item.inquiry_id][1]) for item in placements if not item.opens]
    touches = [
        (lead_id, event.received_at) for lead_id, event in joins if is_answered_call(event.call)
    ]
    await touch(session, touches, now=now)
    await weigh_touched(session, {lead_id for lead_id, _ in joins}, now=now)
