"""What keeps promises in history and kpi: links, ownership, erasure, keys."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import true

from services.history.repository import activities
from services.history.repository.activities import Activity, add
from services.kpi.domain.periods import Period
from services.kpi.domain.stories.contributions import MEASURES
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.counted import Sums, sum_counters
from services.kpi.use_cases.reports.managers import Summary, show_managers
from shared.database import Session
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HISTORY = "tests/integration/history"
KPI = "tests/integration/kpi"
PROMISES = "test_promises_are_judged_once_they_are_kept_or_broken"


async def _whatever_was_reported(
    session: Session, *, activity_id: UUID | None, limit: int
) -> list[tuple[Activity, UUID]]:
    rows = await session.execute(
        "SELECT activity_id, coalesce(lead.contact_id, activity.contact_id) AS contact_id"
        " FROM activity LEFT JOIN lead USING (lead_id) WHERE recorded_at IS NULL"
        " AND (CAST(:id AS uuid) IS NULL OR activity_id = :id) LIMIT :limit",
        {"id": activity_id, "limit": limit},
    )
    return [
        (await activities.get_activity(session, row.activity_id), row.contact_id) for row in rows
    ]


async def _added_whatever_the_key(
    session: Session, activity: Activity, *, key_digest: bytes | None
) -> bool:
    return await add(session, activity, key_digest=None)


async def _emptied_altogether(session: Session, contact_ids: Sequence[UUID]) -> None:
    await session.execute(
        "UPDATE journal SET payload = '{}' WHERE key = ANY(CAST(:keys AS text[]))",
        {"keys": [str(contact_id) for contact_id in contact_ids]},
    )


async def _everybodys_figures(session: Session, view: View, *, only: UUID | None) -> list[Summary]:
    return await show_managers(session, view, only=None)


async def _as_they_stand(
    session: Session,
    period: Period,
    axis: str,
    _known_on: date | None,
    measures: Sequence[str] = MEASURES,
) -> dict[str, Sums]:
    return await sum_counters(session, period, axis, None, measures)


def _kept_or_broken_already(
    at: datetime | None, deadline: datetime | None, _until: datetime | None
) -> bool | None:
    return None if deadline is None else at is not None and at <= deadline


HISTORY_AND_KPI: tuple[Mechanism, ...] = (
    Mechanism(
        "keys of activities",
        2,
        (f"{HISTORY}/test_activities.py::test_the_same_key_is_one_activity",),
        {"services.history.repository.activities:add": _added_whatever_the_key},
    ),
    Mechanism(
        "timelines are their owners'",
        8,
        (f"{HISTORY}/test_reading.py::test_a_manager_reads_own_leads_only",),
        {"services.history.use_cases.timelines:may_read": always(value=True)},
    ),
    Mechanism(
        "confirmed before emitted",
        8,
        (f"{HISTORY}/test_activities.py::test_nobody_reports_on_what_is_not_theirs",),
        {"services.history.repository.activities:lock_confirmed": _whatever_was_reported},
    ),
    Mechanism(
        "erasure",
        8,
        (
            (
                f"{HISTORY}/test_reports_refused.py::"
                "test_a_forgotten_person_is_forgotten_in_what_was_reported_and_emitted"
            ),
        ),
        {"services.history.use_cases.activities:erased_among": awaited(frozenset())},
    ),
    Mechanism(
        "erasure of what waits",
        8,
        ((f"{HISTORY}/test_reports_refused.py::test_what_waits_to_be_confirmed_is_forgotten_too"),),
        {"services.history.repository.blanking:blank_waiting": awaited()},
    ),
    Mechanism(
        "the forgotten are remembered",
        8,
        (
            (
                f"{HISTORY}/test_forgetting.py::"
                "test_a_rebuild_brings_no_words_of_a_forgotten_person_back"
            ),
        ),
        {"shared.messaging.consumer.erasures:remember_erased": awaited()},
    ),
    Mechanism(
        "blanked events stay facts",
        7,
        (
            (
                f"{HISTORY}/test_forgetting.py::"
                "test_what_is_blanked_stays_a_fact_for_whoever_is_rebuilt_from_it"
            ),
        ),
        {"services.history.repository.blanking:_blank_journal": _emptied_altogether},
    ),
    Mechanism(
        "links before their inquiries",
        10,
        (f"{HISTORY}/test_timelines.py::test_what_came_before_the_lead_is_on_its_timeline",),
        {"services.history.use_cases.project:inquiry_links": always([])},
    ),
    Mechanism(
        "figures are their managers'",
        8,
        (f"{KPI}/test_reports.py::test_who_may_see_figures",),
        {"services.kpi.use_cases.reports.managers:show_managers": _everybodys_figures},
    ),
    Mechanism(
        "a report is one view",
        10,
        (f"{KPI}/test_reports.py::test_a_report_sees_all_facts_at_one_moment",),
        {"services.kpi.repository.reports.figures:take_snapshot": awaited()},
    ),
    Mechanism(
        "figures as they stood",
        10,
        (f"{KPI}/test_counters.py::test_a_report_can_be_read_as_it_stood",),
        {"services.kpi.repository.reports.counted:sum_counters": _as_they_stand},
    ),
    Mechanism(
        "one version of each lead",
        10,
        (f"{KPI}/test_drill_downs.py::test_every_number_leads_to_what_it_counts",),
        {"services.kpi.repository.reports.cohort:is_known": always(true())},
    ),
    Mechanism(
        "results are whose lead it was",
        10,
        (f"{KPI}/test_counters.py::test_a_hand_over_neither_steals_nor_gives",),
        {"services.kpi.domain.stories.contributions:_of_managers": always(())},
    ),
    Mechanism(
        "a promise counts when it is over",
        10,
        (
            f"{KPI}/test_response_steps.py::test_a_promise_counts_once_it_is_kept_or_broken",
            f"{KPI}/test_alert_indicators.py::{PROMISES}",
        ),
        {"services.kpi.domain.stories.contributions:is_kept": _kept_or_broken_already},
    ),
    Mechanism(
        "no counter is left of nothing",
        10,
        (f"{KPI}/test_counters.py::test_what_counts_nothing_any_more_leaves_no_row",),
        {"services.kpi.repository.writing:drop_empty": awaited()},
    ),
    Mechanism(
        "what comes late is in the sums",
        10,
        (f"{KPI}/test_rollups.py::test_sums_over_blocks_agree_with_what_they_sum",),
        {
            "services.kpi.repository.writing:add_late_stories": awaited(),
            "services.kpi.repository.writing:add_late": awaited(),
        },
    ),
    Mechanism(
        "many dimensions are for few leads",
        11,
        (
            (
                f"{KPI}/test_funnel.py::"
                "test_more_dimensions_than_are_counted_quickly_are_for_few_leads"
            ),
        ),
        {"services.kpi.use_cases.reports.funnel:_require_quick": awaited()},
    ),
    Mechanism(
        "no sum is left of nothing",
        10,
        (f"{KPI}/test_forgetting.py::test_sums_over_blocks_of_days_hold_no_words_either",),
        {"services.kpi.repository.rollups.counters:drop_empty": awaited()},
    ),
    Mechanism(
        "inquiries counted by their leads",
        10,
        (f"{KPI}/test_funnel.py::test_an_inquiry_follows_its_lead_to_the_manager",),
        {"services.kpi.use_cases.project:inquiry_links": always([])},
    ),
    Mechanism(
        "stories in slices",
        11,
        ("tests/unit/kpi/test_slices.py::test_others_have_their_turn_within_a_batch",),
        {"shared.runtime.pace:is_long_since": always(value=False)},
    ),
)
