"""What keeps promises in messaging: order, consuming, catching up, relaying and leading."""

import sys
from typing import Any

import structlog

from shared.database import Session
from shared.messaging.log.kafka.access import USERS, Grant
from shared.messaging.log.protocol import Acknowledged
from shared.runtime.loop import Loop
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

SHARED = "tests/integration/shared"


def _still_held_for_ever(*, moment: float, deadline: float) -> bool:
    return deadline > 0 or moment < 0


def _everything_told(_logger: object, _name: str, entry: dict[str, Any]) -> dict[str, Any]:
    return dict(entry)


def _all_to_all() -> list[Grant]:
    return [Grant(user, "ALL", kind, "*") for user in USERS for kind in ("TOPIC", "GROUP")]


def _with_its_words(_logger: object, _name: str, entry: dict[str, Any]) -> dict[str, Any]:
    given = entry.pop("exc_info", None)
    return {**entry, "error": repr(sys.exc_info()[1])} if given else entry


async def _commit_unread(session: Session, connection: Any) -> None:
    await connection.execute("COMMIT")
    for hook in session.after_commit:
        hook()


def _all_acknowledged(due: Any, places: Any) -> dict[int, Acknowledged]:
    nowhere = Acknowledged(0, 0)
    return {item.id: place or nowhere for item, place in zip(due, places, strict=True)}


async def _run_once(loop: Loop) -> None:
    await loop.run(loop.progress)


MESSAGING: tuple[Mechanism, ...] = (
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
        "grants of the log",
        8,
        (
            (
                "tests/attacks/test_kafka_access.py::"
                "test_what_each_may_write_and_read_is_what_the_catalogue_says"
            ),
        ),
        {"shared.messaging.log.kafka.administration:grants": _all_to_all},
    ),
    Mechanism(
        "stream versions",
        4,
        (
            f"{SHARED}/test_consuming.py::test_a_successor_that_comes_a_batch_early_waits_and_follows",
        ),
        {"shared.messaging.consumer.ordering:is_next": always(value=True)},
    ),
    Mechanism(
        "held events",
        4,
        (
            f"{SHARED}/test_consuming.py::test_a_successor_that_comes_a_batch_early_waits_and_follows",
        ),
        {"shared.messaging.consumer.held:hold": awaited()},
    ),
    Mechanism(
        "fetching of gaps",
        4,
        (f"{SHARED}/test_consuming.py::test_a_lost_event_is_fetched_from_the_producers_journal",),
        {"shared.messaging.consumer.sweep:_fetch": awaited()},
    ),
    Mechanism(
        "unknown streams begin at 0",
        4,
        (f"{SHARED}/test_claiming.py::test_a_gap_on_an_unknown_stream_leaves_it_at_its_beginning",),
        {"shared.messaging.consumer.claims:write_heights": awaited()},
    ),
    Mechanism(
        "bounds of an envelope",
        4,
        (f"{SHARED}/test_poison.py::test_an_envelope_out_of_bounds_is_kept_and_blocks_nothing",),
        {"shared.contracts.envelope:within_bounds": always(value=True)},
    ),
    Mechanism(
        "acknowledged prefix",
        2,
        (f"{SHARED}/test_relay.py::test_only_the_acknowledged_beginning_of_a_stream_is_done",),
        {"shared.messaging.outbox.relay:acknowledged_prefix": _all_acknowledged},
    ),
    Mechanism(
        "catch-up",
        2,
        (
            f"{SHARED}/test_catch_up.py::test_the_last_event_of_a_stream_that_the_log_lost_is_brought",
        ),
        {"shared.messaging.consumer.catch_up:walk_all": awaited()},
    ),
    Mechanism(
        "walk behind the fast path",
        2,
        (f"{SHARED}/test_catch_up.py::test_the_walk_stays_behind_what_the_fast_path_has_in_hand",),
        {"shared.messaging.consumer.fast_path:walk_limit": lambda *, now, in_hand_since: now},
    ),
    Mechanism(
        "answer of the commit",
        2,
        (f"{SHARED}/test_memory_log.py::test_a_commit_answered_by_a_rollback_hands_nothing_over",),
        {"shared.database:_commit": _commit_unread},
    ),
    Mechanism(
        "bounded queues",
        2,
        (
            f"{SHARED}/test_memory_log.py::test_an_overflowing_queue_is_closed_walked_and_opened_again",
        ),
        {"shared.messaging.log.memory:overflows": always(value=False)},
    ),
    Mechanism(
        "races tried again",
        2,
        (f"{SHARED}/test_batch.py::test_a_race_is_tried_again_at_once",),
        {"shared.runtime.batch:is_race": always(value=False)},
    ),
    Mechanism(
        "ceiling of failures",
        2,
        (
            f"{SHARED}/test_consuming_trouble.py::test_when_everything_fails_nothing_more_is_set_aside",
        ),
        {"shared.messaging.consumer.held:too_many": always(value=False)},
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
        (f"{SHARED}/test_crashes.py::test_what_kills_the_process_three_times_is_set_aside",),
        {"shared.runtime.batch:wary_batches": always(0)},
    ),
    Mechanism(
        "attempts outlive cancellation",
        2,
        (
            f"{SHARED}/test_batch.py::test_attempts_outlive_a_cancellation_for_holding_everything_up",
        ),
        {"shared.runtime.batch:held_everything_up": always(value=False)},
    ),
    Mechanism(
        "newer types wait",
        2,
        (f"{SHARED}/test_poison.py::test_a_type_of_newer_code_waits_for_newer_code",),
        {"shared.messaging.consumer.held:release_known": awaited()},
    ),
    Mechanism(
        "journal horizon",
        7,
        (
            f"{SHARED}/test_journal.py::test_a_slow_transactions_lower_id_is_not_passed_by",
            f"{SHARED}/test_catch_up.py::test_a_late_commit_with_a_lower_place_is_not_passed_by",
        ),
        {
            "shared.messaging.outbox.journal:horizon": always(
                "pg_snapshot_xmax(pg_current_snapshot())"
            )
        },
    ),
    Mechanism(
        "rebuilding from nothing",
        7,
        (f"{SHARED}/test_rebuild.py::test_a_projection_is_rebuilt_while_the_consumer_lives",),
        {"shared.messaging.consumer.cursors:forget": awaited()},
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
