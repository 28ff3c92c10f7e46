"""What keeps promises about leases: their terms, working time, hops, absences, departures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.routing.domain.calendars.shape import NO_HOLIDAYS
from services.routing.domain.calendars.timetable import ahead
from services.routing.domain.policies import Policy
from services.routing.domain.unowned import Why, explained
from services.routing.repository.leases.assignments import has_due
from services.routing.repository.queue import WaitingLead
from services.routing.use_cases.lead_actions import visible_lead
from shared.database import Session
from shared.messaging.consumer.catch_up import CatchUp
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/routing"
TOUCHES = f"{HERE}/test_touches.py"


def _however_far_history_is(walks: CatchUp | None) -> datetime | None:
    walked = walks.walked.get("history") if walks else None
    return walked.at if walked else None


def _however_far_we_are(walks: CatchUp | None) -> datetime | None:
    return walks.consumer.clock() if walks else None


async def _nothing_waits(
    session: Session, *, now: datetime, touch_by: datetime | None
) -> tuple[bool, bool, bool]:
    accept, first_touch, _ = await has_due(session, now=now, touch_by=touch_by)
    return accept, first_touch, False


def _all_have_their_reasons(
    counts: Mapping[str | None, int],
    *,
    on_shift: bool,
    servable: int,
) -> dict[Why, int]:
    return explained(counts, on_shift=on_shift, servable=0)


async def _untouched_ones(session: Session) -> list[UUID]:
    """Departures of which nothing was moved yet."""
    rows = await session.execute("SELECT departure_id FROM departure WHERE moved + merged = 0")
    return [row.departure_id for row in rows]


async def _all_of_them(
    _session: Session, leads: Sequence[WaitingLead], **_named: datetime
) -> list[WaitingLead]:
    return list(leads)


def _at_any_time(
    policy: Policy, _plan: str | None, *, tier: str, at: datetime
) -> tuple[datetime, datetime]:
    assert tier
    return policy.deadlines(at)


LEASES: tuple[Mechanism, ...] = (
    Mechanism(
        "terms are kept",
        9,
        (f"{HERE}/test_opening.py::test_while_nobody_keeps_the_terms_leads_wait",),
        {"services.routing.repository.heartbeat:is_watched": always(value=True)},
    ),
    Mechanism(
        "leases wait for history",
        9,
        (f"{TOUCHES}::test_while_history_is_frozen_at_a_deadline_no_lease_ends",),
        {"services.routing.use_cases.timers:touches_known": _however_far_history_is},
    ),
    Mechanism(
        "leases wait for our own walk",
        9,
        (f"{TOUCHES}::test_while_history_is_frozen_at_a_deadline_no_lease_ends",),
        {"services.routing.use_cases.timers:touches_known": _however_far_we_are},
    ),
    Mechanism(
        "due leases hurry the walk",
        5,
        (f"{TOUCHES}::test_a_lease_that_is_due_makes_the_walk_run_at_once",),
        {"services.routing.repository.leases.assignments:has_due": _nothing_waits},
    ),
    Mechanism(
        "our absence is forgiven",
        9,
        (f"{HERE}/test_absence.py::test_our_own_absence_moves_every_term",),
        {"services.routing.use_cases.leases.expire:forgive": awaited()},
    ),
    Mechanism(
        "hops",
        9,
        (f"{HERE}/test_hops.py::test_after_so_many_leases_the_lead_goes_to_the_supervisor",),
        {"services.routing.domain.tiers:is_escalated": always(value=False)},
    ),
    Mechanism(
        "nobody is given what nobody can ring",
        9,
        (
            f"{HERE}/test_forgotten.py::test_a_lead_of_an_erased_person_is_taken_out_of_the_queue",
            f"{HERE}/test_forgotten.py::test_a_lead_that_is_somebody_elses_too_goes_on",
        ),
        {"services.routing.handlers:set_erased_aside": awaited()},
    ),
    Mechanism(
        "what comes late of an erased person is given to nobody",
        9,
        (f"{HERE}/test_forgotten.py::test_one_that_comes_late_is_given_to_nobody",),
        {"services.routing.use_cases.assign:without_erased": _all_of_them},
    ),
    Mechanism(
        "grace of who is away",
        9,
        (f"{HERE}/test_grace.py::test_whoever_is_away_returns_what_they_had_not_accepted",),
        {"services.routing.repository.leases.absences:end": awaited([])},
    ),
    Mechanism(
        "sweep of unowned leads",
        5,
        (f"{HERE}/test_unowned.py::test_a_lead_that_was_overlooked_is_found_and_served",),
        {"services.routing.use_cases.leases.unowned:explained": _all_have_their_reasons},
    ),
    Mechanism(
        "losses meanwhile are told",
        5,
        (
            f"{HERE}/test_late.py::test_whoever_loses_a_lead_while_they_are_refused_is_told_so",
            (
                f"{HERE}/test_late.py::"
                "test_of_many_leads_one_that_is_lost_meanwhile_is_told_and_the_others_are_done"
            ),
        ),
        {"services.routing.routes.lead_actions:own_lead": visible_lead},
    ),
    Mechanism(
        "leaving goes on",
        9,
        (f"{HERE}/test_leaving.py::test_moving_goes_on_where_it_stopped",),
        {"services.routing.repository.departures.departures:list_running": _untouched_ones},
    ),
    Mechanism(
        "edges of duty",
        5,
        (f"{HERE}/test_duty.py::test_an_edge_is_passed_and_the_assigner_wakes",),
        {"services.routing.use_cases.timers:pass_edges": awaited(False)},
    ),
    Mechanism(
        "deadlines in working time",
        5,
        (f"{HERE}/test_duty.py::test_deadlines_run_in_working_time",),
        {"services.routing.use_cases.calendars.terms:deadlines": _at_any_time},
    ),
    Mechanism(
        "holidays",
        5,
        (f"{HERE}/test_calendars.py::test_holidays_of_a_company_are_everybodys_who_names_them",),
        {"services.routing.use_cases.calendars.timetables:together": always(NO_HOLIDAYS)},
    ),
    Mechanism(
        "working time that was left",
        9,
        (
            f"{HERE}/test_duty.py::test_a_changed_calendar_keeps_what_was_left",
            f"{HERE}/test_duty.py::test_our_own_absence_takes_no_working_time",
        ),
        {
            "services.routing.use_cases.calendars.changes:move_terms": awaited(),
            "services.routing.use_cases.leases.expire:move_terms": awaited(),
        },
    ),
    Mechanism(
        "terms of many leases move at once",
        9,
        (
            (
                "tests/unit/routing/calendars/test_working_time.py::"
                "test_day_and_night_are_not_resolved_for_a_year"
            ),
        ),
        {"services.routing.domain.calendars.course:pieces": ahead},
    ),
)
