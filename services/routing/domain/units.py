"""What a lead weighs as time goes by, and how much of a rise a manager's capacity takes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.routing.domain.policies import Fading, Policy


class Weight(NamedTuple):
    """Thousandths of a work unit now, and the moment at which they fade next, if ever."""

    units_milli: int
    due_at: datetime | None


class Change(NamedTuple):
    """What a lease reserves of its manager, and what it should."""

    lead_id: UUID
    manager_id: UUID
    reserved_milli: int
    wanted_milli: int


@dataclass(frozen=True, slots=True)
class WeighedLead:
    """What a lead's weight follows from. `touched_at` is when it was last touched, assigned or
    inquired about; it and `reserved_milli` are None while nobody owns the lead.
    """

    lead_id: UUID
    pool: str
    channel: str
    stage: str
    priority_class: str
    owner_id: UUID | None
    epoch: int
    touched_at: datetime | None
    reserved_milli: int | None

    def full_milli(self, policy: Policy) -> int:
        """The weight of the lead before it fades, which is also that of one that waits."""
        return policy.units_milli(
            self.channel, stage=self.stage, priority_class=self.priority_class
        )


def fade(full_milli: int, steps: Sequence[Fading], *, touched_at: datetime, at: datetime) -> Weight:
    """The weight at a moment of a lead that was last touched at `touched_at`: that of the last
    step it has come to.
    """
    moments = sorted(
        (touched_at + timedelta(hours=step.after_hours), step.factor) for step in steps
    )
    factor = 1.0
    for moment, next_factor in moments:
        if moment > at:
            return Weight(_part(full_milli, factor), moment)
        factor = next_factor
    return Weight(_part(full_milli, factor), None)


def _part(full_milli: int, factor: float) -> int:
    return max(1, round(full_milli * factor))


def first_fading(steps: Sequence[Fading], *, at: datetime) -> datetime | None:
    """When a lease that begins now fades first."""
    return fade(1, steps, touched_at=at, at=at).due_at


def within_room(changes: Iterable[Change], rooms: Mapping[UUID, int]) -> dict[UUID, int]:
    """The new reservation of each lead. `rooms` are what the managers have left, negative where
    they have too much.

    What falls, falls. What rises takes the room that there is, in the order of the leads' ids, and
    never more: no manager comes above their capacity by it.
    """
    ordered = sorted(changes, key=lambda change: change.lead_id)
    room = dict(rooms)
    reserved: dict[UUID, int] = {}
    for change in ordered:
        if change.wanted_milli <= change.reserved_milli:
            reserved[change.lead_id] = change.wanted_milli
            room[change.manager_id] += change.reserved_milli - change.wanted_milli
    for change in ordered:
        if change.wanted_milli > change.reserved_milli:
            rise = min(change.wanted_milli - change.reserved_milli, room[change.manager_id])
            rise = max(rise, 0)
            reserved[change.lead_id] = change.reserved_milli + rise
            room[change.manager_id] -= rise
    return reserved
