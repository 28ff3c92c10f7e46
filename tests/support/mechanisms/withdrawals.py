"""What keeps what is given up from binding, and what others need from being taken away."""

from typing import Any

from sqlalchemy import false

from services.kpi.repository.versions import versions_of
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/kpi"


async def _all_versions(session: Any, key: Any, value: Any, _part: Any = None) -> Any:
    return await versions_of(session, key, value)


WITHDRAWALS: tuple[Mechanism, ...] = (
    Mechanism(
        "a goal that is withdrawn binds nothing",
        10,
        (
            f"{HERE}/test_withdrawals.py::test_a_goal_that_is_withdrawn_binds_no_potential",
            f"{HERE}/test_goals.py::test_a_goal_is_withdrawn_with_a_reason_and_stays",
        ),
        {"services.kpi.repository.goals.goals:_is_withdrawn": always(false())},
    ),
    Mechanism(
        "a territory on which something hangs stays",
        10,
        (f"{HERE}/test_territories.py::test_a_territory_on_which_nothing_hangs_is_deleted",),
        {"services.kpi.use_cases.territories.tree:_hanging": awaited([])},
    ),
    Mechanism(
        "a territory that goals need stays",
        10,
        (f"{HERE}/test_withdrawals.py::test_a_territory_that_goals_need_is_not_deleted",),
        {"services.kpi.use_cases.territories.tree:breaches_of": awaited([])},
    ),
    Mechanism(
        "versions have pages",
        10,
        (f"{HERE}/test_goals.py::test_revisions_are_shown_page_by_page",),
        {"services.kpi.repository.goals.goals:versions_of": _all_versions},
    ),
)
