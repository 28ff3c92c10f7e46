"""How far a lead may go beyond those on shift: to those on call, then to the pool's supervisors.

It goes on where nobody of a tier is able to take it, any room aside, and else one tier further each
time it has waited for `escalate_seconds`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from services.routing.domain.deciding.candidates import Tier
from services.routing.domain.deciding.waiting import Parked

# With these a lead waits for want of anybody, in any tier, who could ever take it as things stand.
NOBODY = frozenset({Parked.NO_MEMBERS, Parked.NOBODY_ON_DUTY, Parked.NOBODY_SKILLED})
_NAMES = [tier.name.lower() for tier in Tier]


def reach(
    able_tiers: Collection[int], *, since: datetime, at: datetime, escalate_seconds: int
) -> Tier:
    """The last tier that a lead may go to which has waited `since`. `able_tiers` are those in which
    somebody can take leads now and is able to take this one, with or without room.
    """
    steps = _steps(since, at, escalate_seconds)
    last = Tier.SHIFT
    for tier in Tier:
        last = tier
        if tier in able_tiers:
            if steps == 0:
                break
            steps -= 1
    return last


def next_step_at(
    able_tiers: Collection[int], *, since: datetime, at: datetime, escalate_seconds: int
) -> datetime | None:
    """When a lead may go further that finds no room now; None if there is nobody further."""
    last = reach(able_tiers, since=since, at=at, escalate_seconds=escalate_seconds)
    if last >= max(able_tiers, default=Tier.SHIFT):
        return None
    return since + timedelta(seconds=(_steps(since, at, escalate_seconds) + 1) * escalate_seconds)


def _steps(since: datetime, at: datetime, escalate_seconds: int) -> int:
    return max(0, (at - since) // timedelta(seconds=escalate_seconds))


def tier_name(tier: int | None) -> str | None:
    """The name of a tier as it is stored and shown."""
    return None if tier is None else _NAMES[tier]
