"""What keeps promises around decisions: limits, tiers, shares of work, backlogs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from services.routing.domain.deciding import batch
from services.routing.domain.deciding.backlog import Solution
from services.routing.domain.deciding.candidates import Candidate, Member, Tier, line_up
from services.routing.domain.deciding.desks import CLOSED
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Waiting
from services.routing.domain.gains import Standing
from services.routing.repository import queue
from services.routing.repository.pools import reweighing
from services.routing.repository.pools.reweighing import NewWeight
from services.routing.use_cases import assign
from services.routing.use_cases.judging import Trial
from shared.database import Session
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


def _of_those_with_allowance(standing: Callable[[Any], Standing]) -> Callable[[Any], Standing]:
    def seen(of: Any) -> Standing:
        found = standing(of)
        desks = {key: desk for key, desk in found.desks.items() if desk.room_milli != CLOSED}
        return replace(found, desks=desks)

    return seen


_write_weights = reweighing.write_weights
_REASONS = """
SELECT lead_id, parked_reason FROM lead WHERE lead_id = ANY(CAST(:ids AS uuid[])) FOR UPDATE
"""
_PUT_BACK = "UPDATE lead SET parked_reason = :parked_reason WHERE lead_id = :lead_id"


async def _as_judged_before(session: Session, weights: Sequence[NewWeight]) -> None:
    rows = await session.execute(_REASONS, {"ids": [item.lead_id for item in weights]})
    reasons = [dict(row) for row in rows]
    await _write_weights(session, weights)
    for row in reasons:
        await session.execute(_PUT_BACK, row)


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
        "whoever is at their limit counts",
        5,
        (
            f"{HERE}/test_gains.py::test_the_next_round_begins_once_whoever_is_at_their_limit_goes",
            f"{HERE}/test_gains.py::test_the_next_tier_is_asked_once_whoever_is_at_their_limit_goes",
        ),
        {
            "services.routing.repository.queue:_as_standing": _of_those_with_allowance(
                queue._as_standing
            ),
            "services.routing.use_cases.assign:_remaining": _of_those_with_allowance(
                assign._remaining
            ),
        },
    ),
    Mechanism(
        "lighter leads are judged anew",
        5,
        (f"{HERE}/test_gains.py::test_a_lead_that_weighs_less_while_it_waits_is_judged_anew",),
        {"services.routing.repository.pools.reweighing:write_weights": _as_judged_before},
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
