"""What keeps the sums of plans, what is locked in them, and what was approved."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.kpi.domain.plan.blocks import Block
from services.kpi.domain.plan.nodes import Node
from services.kpi.repository.plan import plans
from services.kpi.repository.plan.plans import Version
from shared.database import Session
from tests.support.mechanisms.mechanism import Mechanism

HERE = "tests/integration/kpi/plans"


def _rounded(total: int, weights: Sequence[int]) -> list[int]:
    return [total * weight // sum(weights) for weight in weights]


def _nothing(block: Block, _locks: Sequence[Node]) -> bytes:
    return bytes(len(block.cells))


async def _any_version(session: Session, plan_id: UUID, number: int, **_seen: Any) -> Version:
    return await plans.get_version(session, plan_id, number)


PLANS: tuple[Mechanism, ...] = (
    Mechanism(
        "plans add up to the kopeck",
        10,
        (f"{HERE}/test_nodes.py::test_a_node_is_set_and_every_sum_agrees_to_the_kopeck",),
        {"services.kpi.domain.plan.setting:apportion": _rounded},
    ),
    Mechanism(
        "what is locked in a plan stays",
        10,
        (
            (
                f"{HERE}/test_nodes.py::"
                "test_what_is_locked_stays_and_the_rest_is_spread_only_if_asked"
            ),
        ),
        {"services.kpi.domain.plan.setting:ice_of": _nothing},
    ),
    Mechanism(
        "an approved plan stays",
        8,
        (f"{HERE}/test_plans.py::test_an_approved_version_never_changes",),
        {"services.kpi.use_cases.plan.setting:get_draft": _any_version},
    ),
    Mechanism(
        "plans are changed by who has seen them",
        2,
        (f"{HERE}/test_nodes.py::test_a_draft_is_changed_by_who_has_seen_it",),
        {"services.kpi.use_cases.plan.setting:get_draft": _any_version},
    ),
)
