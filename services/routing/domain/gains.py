"""Whether a pool has gained room since its queue was last walked.

A lead that found no owner finds none until somebody who can take leads has more room than then, or
until who can take them, in which tier and with which traits, or the policy changes. That a lead may
go further in the tiers with time is a matter of `escalation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from services.routing.domain.policies import Policy


@dataclass(frozen=True, slots=True)
class Desk:
    """A manager who is there for leads now, in a tier. The room is negative where capacity was
    lowered below the load, and `CLOSED` for whoever had as many leads as the inflow limits allow:
    leads wait for them too, so it counts when they go.
    """

    room_milli: int
    tier: int
    skills: Mapping[str, float]
    languages: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a pool can offer at a moment: its policy, and the managers who can take leads."""

    policy: Policy
    desks: Mapping[UUID, Desk]


def fits(standing: Standing, units_milli: int) -> bool:
    """Whether anybody has this much room, whatever their traits and their tier."""
    return any(desk.room_milli >= units_milli for desk in standing.desks.values())


def has_gained(before: Standing, after: Standing) -> bool:
    """Whether a lead that nobody could take before might be taken now: somebody has more room, or
    the managers who can take leads, their tiers or traits or the policy have changed.
    """
    return not _is_alike(before, after) or any(
        desk.room_milli > before.desks[manager_id].room_milli
        for manager_id, desk in after.desks.items()
    )


def least(one: Standing, other: Standing) -> Standing:
    """The smaller room of each desk at the two moments; no desks where the two differ in more than
    room.
    """
    # Leads were judged at both moments. A lead may be served as soon as there is more room than
    # when it was judged, so later comparisons are with the smaller one.
    if not _is_alike(one, other):
        return Standing(other.policy, {})
    desks = {
        manager_id: replace(
            desk, room_milli=min(desk.room_milli, other.desks[manager_id].room_milli)
        )
        for manager_id, desk in one.desks.items()
    }
    return Standing(other.policy, desks)


def _is_alike(one: Standing, other: Standing) -> bool:
    """Whether the two differ in nothing but room."""
    # A manager who leaves counts as a change: that may begin a lead's next round, or take it to the
    # next tier.
    return (
        one.policy == other.policy
        and one.desks.keys() == other.desks.keys()
        and all(_kind(desk) == _kind(other.desks[key]) for key, desk in one.desks.items())
    )


def _kind(desk: Desk) -> tuple[object, ...]:
    return (desk.tier, desk.skills, desk.languages, desk.regions, desk.products)
