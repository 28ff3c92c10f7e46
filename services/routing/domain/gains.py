"""When a queue is worth walking again: only what has been gained since can have made a difference.

Its law: a lead that was judged stays unserved until somebody on duty has more room than at that
moment, or those on duty, their skills or the policy are others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.routing.domain.pools import Policy


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody on duty. Where capacity was lowered below the load the room is negative."""

    room_milli: int
    skills: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a pool has to offer at a moment: its policy, and who of its members is on duty."""

    policy: Policy
    desks: Mapping[UUID, Desk]


def fits(standing: Standing, units_milli: int) -> bool:
    """Whether so much would fit with anybody, whatever else is asked of them."""
    return any(desk.room_milli >= units_milli for desk in standing.desks.values())


def has_gained(before: Standing, standing: Standing) -> bool:
    """Whether a lead that nobody could take before might be taken now: by somebody with more room,
    or because who is there, what they can do or what is asked of them has changed.
    """
    return not _is_alike(before, standing) or any(
        desk.room_milli > before.desks[manager_id].room_milli
        for manager_id, desk in standing.desks.items()
    )


def least(standing: Standing, other: Standing) -> Standing:
    """The least that there was to offer at either moment: leads were judged at both, and each may
    be judged again as soon as there is more than at its own. Nothing, where the two differ in more
    than room.
    """
    if not _is_alike(standing, other):
        return Standing(other.policy, {})
    desks = {
        manager_id: Desk(min(desk.room_milli, other.desks[manager_id].room_milli), desk.skills)
        for manager_id, desk in standing.desks.items()
    }
    return Standing(other.policy, desks)


def _is_alike(standing: Standing, other: Standing) -> bool:
    """Whether they differ in nothing but room. Who goes off duty may begin a lead's next round."""
    return (
        standing.policy == other.policy
        and standing.desks.keys() == other.desks.keys()
        and all(desk.skills == other.desks[key].skills for key, desk in standing.desks.items())
    )
