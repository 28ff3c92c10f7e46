"""What keeps forecasts honest: they know no future, and say what they do not know."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from services.kpi.domain.forecast.bands import Band
from services.kpi.domain.territories.covers import Cover
from services.kpi.domain.territories.sold import Share
from services.kpi.repository.opinions.polls import PollRow, get_poll
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

UNIT = "tests/unit/kpi"
HERE = "tests/integration/kpi"
POTENTIALS = f"{HERE}/test_potentials.py"
COVERS = f"{HERE}/test_covers.py"


def _certain(path: Any, *_rest: Any, **_named: Any) -> list[Band]:
    return [Band(value, value, value) for value in path]


def _left_open(cover: Cover | None, share: Share) -> Cover | None:
    return None if share.unplaced else cover


async def _whether_open_or_not(session: Any, poll_id: Any) -> PollRow:
    return await get_poll(session, poll_id)


FORECASTS: tuple[Mechanism, ...] = (
    Mechanism(
        "what is unusual is no season",
        10,
        (f"{UNIT}/test_expectations.py::test_what_is_far_off_is_marked_and_does_not_count",),
        {"services.kpi.domain.forecast.seasonality:_outliers": always([])},
    ),
    Mechanism(
        "steps that are not over do not count",
        10,
        (f"{HERE}/test_seasonality.py::test_steps_that_are_cut_or_not_over_do_not_count",),
        {
            "services.kpi.use_cases.forecast.past:whole_steps": lambda span, step, _until: (
                span.steps(step)
            )
        },
    ),
    Mechanism(
        "orders without a lead are of the past",
        10,
        (
            f"{HERE}/test_orders_foretold.py::test_orders_without_a_lead_are_of_the_past",
            f"{HERE}/test_orders_foretold.py::test_an_order_moves_a_goal",
        ),
        {"services.kpi.repository.forecast.past:_orders": awaited(defaultdict(list))},
    ),
    Mechanism(
        "forecasts are judged by what is over",
        10,
        (f"{HERE}/test_forecast_quality.py::test_only_steps_that_are_over_are_judged",),
        {
            "services.kpi.use_cases.forecast.outcome:day_begin": lambda day, zone: datetime(
                day.year - 1, day.month, 1, tzinfo=zone
            )
        },
    ),
    Mechanism(
        "a forecast is judged as it was before the facts",
        10,
        (f"{HERE}/test_forecast_qualities.py::test_what_was_said_afterwards_is_not_judged",),
        {
            "services.kpi.repository.forecast.quality:_since": always(
                "CAST('-infinity' AS timestamptz)"
            )
        },
    ),
    Mechanism(
        "a goal is one",
        10,
        (f"{HERE}/test_goals.py::test_what_is_no_goal_names_the_field",),
        {"services.kpi.use_cases.goals.goals:flaws": always(())},
    ),
    Mechanism(
        "no territory lies in itself",
        10,
        (f"{HERE}/test_territories.py::test_a_cycle_names_the_field",),
        {"services.kpi.domain.territories.tree:lies_in": always(False)},
    ),
    Mechanism(
        "no sales potential above the market's",
        10,
        (f"{HERE}/test_potentials.py::test_what_is_no_potential_names_the_field",),
        {"services.kpi.use_cases.territories.potentials:potential_faults": always(())},
    ),
    Mechanism(
        "no forecast above the sales potential",
        10,
        (
            f"{HERE}/test_potentials.py::test_no_forecast_lies_above_the_potential",
            f"{HERE}/test_potentials.py::test_a_potential_below_its_forecast_is_refused",
        ),
        {"services.kpi.use_cases.territories.ceilings:_is_above": always(False)},
    ),
    Mechanism(
        "no potential falls below a goal",
        10,
        (f"{HERE}/test_potentials.py::test_a_potential_cannot_fall_below_its_goal",),
        {"services.kpi.use_cases.territories.potentials:breaches_of": awaited(())},
    ),
    Mechanism(
        "a goal without grounds has a ceiling too",
        10,
        (f"{POTENTIALS}::test_a_goal_that_names_no_potential_is_below_the_ceiling_too",),
        {"services.kpi.use_cases.territories.ceilings:cover_of_goal": always(None)},
    ),
    Mechanism(
        "potentials of all parts are the ceiling of the whole",
        10,
        (
            f"{COVERS}::test_a_goal_is_at_most_what_all_its_parts_allow",
            f"{COVERS}::test_a_forecast_is_at_most_what_all_its_parts_allow",
        ),
        {"services.kpi.domain.territories.coverage:sum_of": always(None)},
    ),
    Mechanism(
        "sums of potentials bind only what they hold wholly",
        10,
        (f"{COVERS}::test_what_is_sold_elsewhere_leaves_the_sum_open",),
        {"services.kpi.domain.territories.coverage:_outside": always(())},
    ),
    Mechanism(
        "sales that nobody can place leave no sum open",
        10,
        (f"{COVERS}::test_a_sale_without_a_region_leaves_no_sum_open",),
        {"services.kpi.domain.territories.coverage:with_unplaced": _left_open},
    ),
    Mechanism(
        "spellings of one name are one territory",
        10,
        (f"{HERE}/test_territories.py::test_what_has_no_place_names_the_field",),
        {"services.kpi.domain.territories.tree:label_key": lambda text: text},
    ),
    Mechanism(
        "no territory leaves goals without potential",
        10,
        (f"{COVERS}::test_a_region_cannot_leave_its_goals",),
        {"services.kpi.use_cases.territories.tree:breaches_of": awaited(())},
    ),
    Mechanism(
        "a goal rests on potentials of its own",
        10,
        (f"{HERE}/test_potentials.py::test_a_goal_rests_on_potentials_of_its_own",),
        {"services.kpi.use_cases.territories.ceilings:ground_faults": always(())},
    ),
    Mechanism(
        "who said what to Delphi ends with the round",
        8,
        (f"{HERE}/test_opinions.py::test_nobody_can_tell_who_said_what_to_delphi",),
        {"services.kpi.use_cases.opinions.polls:_new_salt": always(b"the same")},
    ),
    Mechanism(
        "few answers are not shown",
        8,
        (f"{HERE}/test_opinions.py::test_a_round_of_two_would_tell",),
        {"services.kpi.use_cases.opinions.polls:_require_answers": awaited()},
    ),
    Mechanism(
        "judged opinions have a part in the band",
        10,
        (f"{HERE}/test_opinion_records.py::test_judged_opinions_have_a_part_in_the_band",),
        {"services.kpi.routes.forecasts:with_opinions": lambda whole, _beside: whole},
    ),
    Mechanism(
        "a closed poll takes no answer",
        10,
        (f"{HERE}/test_opinions.py::test_a_closed_poll_takes_no_answer",),
        {"services.kpi.use_cases.opinions.polls:_open_poll": _whether_open_or_not},
    ),
    Mechanism(
        "opinions weigh by their own past",
        10,
        (
            f"{HERE}/test_opinion_records.py::test_opinions_with_a_past_are_combined_with_the_forecast",
        ),
        {"services.kpi.use_cases.opinions.beside:read_records": awaited({})},
    ),
    Mechanism(
        "whoever knew some of what came is not judged",
        10,
        (f"{HERE}/test_opinion_records.py::test_what_was_closed_late_is_not_judged",),
        {"services.kpi.use_cases.opinions.record:_was_early": always(True)},
    ),
    Mechanism(
        "a manager sees the own days alone",
        8,
        (f"{HERE}/test_manager_day.py::test_a_manager_sees_the_own_day",),
        {"services.kpi.routes.organisation:_require_own": always(None)},
    ),
    Mechanism(
        "days add up to the month",
        10,
        (f"{UNIT}/test_manager_days.py::test_the_days_left_add_up_exactly",),
        {
            "services.kpi.domain.organisation.days:apportion": lambda total, shares: (
                [total // len(shares)] * len(shares)
            )
        },
    ),
    Mechanism(
        "what is sold is needed no more",
        10,
        (f"{HERE}/test_manager_day.py::test_what_is_sold_is_missing_no_more",),
        {"services.kpi.use_cases.organisation.day:rest_of": lambda aim, _done: aim},
    ),
    Mechanism(
        "bands from errors of the past",
        10,
        (f"{UNIT}/test_forecasting.py::test_the_band_holds_about_eight_of_ten",),
        {"services.kpi.domain.forecast.forecast:bands_of": _certain},
    ),
    Mechanism(
        "a combination weighs by errors of the past",
        10,
        (f"{UNIT}/test_forecasting.py::test_the_combination_of_the_past_knew_only_its_past",),
        {
            "services.kpi.domain.forecast.combination:_steps_known": (
                lambda _until, _origin, horizon: horizon
            )
        },
    ),
)
