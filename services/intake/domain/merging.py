"""Which contacts are the same person, computed from the merges that stand.

Invariant: the mapping follows from these merges alone, so merges can be undone in any order.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.intake.domain.keys import DatedContact, canonical


@dataclass(frozen=True, slots=True)
class Edge:
    """A merge that stands: the two contacts are one person."""

    merge_id: UUID
    loser_id: UUID
    winner_id: UUID


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """Merges to undo, and pairs to join so that each side stays one person."""

    removals: tuple[Edge, ...]
    bridges: tuple[tuple[UUID, UUID], ...]


def canonicals(contacts: Sequence[DatedContact], edges: Iterable[Edge]) -> dict[UUID, UUID]:
    """Contact → canonical contact of its person; a merge with a contact beyond these is no link."""
    groups = {contact.contact_id: {contact.contact_id} for contact in contacts}
    for edge in edges:
        loser, winner = groups.get(edge.loser_id), groups.get(edge.winner_id)
        if loser is None or winner is None or loser is winner:
            continue
        small, large = sorted((loser, winner), key=len)
        large |= small
        groups.update(dict.fromkeys(small, large))
    by_id = {contact.contact_id: contact for contact in contacts}
    canonical_ids: dict[UUID, UUID] = {}
    for contact_id, group in groups.items():
        if contact_id not in canonical_ids:
            canonical_ids.update(dict.fromkeys(group, canonical(by_id[member] for member in group)))
    return canonical_ids


def plan_split(
    contacts: Sequence[DatedContact], edges: Sequence[Edge], leavers: Collection[UUID]
) -> SplitPlan:
    """Merges to undo and to add so that `leavers` become one person and the others stay one."""
    removals = [edge for edge in edges if (edge.loser_id in leavers) != (edge.winner_id in leavers)]
    within = [edge for edge in edges if edge not in removals]
    mapping = canonicals(contacts, within)
    bridges: list[tuple[UUID, UUID]] = []
    for side in (True, False):
        members = [contact for contact in contacts if (contact.contact_id in leavers) is side]
        home = canonical(members)
        heads = {mapping[contact.contact_id] for contact in members}
        bridges += [(head, home) for head in sorted(heads - {home})]
    return SplitPlan(tuple(removals), tuple(bridges))


def changed(before: Mapping[UUID, UUID], after: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
    """The contacts with a different canonical contact, each with the new one."""
    return {
        contact_id: target for contact_id, target in after.items() if before[contact_id] != target
    }
