"""What keeps the sums of plans, what is locked in them, and what was approved."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import islice
from typing import Any
from uuid import UUID

from services.kpi.domain.plan.blocks import Block
from services.kpi.domain.plan.bridge import Leads
from services.kpi.domain.plan.control import Quality
from services.kpi.domain.plan.locks import Locks
from services.kpi.domain.working_days import DaysOff, MonthDays, WorkingDays, usual_days
from services.kpi.repository.plan import plans
from services.kpi.repository.plan.plans import Version
from shared.database import Session
from shared.ids import new_id
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/kpi/plans"


def _rounded(total: int, weights: Sequence[int]) -> list[int]:
    return [total * weight // sum(weights) for weight in weights]


def _nothing(block: Block, _locks: Locks) -> bytes:
    return bytes(len(block.cells))


async def _any_version(session: Session, plan_id: UUID, number: int, **_seen: Any) -> Version:
    return await plans.get_version(session, plan_id, number)


def _all_days(_days: WorkingDays, first: date, today: date) -> MonthDays:
    count = calendar.monthrange(first.year, first.month)[1]
    over = min(count, max(0, (today - first).days))
    return MonthDays(Fraction(count), Fraction(over), over == count)


def _everybodys(_own: Any, first: date, end: date, *_seen: Any) -> WorkingDays:
    return usual_days("manager", None, first, end, DaysOff())


def _balanced(
    plan: Mapping[str, Sequence[int]],
    fact: Mapping[str, Sequence[int]],
    is_over: Sequence[bool],
) -> list[Quality]:
    """As if what one value lacks could be made up for by another."""
    items = []
    for month, over in enumerate(is_over):
        planned = sum(one[month] for one in plan.values())
        sold = sum(one[month] for one in fact.values())
        bias = Fraction(sold - planned, planned) if planned else None
        if over:
            items.append(Quality(month, planned, sold, bias and abs(bias), bias))
    return items


def _in_any_order(limit: int, places: Iterable[tuple[int, int, str]]) -> list[Any]:
    return list(islice(sorted(places, key=lambda place: place[2]), limit))


def _any_digest(_cut: Mapping[str, str]) -> bytes:
    return new_id().bytes


def _of_sales(
    quantity: int, count: int, mean: Fraction, _leads: Leads | None
) -> tuple[int, int | None]:
    return round((count - quantity) * mean), None


PLANS: tuple[Mechanism, ...] = (
    Mechanism(
        "plans add up to the kopeck",
        10,
        (f"{HERE}/test_nodes.py::test_a_node_is_set_and_every_sum_agrees_to_the_kopeck",),
        {"services.kpi.domain.plan.setting:apportion": _rounded},
    ),
    Mechanism(
        "a plan of a past time knows nothing of it",
        10,
        (f"{HERE}/test_plans.py::test_a_plan_of_a_past_time_knows_nothing_of_it",),
        {
            "services.kpi.use_cases.plan.create:_first_unknown": lambda _terms, zone, now: (
                now.astimezone(zone).date().replace(day=1)
            )
        },
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
    Mechanism(
        "cells without a value are no empty ones",
        3,
        (f"{HERE}/test_files.py::test_an_error_and_a_formula_without_a_value_are_no_empty_cells",),
        {"services.kpi.domain.plan.files:_refuse_flaws": always(None)},
    ),
    Mechanism(
        "a plan counts on the pessimistic value",
        10,
        (f"{HERE}/test_foretold.py::test_the_pessimistic_value_feeds_the_plan",),
        {
            "services.kpi.use_cases.plan.foretold:_units": lambda step, _value, unit: int(
                step.p50 / unit
            )
        },
    ),
    Mechanism(
        "what is due follows working days",
        10,
        (f"{HERE}/test_control.py::test_facts_stand_beside_the_plan",),
        {"services.kpi.use_cases.plan.control:month_days": _all_days},
    ),
    Mechanism(
        "holidays bring nothing",
        10,
        (f"{HERE}/test_control.py::test_holidays_of_a_country_bring_nothing",),
        {"services.kpi.use_cases.working_days:days_off": always(DaysOff())},
    ),
    Mechanism(
        "what is required of a seller follows the own calendar",
        10,
        (f"{HERE}/test_working_days.py::test_a_seller_has_the_days_of_the_own_calendar",),
        {"services.kpi.use_cases.working_days:own_days": _everybodys},
    ),
    Mechanism(
        "a region rests on its country's holidays",
        10,
        (f"{HERE}/test_working_days.py::test_a_region_rests_on_the_holidays_of_its_country",),
        {"services.kpi.use_cases.working_days:countries_of": always({})},
    ),
    Mechanism(
        "the company's days are those of its managers",
        10,
        (f"{HERE}/test_working_days.py::test_the_company_works_as_its_managers_do_on_average",),
        {"services.kpi.use_cases.working_days:list_people": awaited({})},
    ),
    Mechanism(
        "errors of planning do not cancel out",
        10,
        (f"{HERE}/test_control.py::test_months_that_are_over_have_a_score",),
        {"services.kpi.use_cases.plan.control:quality": _balanced},
    ),
    Mechanism(
        "what was planned worst comes first",
        10,
        (f"{HERE}/test_cuts.py::test_what_was_planned_worst_comes_first",),
        {"services.kpi.domain.plan.cuts:nsmallest": _in_any_order},
    ),
    Mechanism(
        "leads tell volume from conversion",
        10,
        (f"{HERE}/test_control.py::test_leads_tell_volume_from_conversion",),
        {"services.kpi.domain.plan.bridge:_volume": _of_sales},
    ),
    Mechanism(
        "a plan's file is taken whole or not at all",
        10,
        (f"{HERE}/test_files.py::test_faults_are_named_and_nothing_is_taken",),
        {"services.kpi.use_cases.plan.filing:_require_whole": always(None)},
    ),
    Mechanism(
        "a plan's file moves nothing that is locked",
        10,
        (f"{HERE}/test_files.py::test_a_locked_cell_is_a_fault",),
        {"services.kpi.use_cases.plan.filing:ice_of": _nothing},
    ),
    Mechanism(
        "a plan's file goes into a draft that was seen",
        2,
        (f"{HERE}/test_files.py::test_only_a_draft_that_was_seen_is_written",),
        {"services.kpi.use_cases.plan.filing:get_draft": _any_version},
    ),
    Mechanism(
        "a cut is coordinated once in a month",
        2,
        (f"{HERE}/test_coordination.py::test_by_hand_within_the_threshold_and_once",),
        {"services.kpi.repository.plan.coordination:digest_of": _any_digest},
    ),
    Mechanism(
        "steps of coordination follow one another",
        10,
        ((f"{HERE}/test_coordination.py::test_steps_follow_one_another_and_stay_in_the_history"),),
        {"services.kpi.use_cases.plan.coordination:flaws_of": always(())},
    ),
    Mechanism(
        "only what is approved is watched",
        8,
        (f"{HERE}/test_coordination.py::test_only_what_is_approved_is_watched",),
        {"services.kpi.use_cases.plan.watch:latest_approved": awaited(1)},
    ),
    Mechanism(
        "a workbook that reaches too far",
        11,
        (
            "tests/unit/shared/test_workbook_rows.py::test_too_many_are_refused_and_as_many_as_are_taken_are_read",
            "tests/unit/shared/test_workbook_rows.py::test_a_list_that_reaches_too_far_is_refused_and_a_long_one_read",
        ),
        {"shared.workbooks:excess_of": always(None)},
    ),
)
