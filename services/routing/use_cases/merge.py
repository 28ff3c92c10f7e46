"""Merges leads: the merged lead's inquiries move and its reservation is released."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from services.routing.domain import lead_matching
from services.routing.domain.lead import Lead, rank
from services.routing.domain.lead_matching import LeadMerge, OpenLead
from services.routing.repository import inquiries, transitions
from services.routing.repository.contacts import lock_contacts
from services.routing.repository.leads import lock_groups, lock_leads
from services.routing.use_cases.assignments import release
from services.routing.use_cases.events import emit_moved
from services.routing.use_cases.pools.weigh import press
from shared.contracts.leads import LeadMerged
from shared.database import Session
from shared.messaging.outbox.publish import emit

log = structlog.get_logger()


async def merge(
    session: Session, merges: Sequence[LeadMerge], *, now: datetime, cause: UUID | None = None
) -> None:
    """Carry out a merge plan. The caller holds the locks of its leads and their contacts."""
    if not merges:
        return
    intos = {item.lead_id: item.into for item in merges}
    leads = await lock_leads(session, set(intos) | set(intos.values()))
    await release(session, list(intos), outcome="merged", now=now)
    moves = await inquiries.move_all(session, intos, now=now)
    versions = await transitions.merge_leads(session, intos, now=now)
    await press(session, _priorities(leads, intos.items()), now=now)
    emit_moved(session, moves, leads, now=now, cause=cause)
    for lead_id, into_id in intos.items():
        event = LeadMerged(
            lead_id=lead_id,
            contact_id=leads[lead_id].contact_id,
            version=versions[lead_id],
            at=now,
            into=into_id,
            inquiry_ids=[item.inquiry_id for item in moves if item.from_id == lead_id],
        )
        emit(session, event, now=now, cause=cause)


def _priorities(
    leads: dict[UUID, Lead], pairs: Iterable[tuple[UUID, UUID]]
) -> dict[UUID, tuple[str, int]]:
    """The most pressing class among the leads merged into each."""
    classes: dict[UUID, tuple[str, int]] = {}
    for lead_id, into_id in pairs:
        name = leads[lead_id].priority_class
        if into_id not in classes or rank(name) < classes[into_id][1]:
            classes[into_id] = (name, rank(name))
    return classes


async def make_way(
    session: Session, contact_ids: Collection[UUID], falling: Collection[UUID], *, now: datetime
) -> set[UUID]:
    """Prepare accepted leads to wait again: lock their contacts and all open leads of those, and
    merge the leads that would wait beside them. Returns those of `falling` that are still open.
    """
    links = await lock_contacts(session, contact_ids)
    locked_leads = await lock_groups(session, {links.canonical_of(item) for item in contact_ids})
    leads = [item.lead for item in locked_leads]
    merges = lead_matching.falling_plan(leads, falling)
    await merge(session, merges, now=now)
    return {lead.lead_id for lead in leads if lead.lead_id in falling} - {
        item.lead_id for item in merges
    }


def warn_of_siblings(leads: Iterable[OpenLead]) -> None:
    """Log a warning for each set of accepted leads of one contact, since those are not merged."""
    for lead_ids in lead_matching.siblings(leads):
        log.warning("lead.siblings", lead_id=str(lead_ids[0]), count=len(lead_ids))
