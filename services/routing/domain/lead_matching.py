"""Which lead an inquiry belongs to, and which leads merge when their contacts do.

A contact has at most one open lead that nobody has accepted in a pipeline (a unique index).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.ids import derived_id

Targets = Mapping[UUID, UUID]


class Group(NamedTuple):
    """Leads of one group may merge. Tests are groups of their own, so they hide no customers."""

    canonical_id: UUID
    pipeline: str
    is_test: bool


@dataclass(frozen=True, slots=True)
class OpenLead:
    lead_id: UUID
    group: Group
    received_at: datetime
    accepted: bool

    @property
    def age(self) -> tuple[datetime, UUID]:
        """The sort key: the eldest first; the id breaks ties."""
        return (self.received_at, self.lead_id)


@dataclass(frozen=True, slots=True)
class MergedLead:
    """A lead that was merged into an open one. `group` is the present group of its own contact."""

    lead_id: UUID
    group: Group
    received_at: datetime
    into: UUID

    @property
    def age(self) -> tuple[datetime, UUID]:
        return (self.received_at, self.lead_id)


@dataclass(frozen=True, slots=True)
class Reopening:
    """`reopened`: lead → canonical contact; `merged`: lead → the lead that it is merged into now;
    `homes`: (lead they were merged into, group of the contact) → lead that the inquiries go to.
    """

    reopened: Targets
    merged: Targets
    homes: Mapping[tuple[UUID, Group], UUID]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An inquiry that is not in a lead yet."""

    inquiry_id: UUID
    group: Group
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Placement:
    inquiry_id: UUID
    lead_id: UUID
    opens: bool


@dataclass(frozen=True, slots=True)
class LeadMerge:
    lead_id: UUID
    into: UUID


def lead_id_for(inquiry_id: UUID, pipeline: str) -> UUID:
    """The id of the lead that this inquiry opens; a replay gives the same one."""
    return derived_id("lead", inquiry_id, pipeline)


def home(leads: Iterable[OpenLead]) -> OpenLead | None:
    """The lead that a group's inquiries go to: the eldest accepted one, else the eldest."""
    return min(leads, key=lambda lead: (not lead.accepted, lead.age), default=None)


def by_group(leads: Iterable[OpenLead]) -> dict[Group, list[OpenLead]]:
    groups: dict[Group, list[OpenLead]] = {}
    for lead in leads:
        groups.setdefault(lead.group, []).append(lead)
    return groups


def place(arrivals: Sequence[Arrival], leads: Iterable[OpenLead]) -> list[Placement]:
    """A placement for each arrival, in the given order: the group's open lead, else a new one."""
    homes = {group: home(members) for group, members in by_group(leads).items()}
    placements = []
    for arrival in arrivals:
        lead = homes.get(arrival.group)
        if lead is None:
            lead_id = lead_id_for(arrival.inquiry_id, arrival.group.pipeline)
            homes[arrival.group] = OpenLead(
                lead_id, arrival.group, arrival.received_at, accepted=False
            )
            placements.append(Placement(arrival.inquiry_id, lead_id, opens=True))
        else:
            placements.append(Placement(arrival.inquiry_id, lead.lead_id, opens=False))
    return placements


def merge_plan(leads: Iterable[OpenLead]) -> list[LeadMerge]:
    """Merges of every lead that waits into its group's home. Accepted leads all stay."""
    merges = []
    for group in by_group(leads).values():
        into = home(group)
        assert into is not None
        merges += [
            LeadMerge(lead.lead_id, into.lead_id)
            for lead in sorted(group, key=lambda lead: lead.age)
            if not lead.accepted and lead.lead_id != into.lead_id
        ]
    return merges


def falling_plan(leads: Iterable[OpenLead], falling: Collection[UUID]) -> list[LeadMerge]:
    """Merges to carry out before the accepted leads `falling` wait again: in each group the eldest
    of them stays, and the others of them and any lead that waits already are merged into it.
    """
    merges = []
    for group in by_group(leads).values():
        waiting = [lead for lead in group if lead.lead_id in falling]
        if not waiting:
            continue
        into = min(waiting, key=lambda lead: lead.age)
        merges += [
            LeadMerge(lead.lead_id, into.lead_id)
            for lead in sorted(group, key=lambda lead: lead.age)
            if lead.lead_id != into.lead_id and (not lead.accepted or lead.lead_id in falling)
        ]
    return merges


def reopen_plan(leads: Iterable[OpenLead], merged_leads: Iterable[MergedLead]) -> Reopening:
    """Which merges to take back after contacts have parted: in each group the eldest merged lead is
    opened again, unless the group has an open one; the others are merged into that one.

    `leads` are all open leads, as they are now, of the groups that contacts left and joined. After
    the plan no lead is merged into a lead of another group; at most one lead opens in a group.
    """
    leads = list(leads)
    groups = {lead.lead_id: lead.group for lead in leads}
    targets = {group: home(members) for group, members in by_group(leads).items()}
    into_homes: dict[Group, UUID] = {
        group: lead.lead_id for group, lead in targets.items() if lead is not None
    }
    openings: dict[UUID, UUID] = {}
    moves: dict[UUID, UUID] = {}
    homes: dict[tuple[UUID, Group], UUID] = {}
    for lead in sorted(merged_leads, key=lambda lead: lead.age):
        if lead.group == groups[lead.into]:
            continue
        if lead.group in into_homes:
            moves[lead.lead_id] = into_homes[lead.group]
        else:
            into_homes[lead.group] = lead.lead_id
            openings[lead.lead_id] = lead.group.canonical_id
        homes[lead.into, lead.group] = into_homes[lead.group]
    return Reopening(openings, moves, homes)


def siblings(leads: Iterable[OpenLead]) -> list[tuple[UUID, ...]]:
    """The sets of two or more accepted leads that belong to one contact."""
    sets = []
    for group in by_group(leads).values():
        accepted = sorted((lead for lead in group if lead.accepted), key=lambda lead: lead.age)
        if len(accepted) > 1:
            sets.append(tuple(lead.lead_id for lead in accepted))
    return sets


def newest_links(
    links: Iterable[tuple[UUID, UUID, int]], versions: Mapping[UUID, int]
) -> dict[UUID, tuple[UUID, int]]:
    """Contact → (canonical, version): the highest version of each contact in `links` of (contact,
    canonical, version), if it is higher than the one in `versions`.
    """
    links_by_contact: dict[UUID, tuple[UUID, int]] = {}
    for contact_id, canonical_id, version in links:
        newest = max(
            versions.get(contact_id, 0), links_by_contact.get(contact_id, (contact_id, 0))[1]
        )
        if version > newest:
            links_by_contact[contact_id] = (canonical_id, version)
    return links_by_contact
