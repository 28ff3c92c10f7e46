"""What its own events say about leads: for a database that is older than they are.

A lead changes only by events of its own stream. Streams come in any order, so leads and inquiries
may for a while be seen as they were at different moments.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.routing.domain.restored_leads import LeadRow, advance, begun_like, opened
from services.routing.domain.restored_leases import Lease, PassedOver, lease_after, renewed
from shared.contracts.envelope import Event
from shared.contracts.leads import LeadEvent, LeadInquiryAttached, LeadMerged, LeadOpened


@dataclass(frozen=True, slots=True)
class Placing:
    """Where an inquiry is since a moment; `moves` if it was in another lead before. What it is like
    is known of the inquiry that opened a lead; of others it is taken from the lead.
    """

    inquiry_id: UUID
    lead_id: UUID
    at: datetime
    moves: bool
    contact_id: UUID
    source_id: UUID
    channel: str
    priority_class: str
    is_test: bool
    received_at: datetime


@dataclass(eq=False)
class Restored:
    """Rows as events have them. `changed` are the leads that differ from before; `leases` by lead
    are the live ones, `ended` those that have run out.
    """

    leads: dict[UUID, LeadRow]
    leases: dict[UUID, Lease]
    changed: set[UUID] = field(default_factory=set)
    ended: list[Lease] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)
    placings: dict[UUID, Placing] = field(default_factory=dict)


def restored(
    leads: Mapping[UUID, LeadRow],
    leases: Mapping[UUID, Lease],
    events: Iterable[Event],
    *,
    now: datetime,
) -> Restored:
    """The rows after these events: `leads` are all those they name that are known, and what these
    are merged into; `leases` the live ones by lead. Events of leads that nobody has seen opened are
    passed over, but what others were merged into is begun like those.
    """
    rows = Restored(dict(leads), dict(leases))
    for event in events:
        if isinstance(event, LeadOpened):
            rows.leads[event.lead_id] = opened(event)
            rows.changed.add(event.lead_id)
            _place(rows, event, [event.inquiry_id], event.lead_id, moves=False)
        elif isinstance(event, LeadEvent) and event.lead_id in rows.leads:
            _take(rows, event, now=now)
    _break_circles(rows)
    _follow_merges(rows)
    rows.leases = {
        lead_id: renewed(lease, now=now)
        for lead_id, lease in rows.leases.items()
        if leases.get(lead_id) is not lease
    }
    return rows


def lead_ids(events: Iterable[Event]) -> set[UUID]:
    """All leads that these events name."""
    ids: set[UUID] = set()
    for event in events:
        if isinstance(event, LeadEvent):
            ids.add(event.lead_id)
        if isinstance(event, LeadMerged):
            ids.add(event.into)
    return ids


def _take(rows: Restored, event: LeadEvent, *, now: datetime) -> None:
    lead = rows.leads[event.lead_id]
    if isinstance(event, LeadInquiryAttached):
        moves = event.from_lead_id is not None
        _place(rows, event, [event.inquiry_id], event.lead_id, moves=moves)
    if isinstance(event, LeadMerged):
        if event.into not in rows.leads:
            rows.leads[event.into] = begun_like(lead, event.into)
            rows.changed.add(event.into)
        _place(rows, event, event.inquiry_ids, event.into, moves=True)
    lease = rows.leases.pop(lead.lead_id, None)
    change = lease_after(lease, event, units_milli=lead.units_milli, now=now)
    if change.live is not None:
        rows.leases[lead.lead_id] = change.live
    rows.ended.extend(change.ended)
    rows.passed_over.extend(change.passed_over)
    rows.leads[lead.lead_id] = advance(lead, event)
    rows.changed.add(lead.lead_id)


def _place(
    rows: Restored, event: LeadEvent, inquiry_ids: Sequence[UUID], lead_id: UUID, *, moves: bool
) -> None:
    lead = rows.leads[event.lead_id]
    opens = isinstance(event, LeadOpened)
    for inquiry_id in inquiry_ids:
        placing = Placing(
            inquiry_id=inquiry_id,
            lead_id=lead_id,
            at=event.at,
            moves=moves,
            contact_id=lead.contact_id,
            source_id=lead.source_id,
            channel=lead.channel,
            priority_class=lead.priority_class,
            is_test=lead.is_test,
            received_at=lead.received_at if opens else event.at,
        )
        other = rows.placings.get(inquiry_id, placing)
        last = max(other, placing, key=lambda item: (item.at, item.moves))
        details = placing if opens else other
        rows.placings[inquiry_id] = replace(
            details, lead_id=last.lead_id, at=last.at, moves=last.moves
        )


def _break_circles(rows: Restored) -> None:
    """Of leads that are merged into one another the eldest merge has been taken back since: that
    event has yet to be read.
    """
    for lead_id in list(rows.changed):
        path: list[LeadRow] = []
        lead = rows.leads.get(lead_id)
        while lead is not None and lead.merged_into is not None and lead not in path:
            path.append(lead)
            lead = rows.leads.get(lead.merged_into)
        if lead is not None and lead in path:
            circle = path[path.index(lead) :]
            eldest = min(circle, key=lambda item: (item.closed_at or item.opened_at, item.lead_id))
            rows.leads[eldest.lead_id] = replace(
                eldest, state="open", merged_into=None, closed_at=None
            )
            rows.changed.add(eldest.lead_id)


def _follow_merges(rows: Restored) -> None:
    """Let merged leads and placings name leads that are not merged themselves."""
    for lead_id in list(rows.changed):
        lead = rows.leads[lead_id]
        if lead.merged_into is None:
            continue
        rows.leads[lead_id] = replace(lead, merged_into=_end_of(rows, lead.merged_into))
    for inquiry_id, placing in rows.placings.items():
        rows.placings[inquiry_id] = replace(placing, lead_id=_end_of(rows, placing.lead_id))


def _end_of(rows: Restored, lead_id: UUID) -> UUID:
    while (lead := rows.leads.get(lead_id)) is not None and lead.merged_into is not None:
        lead_id = lead.merged_into
    return lead_id
