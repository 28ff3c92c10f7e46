"""What keeps promises about pools: their versions, and what leads weigh."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.policies import Fading
from services.routing.domain.units import Change, Weight
from tests.support.mechanisms.mechanism import Mechanism, awaited

HERE = "tests/integration/routing"
WEIGHTS = f"{HERE}/test_weights.py"


def _for_ever(
    full_milli: int, _steps: Sequence[Fading], *, touched_at: datetime, at: datetime
) -> Weight:
    return Weight(full_milli, None if touched_at > at else at.replace(year=at.year + 1))


def _all_they_want(changes: Iterable[Change], _rooms: Mapping[UUID, int]) -> dict[UUID, int]:
    return {change.lead_id: change.wanted_milli for change in changes}


POOLS: tuple[Mechanism, ...] = (
    Mechanism(
        "versions of pools",
        6,
        (f"{HERE}/test_pool_versions.py::test_a_manager_s_own_pools_make_versions_too",),
        {"services.routing.use_cases.configure:record_versions": awaited()},
    ),
    Mechanism(
        "fading frees room",
        5,
        (f"{WEIGHTS}::test_what_nobody_touches_fades_and_makes_room",),
        {"services.routing.use_cases.pools.weigh:fade": _for_ever},
    ),
    Mechanism(
        "rises within capacity",
        5,
        (f"{WEIGHTS}::test_a_rise_takes_the_room_there_is_and_no_more",),
        {"services.routing.use_cases.pools.weigh:within_room": _all_they_want},
    ),
    Mechanism(
        "touches give weight back",
        5,
        (f"{WEIGHTS}::test_a_touch_gives_its_full_weight_back",),
        {"services.routing.use_cases.touches:weigh_touched": awaited()},
    ),
)
