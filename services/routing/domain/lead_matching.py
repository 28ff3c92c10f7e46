"""Which lead an inquiry belongs to, and which leads become one when contacts do.

One law: while nobody has accepted it, a contact has at most one open lead in a pipeline.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.ids import derived_id

Targets = Mapping[UUID, UUID]


class Group(NamedTuple):
    """Within a group leads meet. Tests stay among themselves, or they would hide real customers."""

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
        """Elder sorts first; the id breaks ties in the same way everywhere."""
        return (self.received_at, self.lead_id)


@dataclass(frozen=True, slots=True)
class MergedLead:
    """A lead that was merged into an open one. `group` is where its own contact belongs now."""

    lead_id: UUID
    group: Group
    received_at: datetime
    into: UUID

    @property
    def age(self) -> tuple[datetime, UUID]:
        return (self.received_at, self.lead_id)


@dataclass(frozen=True, slots=True)
class Reopening:
    """`reopened`: lead → canonical contact; `merged`: lead → the lead that it ends in from now on;
    `homes`: (lead that swallowed, group of those who parted) → lead that their inquiries go to.
    """

    reopened: Targets
    merged: Targets
    homes: Mapping[tuple[UUID, Group], UUID]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An inquiry on its way into a lead."""

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
    """The id of the lead that this inquiry opens: a replay makes the same one."""
    return derived_id("lead", inquiry_id, pipeline)


def home(leads: Iterable[OpenLead]) -> OpenLead | None:
    """Where a group's inquiries go: the eldest accepted lead, else the eldest that waits."""
    return min(leads, key=lambda lead: (not lead.accepted, lead.age), default=None)


def by_group(leads: Iterable[OpenLead]) -> dict[Group, list[OpenLead]]:
    found: dict[Group, list[OpenLead]] = {}
    for lead in leads:
        found.setdefault(lead.group, []).append(lead)
    return found


def place(arrivals: Sequence[Arrival], leads: Iterable[OpenLead]) -> list[Placement]:
    """A lead for each arrival, in the order given: attached where one is open, else opened."""
    homes = {group: home(found) for group, found in by_group(leads).items()}
    placements = []
    for arrival in arrivals:
        found = homes.get(arrival.group)
        if found is None:
            lead_id = lead_id_for(arrival.inquiry_id, arrival.group.pipeline)
            homes[arrival.group] = OpenLead(
                lead_id, arrival.group, arrival.received_at, accepted=False
            )
            placements.append(Placement(arrival.inquiry_id, lead_id, opens=True))
        else:
            placements.append(Placement(arrival.inquiry_id, found.lead_id, opens=False))
    return placements


def merge_plan(leads: Iterable[OpenLead]) -> list[LeadMerge]:
    """Every lead that waits is merged into its group's home. Accepted ones all stay."""
    merges = []
    for found in by_group(leads).values():
        into = home(found)
        assert into is not None
        merges += [
            LeadMerge(lead.lead_id, into.lead_id)
            for lead in sorted(found, key=lambda lead: lead.age)
            if not lead.accepted and lead.lead_id != into.lead_id
        ]
    return merges


def falling_plan(leads: Iterable[OpenLead], falling: Collection[UUID]) -> list[LeadMerge]:
    """What is merged when accepted leads are about to wait again: per group the eldest of them
    stays, and takes in the others that fall and any that waits already.
    """
    merges = []
    for found in by_group(leads).values():
        fallen = [lead for lead in found if lead.lead_id in falling]
        if not fallen:
            continue
        into = min(fallen, key=lambda lead: lead.age)
        merges += [
            LeadMerge(lead.lead_id, into.lead_id)
            for lead in sorted(found, key=lambda lead: lead.age)
            if lead.lead_id != into.lead_id and (not lead.accepted or lead.lead_id in falling)
        ]
    return merges


def reopen_plan(leads: Iterable[OpenLead], merged: Iterable[MergedLead]) -> Reopening:
    """What of a merge is taken back once its contacts have parted: per group the eldest merged lead
    is opened again, unless the group has an open one; the others end in that one.

    `leads` are all open leads of the groups that contacts left and joined, as they stand now; then
    nothing stays merged into the lead of another group, and at most one lead opens in a group,
    where none was open.
    """
    leads = list(leads)
    groups = {lead.lead_id: lead.group for lead in leads}
    targets = {group: home(found) for group, found in by_group(leads).items()}
    into_homes: dict[Group, UUID] = {
        group: lead.lead_id for group, lead in targets.items() if lead is not None
    }
    reopened: dict[UUID, UUID] = {}
    ended: dict[UUID, UUID] = {}
    homes: dict[tuple[UUID, Group], UUID] = {}
    for lead in sorted(merged, key=lambda lead: lead.age):
        if lead.group == groups[lead.into]:
            continue
        if lead.group in into_homes:
            ended[lead.lead_id] = into_homes[lead.group]
        else:
            into_homes[lead.group] = lead.lead_id
            reopened[lead.lead_id] = lead.group.canonical_id
        homes[lead.into, lead.group] = into_homes[lead.group]
    return Reopening(reopened, ended, homes)


def siblings(leads: Iterable[OpenLead]) -> list[tuple[UUID, ...]]:
    """The sets of accepted leads that belong to one contact: a supervisor has to look at them."""
    found = []
    for group in by_group(leads).values():
        accepted = sorted((lead for lead in group if lead.accepted), key=lambda lead: lead.age)
        if len(accepted) > 1:
            found.append(tuple(lead.lead_id for lead in accepted))
    return found


def newest_links(
    links: Iterable[tuple[UUID, UUID, int]], known: Mapping[UUID, int]
) -> dict[UUID, tuple[UUID, int]]:
    """Of (contact, canonical, version) the highest version per contact, where it is news."""
    found: dict[UUID, tuple[UUID, int]] = {}
    for contact_id, canonical_id, version in links:
        newest = max(known.get(contact_id, 0), found.get(contact_id, (contact_id, 0))[1])
        if version > newest:
            found[contact_id] = (canonical_id, version)
    return found
