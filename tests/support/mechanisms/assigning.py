"""What keeps promises around decisions: limits, tiers, shares of work, backlogs."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.routing.domain.deciding import batch
from services.routing.domain.deciding.backlog import Solution
from services.routing.domain.deciding.candidates import Candidate, Member, Tier, line_up
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Waiting
from services.routing.use_cases.judging import Trial
from tests.support.mechanisms.mechanism import Mechanism, always

HERE = "tests/integration/routing"


def _without_limits(members: Iterable[Member], **terms: Any) -> list[Candidate]:
    return line_up(members, **{**terms, "allowances": {}})


def _one_by_one(
    leads: Sequence[Waiting], candidates: Sequence[Candidate], terms: Terms, *, seed: int
) -> Solution:
    return Solution(batch.ALGORITHM, batch.decide_batch(leads, candidates, terms, seed=seed))


def _all_of_it(trial: Trial) -> Trial:
    return trial


ASSIGNING: tuple[Mechanism, ...] = (
    Mechanism(
        "inflow limits",
        5,
        (
            f"{HERE}/test_inflow.py::test_limits_of_an_hour_and_a_day_hold_in_batches_and_one_by_one",
        ),
        {"services.routing.repository.rooms:line_up": _without_limits},
    ),
    Mechanism(
        "returning allowances",
        5,
        (f"{HERE}/test_inflow.py::test_an_allowance_that_returns_is_noticed_by_itself",),
        {"services.routing.domain.gains:has_gained": always(value=False)},
    ),
    Mechanism(
        "credit on return",
        5,
        (f"{HERE}/test_fair_shares.py::test_whoever_was_away_gets_their_share_from_then_on",),
        {"services.routing.use_cases.presence:settle": always([])},
    ),
    Mechanism(
        "tiers",
        5,
        (f"{HERE}/test_tiers.py::test_where_nobody_is_on_shift_the_next_tier_is_asked_at_once",),
        {"services.routing.domain.escalation:reach": always(Tier.SHIFT)},
    ),
    Mechanism(
        "escalation at its moment",
        5,
        (
            f"{HERE}/test_tiers.py::test_a_lead_without_room_goes_further_at_its_moment_and_not_before",
        ),
        {"services.routing.domain.escalation:next_step_at": always(None)},
    ),
    Mechanism(
        "backlogs as one",
        5,
        (f"{HERE}/test_backlog.py::test_a_backlog_is_matched_as_one_and_can_be_computed_again",),
        {"services.routing.domain.deciding.backlog:solve_backlog": _one_by_one},
    ),
    Mechanism(
        "news of a matching alone",
        6,
        (f"{HERE}/test_backlog.py::test_leads_that_go_on_waiting_are_recorded_once",),
        {"services.routing.use_cases.assign:news_of": _all_of_it},
    ),
)
