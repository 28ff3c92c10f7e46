"""What keeps numbers true to what they count, comparable, and harmless in spreadsheets."""

from typing import Any

from sqlalchemy import true

from services.kpi.domain.periods import Period
from services.kpi.use_cases.exports import MOST_EXPORTED_ROWS
from shared.database import snapshot
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/kpi"


def _by_number(span: Period, before: Period, step: str) -> Any:
    return dict(zip(span.steps(step).days, before.steps(step).days, strict=False))


def _as_it_stands(value: Any, *_rest: Any) -> Any:
    return value


LEAD_LISTS = "tests/integration/routing/test_lead_lists.py"
PARAMETERS = "tests/contract/test_parameters.py"


def _all_marks(_day: Any, marks: bytes, *_quarters: Any) -> bytes:
    return marks


async def _all_at_once(database: Any, read: Any, _place: Any) -> Any:
    async with snapshot(database) as session:
        yield await read(session, None, MOST_EXPORTED_ROWS)


REPORTS: tuple[Mechanism, ...] = (
    Mechanism(
        "a filter that nobody reads is refused",
        10,
        (
            f"{PARAMETERS}::test_a_misspelt_parameter_is_named_beside_the_known_ones[kpi]",
            f"{PARAMETERS}::test_what_is_read_once_is_given_once[routing]",
        ),
        {"shared.web.access:require_known": always(None)},
    ),
    Mechanism(
        "a body says one thing only",
        10,
        (
            "tests/contract/test_json_bodies.py::test_what_is_ambiguous_or_no_json_is_named[history]",
        ),
        {"shared.web.access:require_plain": awaited()},
    ),
    Mechanism(
        "a body that nobody reads is refused",
        10,
        ("tests/contract/test_json_bodies.py::test_a_body_that_nobody_reads_is_refused[history]",),
        {"shared.web.json_bodies:_require_none": awaited()},
    ),
    Mechanism(
        "names are in one line",
        10,
        ("tests/contract/test_names.py::test_names_are_in_one_line[history]",),
        {"shared.text:lines_of": lambda value: value},
    ),
    Mechanism(
        "a number leads to its own",
        10,
        (f"{HERE}/test_drill_downs.py::test_every_number_leads_to_what_it_counts",),
        {"services.kpi.repository.drill.pages:matches": always(true())},
    ),
    Mechanism(
        "pages skip nothing",
        10,
        (f"{HERE}/test_drill_downs.py::test_pages_hold_in_turn_what_the_whole_period_holds",),
        {"services.kpi.repository.drill.quarters:begin_of_quarter": _as_it_stands},
    ),
    Mechanism(
        "a cursor is of one list",
        10,
        (
            f"{LEAD_LISTS}::test_cursors_of_another_list_or_other_filters_are_refused",
            "tests/unit/shared/test_pagination.py::test_of_another_list_it_is_refused",
        ),
        {"shared.web.pagination:require_same_list": always(None)},
    ),
    Mechanism(
        "like is compared with like",
        10,
        (f"{HERE}/test_comparison.py::test_parts_of_another_length_are_not_compared",),
        {"services.kpi.domain.comparison:twins": _by_number},
    ),
    Mechanism(
        "managers list what is their own",
        8,
        (f"{HERE}/test_drill_downs.py::test_a_manager_sees_what_the_own_numbers_count",),
        {"services.kpi.routes.drill_down:_of_caller": _as_it_stands},
    ),
    Mechanism(
        "nobody knows the future",
        10,
        (f"{HERE}/test_counters.py::test_nobody_knows_what_will_be_known",),
        {"services.kpi.routes.periods:require_past": always(None)},
    ),
    Mechanism(
        "no formulas in reports",
        11,
        (f"{HERE}/test_exports.py::test_names_stand_beside_ids_and_compute_nothing",),
        {"shared.spreadsheets:harmless": _as_it_stands},
    ),
    Mechanism(
        "a day that changed is not kept",
        10,
        (f"{HERE}/test_lead_days.py::test_days_say_what_stories_say",),
        {"services.kpi.repository.rollups.sealing:forget_changed_days": awaited()},
    ),
    Mechanism(
        "a day that changed late is not kept",
        10,
        (f"{HERE}/test_lead_days.py::test_days_say_what_stories_say",),
        {"services.kpi.repository.writing:forget_late_days": awaited()},
    ),
    Mechanism(
        "counts in memory are of the same days",
        10,
        (f"{HERE}/test_lead_days.py::test_days_say_what_stories_say",),
        {"services.kpi.repository.rollups.lead_days:digest_of": always(b"")},
    ),
    Mechanism(
        "counts of days stay in memory",
        11,
        (f"{HERE}/test_lead_days.py::test_what_was_counted_of_whole_blocks_is_not_counted_again",),
        {"services.kpi.repository.reports.day_blocks:_known": always(None)},
    ),
    Mechanism(
        "sums in memory are those of now",
        10,
        (f"{HERE}/test_held_sums.py::test_sums_in_memory_are_those_of_now",),
        {
            "services.kpi.repository.rollups.counters:renew_stamp": awaited(),
            "services.kpi.repository.rollups.durations:renew_stamp": awaited(),
        },
    ),
    Mechanism(
        "sums of blocks stay in memory",
        11,
        (f"{HERE}/test_held_sums.py::test_sums_of_blocks_are_read_once",),
        {"services.kpi.repository.reports.held:is_of": always(value=False)},
    ),
    Mechanism(
        "values in memory are those of now",
        10,
        (f"{HERE}/test_held_values.py::test_values_in_memory_are_those_of_now",),
        {"services.kpi.repository.rollups.counters:renew_stamp": awaited()},
    ),
    Mechanism(
        "sums of values stay in memory",
        11,
        (f"{HERE}/test_held_values.py::test_sums_of_values_are_read_once",),
        {"services.kpi.repository.reports.held:is_of": always(value=False)},
    ),
    Mechanism(
        "points of long curves count what they say",
        10,
        (f"{HERE}/test_drill_downs.py::test_points_of_a_long_curve_count_what_they_lead_to",),
        {"services.kpi.use_cases.reports.drill_down:_count_at_risk": awaited()},
    ),
    Mechanism(
        "members of a group by its days",
        10,
        (f"{HERE}/test_group_members.py::test_members_of_groups_are_those_of_stories",),
        {"services.kpi.repository.drill.members:marks_between": _all_marks},
    ),
    Mechanism(
        "an earlier day's view without what came late",
        10,
        (f"{HERE}/test_lead_days.py::test_days_say_what_stories_say",),
        {"services.kpi.repository.reports.unkept:_changes": always(None)},
    ),
    Mechanism(
        "a period ends within a day",
        10,
        (f"{HERE}/test_lead_days.py::test_days_say_what_stories_say",),
        {"services.kpi.repository.reports.day_blocks:marks_between": _all_marks},
    ),
    Mechanism(
        "inquiries in no lead are found",
        10,
        (f"{HERE}/test_lead_days.py::test_inquiries_in_no_lead_count_at_their_places",),
        {"services.kpi.repository.reports.lead_days:find_unplaced": awaited([])},
    ),
    Mechanism(
        "inquiries apart from their leads",
        10,
        (f"{HERE}/test_lead_days.py::test_days_say_what_stories_say",),
        {"services.kpi.domain.stories.folding:tells": always(True)},
    ),
    Mechanism(
        "of a long list one part is in memory",
        11,
        (f"{HERE}/test_long_tables.py::test_of_a_long_list_one_part_is_in_memory",),
        {"services.kpi.routes.exports:parts": _all_at_once},
    ),
)
