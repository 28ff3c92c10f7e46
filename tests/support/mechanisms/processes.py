"""What keeps promises in every process: keepers, leases, batches, sessions, log lines."""

import logging
import sys
from contextlib import nullcontext
from typing import Any

import structlog

from shared.database import Session
from shared.runtime.loop import Loop
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

SHARED = "tests/integration/shared"


def _still_held_for_ever(*, moment: float, deadline: float) -> bool:
    return deadline > 0 or moment < 0


def _everything_told(_logger: object, _name: str, entry: dict[str, Any]) -> dict[str, Any]:
    return dict(entry)


def _with_its_words(_logger: object, _name: str, entry: dict[str, Any]) -> dict[str, Any]:
    given = entry.pop("exc_info", None)
    return {**entry, "error": repr(sys.exc_info()[1])} if given else entry


async def _commit_unread(session: Session, connection: Any) -> None:
    await connection.execute("COMMIT")
    for hook in session.after_commit:
        hook()


async def _handed_over_anyway(session: Session, connection: Any) -> None:
    try:
        await connection.execute("COMMIT")
    finally:
        for hook in session.after_commit:
            hook()


async def _run_once(loop: Loop) -> None:
    await loop.run(loop.progress)


PROCESSES: tuple[Mechanism, ...] = (
    Mechanism(
        "log lines that cannot be written",
        2,
        (
            (
                "tests/unit/shared/test_sink.py::"
                "test_a_log_call_returns_even_when_its_line_cannot_be_made"
            ),
        ),
        {"shared.observability.logging:_unfailing": structlog.make_filtering_bound_logger},
    ),
    Mechanism(
        "one keeper for every task",
        2,
        ("tests/unit/shared/test_keeping.py::test_whatever_ends_a_loop_it_starts_again",),
        {"shared.runtime.loop:keep": _run_once},
    ),
    Mechanism(
        "lease apart",
        2,
        (
            (
                f"{SHARED}/test_leader.py::"
                "test_the_lease_is_renewed_while_all_connections_of_the_work_are_busy"
            ),
        ),
        {"shared.runtime.leader:connection_of_its_own": lambda database: database},
    ),
    Mechanism(
        "leader lease",
        2,
        (f"{SHARED}/test_leader.py::test_a_frozen_holder_knows_by_itself_that_it_is_over",),
        {"shared.runtime.leader:still_held": _still_held_for_ever},
    ),
    Mechanism(
        "allow-list of the logs",
        8,
        ("tests/unit/shared/test_logging.py::test_only_what_is_allowed_is_written",),
        {"shared.observability.logging:_allowed_only": _everything_told},
    ),
    Mechanism(
        "errors without their words",
        8,
        (
            (
                "tests/unit/shared/test_logging.py::"
                "test_an_error_is_told_by_its_class_and_place_never_by_its_words"
            ),
        ),
        {"shared.observability.logging:_error_without_message": _with_its_words},
    ),
    Mechanism(
        "libraries' errors without their words",
        8,
        (
            (
                "tests/unit/shared/test_logging.py::"
                "test_an_error_that_a_library_logs_keeps_its_words_to_itself"
            ),
        ),
        {"shared.observability.logging:LibraryFormatter": logging.Formatter},
    ),
    Mechanism(
        "answer of the commit",
        2,
        (f"{SHARED}/test_memory_log.py::test_a_commit_answered_by_a_rollback_hands_nothing_over",),
        {"shared.database:_commit": _commit_unread},
    ),
    Mechanism(
        "unknown outcomes hand nothing over",
        2,
        (
            (
                f"{SHARED}/test_memory_log.py::"
                "test_a_commit_of_unknown_outcome_hands_nothing_over_and_is_caught_up"
            ),
        ),
        {"shared.database:_commit": _handed_over_anyway},
    ),
    Mechanism(
        "the path before what nobody waits for",
        11,
        (f"{SHARED}/test_standing.py::test_what_nobody_waits_for_comes_after_the_path",),
        {"shared.connections:stand_back": awaited()},
    ),
    Mechanism(
        "members of arrays are not asked",
        11,
        (f"{SHARED}/test_session_values.py::test_no_member_of_an_array_is_asked_what_it_is",),
        {"shared.session:flat": lambda parameter: parameter},
    ),
    Mechanism(
        "one after the other of what nobody waits for",
        11,
        (
            (
                "tests/unit/shared/test_turns.py::"
                "test_services_that_nobody_waits_for_consume_one_after_the_other"
            ),
        ),
        {"shared.messaging.consumer.loop:_turn": always(nullcontext())},
    ),
    Mechanism(
        "a rush is let pass",
        11,
        ("tests/unit/shared/test_rush.py::test_a_rush_is_let_pass",),
        {"shared.messaging.log.memory:is_rush": always(value=False)},
    ),
    Mechanism(
        "races tried again",
        2,
        (f"{SHARED}/test_batch.py::test_a_race_is_tried_again_at_once",),
        {"shared.runtime.batch:is_race": always(value=False)},
    ),
    Mechanism(
        "crashing items set aside",
        2,
        (
            f"{SHARED}/test_crashes.py::test_an_event_that_killed_three_times_is_held_and_the_others_go_on",
        ),
        {"shared.runtime.batch:crashes": always(value=False)},
    ),
    Mechanism(
        "wary after an unclean end",
        2,
        (f"{SHARED}/test_crashes.py::test_what_a_living_process_has_in_flight_is_not_adopted",),
        {"shared.runtime.in_flight:wary_batches": always(0)},
    ),
    Mechanism(
        "attempts outlive cancellation",
        2,
        (
            f"{SHARED}/test_batch.py::test_attempts_outlive_a_cancellation_for_holding_everything_up",
        ),
        {"shared.runtime.in_flight:held_everything_up": always(value=False)},
    ),
    Mechanism(
        "outages are never held",
        9,
        (f"{SHARED}/test_consuming_trouble.py::test_an_outage_pauses_and_nothing_is_held",),
        {
            "shared.runtime.batch:is_outage": always(value=False),
            "shared.runtime.batch:is_poison": always(value=True),
            "shared.messaging.consumer.work:is_poison": always(value=True),
        },
    ),
    Mechanism(
        "a driver out of step is an outage",
        9,
        (
            f"{SHARED}/test_consuming_trouble.py::test_an_outage_pauses_and_nothing_is_held",
            f"{SHARED}/test_session.py::test_a_connection_out_of_step_is_nobodys",
        ),
        {"shared.outages:is_unusable": always(value=False)},
    ),
    Mechanism(
        "commits by their word",
        2,
        (
            (
                f"{SHARED}/test_session.py::"
                "test_a_commit_that_was_a_rollback_raises_and_hands_nothing_over"
            ),
        ),
        {"shared.database:committed": always(value=True)},
    ),
    Mechanism(
        "dead connections replaced",
        2,
        (
            (
                f"{SHARED}/test_session.py::"
                "test_connections_ended_by_the_server_are_replaced_unnoticed"
            ),
        ),
        {"shared.connections:is_lost": always(value=False)},
    ),
)
