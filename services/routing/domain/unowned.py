"""Why a lead has been without an owner for too long."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from services.routing.domain.tiers import ESCALATED


class Why(StrEnum):
    """`unexplained` is a fault: somebody could take the lead now."""

    NOBODY_ON_SHIFT = "nobody_on_shift"
    NOBODY_SKILLED = "nobody_skilled"
    NO_ROOM = "no_room"
    ESCALATED = "escalated"
    SET_ASIDE = "set_aside"
    UNEXPLAINED = "unexplained"


_BY_REASON = {
    ESCALATED: Why.ESCALATED,
    "failed": Why.SET_ASIDE,
    "crashes_the_process": Why.SET_ASIDE,
    "nobody_skilled": Why.NOBODY_SKILLED,
}


def explained(counts: Mapping[str | None, int], *, on_shift: bool, servable: int) -> dict[Why, int]:
    """The leads of one pool by why they wait. `counts` are by the reason that was noted when each
    was judged last, None for never; `servable` of them somebody could take now.
    """
    numbers = dict.fromkeys(Why, 0)
    for reason, number in counts.items():
        why = _BY_REASON.get(reason or "")
        if why is None or (why is Why.NOBODY_SKILLED and not on_shift):
            why = Why.NO_ROOM if on_shift else Why.NOBODY_ON_SHIFT
        numbers[why] += number
    moved = min(servable, sum(numbers[why] for why in _ORDINARY))
    numbers[Why.UNEXPLAINED] = moved
    for why in _ORDINARY:
        number = min(numbers[why], moved)
        numbers[why] -= number
        moved -= number
    return numbers


_ORDINARY: Collection[Why] = (Why.NO_ROOM, Why.NOBODY_SKILLED, Why.NOBODY_ON_SHIFT)
