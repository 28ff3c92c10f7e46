"""What keeps promises where kpi tells of managers' load, of waits, and of what alerts watch."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.kpi.domain.load.figures import Held
from services.kpi.repository.load import days
from services.kpi.use_cases.load.report import LoadQuery, LoadReport, show_load
from shared.database import Session
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

_LOAD = "tests/integration/kpi/test_load.py"
_ITEMS = "tests/integration/kpi/test_load_items.py"
_WAITS = "tests/integration/kpi/test_kept_waits.py"
_KNOWN = "tests/integration/kpi/test_load_known.py"
_DAYS = "tests/integration/kpi/test_load_days.py"


async def _of_everybody(session: Session, query: LoadQuery, **members: Any) -> LoadReport:
    return await show_load(session, query, **{**members, "only": None})


def _unmerged(held: Held) -> Held:
    return held


def _uncut(edges: Sequence[int], begin: int, end: int) -> tuple[int, list[int]]:
    return bisect_right(edges, begin) - 1, [begin, end]


def _of_anybody(manager_id: UUID | None, own_id: UUID | None) -> UUID | None:
    return manager_id


LOAD: tuple[Mechanism, ...] = (
    Mechanism(
        "a number of load leads to its own",
        10,
        (f"{_ITEMS}::test_every_number_of_load_leads_to_what_it_counts",),
        {"services.kpi.use_cases.load.items:moment_of": always(datetime(2026, 3, 1, tzinfo=UTC))},
    ),
    Mechanism(
        "managers list what is their own load",
        8,
        (f"{_ITEMS}::test_a_manager_sees_what_the_own_load_counts",),
        {"services.kpi.routes.load:_of_caller": _of_anybody},
    ),
    Mechanism(
        "load is compared with steps as long",
        10,
        (f"{_ITEMS}::test_load_stands_beside_the_period_before",),
        {"services.kpi.domain.load.steps:_length": always(timedelta(days=1))},
    ),
    Mechanism(
        "load is what managers held",
        10,
        (f"{_LOAD}::test_a_day_of_two_managers",),
        {"services.kpi.repository.writing:changes_of": always({})},
    ),
    Mechanism(
        "no change of load is left of nothing",
        10,
        (f"{_LOAD}::test_what_came_and_went_leaves_no_row_of_nothing",),
        {"services.kpi.repository.load.changes:drop_empty_changes": awaited()},
    ),
    Mechanism(
        "corrections make no peaks",
        10,
        (f"{_LOAD}::test_a_correction_is_no_rise_and_fall",),
        {"services.kpi.repository.load.changes:in_order": _unmerged},
    ),
    Mechanism(
        "a day whose load changed is not told",
        10,
        (f"{_DAYS}::test_a_day_is_summed_up_once_and_again_when_it_changes",),
        {"services.kpi.repository.writing:forget_changed_load": awaited()},
    ),
    Mechanism(
        "a day whose managers changed is not told",
        10,
        (f"{_DAYS}::test_a_manager_who_is_told_of_late_has_what_was_held_before",),
        {"services.kpi.use_cases.project:forget_load_of": awaited()},
    ),
    Mechanism(
        "steps of load are put together to the quarter",
        10,
        ("tests/unit/kpi/test_load_days.py::test_steps_are_put_together_from_days",),
        {"services.kpi.domain.load.days:_cut": _uncut},
    ),
    Mechanism(
        "load of long periods is told from sums",
        11,
        (f"{_DAYS}::test_what_is_summed_up_is_told_however_much_changed",),
        {"services.kpi.use_cases.rollups:keep_load_next": awaited(value=False)},
    ),
    Mechanism(
        "what came late is not in load as known before",
        11,
        (f"{_KNOWN}::test_days_from_which_something_came_late_are_not_told_as_known_before",),
        {"services.kpi.repository.load.days:_query": always(days._LIST_DAYS)},
    ),
    Mechanism(
        "blocks of load come with their days",
        10,
        (f"{_KNOWN}::test_blocks_are_summed_up_with_the_last_of_their_days",),
        {"services.kpi.repository.load.keeping:_keep_block": awaited(value=False)},
    ),
    Mechanism(
        "no stretch of load is cut off by a page",
        10,
        (f"{_ITEMS}::test_stretches_are_the_same_in_pages_of_any_size",),
        {"services.kpi.use_cases.load.items:_is_page": always(value=True)},
    ),
    Mechanism(
        "load that is not summed up is bounded",
        11,
        (f"{_DAYS}::test_what_is_not_summed_up_is_bounded",),
        {"services.kpi.use_cases.load.sums:_days": always(0)},
    ),
    Mechanism(
        "load is its managers'",
        8,
        (f"{_LOAD}::test_load_is_shown_in_pages_to_whom_it_concerns",),
        {"services.kpi.use_cases.load.report:show_load": _of_everybody},
    ),
    Mechanism(
        "long windows are judged when they move",
        9,
        (
            (
                "tests/integration/kpi/test_alert_indicators.py::"
                "test_a_round_reads_a_figure_once_and_long_windows_when_they_move"
            ),
        ),
        {"services.kpi.use_cases.alerts.watch:is_long": always(value=False)},
    ),
    Mechanism(
        "small numbers raise no change",
        9,
        ("tests/unit/kpi/test_alert_rules.py::test_a_change_of_small_numbers_says_nothing",),
        {"services.kpi.domain.alerts.rules:rests_on_too_little": always(value=False)},
    ),
    Mechanism(
        "a deadline is over when it is over",
        11,
        (f"{_WAITS}::test_days_say_how_long_steps_took",),
        {"services.kpi.repository.rollups.lead_days:_not_kept": always(())},
    ),
    Mechanism(
        "waits are those of the stories",
        11,
        (f"{_WAITS}::test_days_say_how_long_steps_took",),
        {"services.kpi.repository.reports.kept_waits:_read_changes": awaited(())},
    ),
)
