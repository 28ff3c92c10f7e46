"""What keeps promises in the kernel: order, hearing, relaying, leading and healing."""

import sys
from typing import Any

import structlog

from shared.messaging.consumer.ordering import Verdict
from shared.messaging.log.kafka.access import USERS, Grant
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


async def _run_once(loop: Loop) -> None:
    await loop.run(loop.progress)


KERNEL: tuple[Mechanism, ...] = (
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
        "stream versions",
        4,
        (f"{SHARED}/test_hearing.py::test_e2_before_e1_twice_each_has_one_effect_each_in_order",),
        {"shared.messaging.consumer.ordering:verdict": always(Verdict.NEXT)},
    ),
    Mechanism(
        "held events",
        4,
        (f"{SHARED}/test_hearing.py::test_a_successor_that_comes_a_batch_early_waits_and_follows",),
        {"shared.messaging.consumer.held:hold": awaited()},
    ),
    Mechanism(
        "healing of gaps",
        4,
        (f"{SHARED}/test_hearing.py::test_a_lost_event_is_fetched_from_the_speakers_journal",),
        {"shared.messaging.healing:heal_gaps": awaited()},
    ),
    Mechanism(
        "acknowledged prefix",
        2,
        (f"{SHARED}/test_relay.py::test_only_the_acknowledged_beginning_of_a_stream_is_done",),
        {"shared.messaging.outbox.relay:acknowledged_prefix": lambda due, _acks: due},
    ),
    Mechanism(
        "own positions",
        2,
        (f"{SHARED}/test_hearing_trouble.py::test_skipped_records_are_sought_back",),
        {"shared.messaging.partition_batch:beyond": always(value=False)},
    ),
    Mechanism(
        "outages are never held",
        9,
        (f"{SHARED}/test_hearing_trouble.py::test_an_outage_pauses_and_nothing_is_held",),
        {
            "shared.runtime.batch:is_outage": always(value=False),
            "shared.runtime.batch:poisonous": always(value=True),
        },
    ),
    Mechanism(
        "ceiling of failures",
        2,
        (
            (
                f"{SHARED}/test_hearing_trouble.py::"
                "test_when_everything_fails_nothing_more_is_set_aside"
            ),
        ),
        {"shared.messaging.consumer.held:too_many": always(value=False)},
    ),
    Mechanism(
        "deadly items set aside",
        2,
        (
            (
                f"{SHARED}/test_ladder.py::"
                "test_a_record_that_killed_three_times_is_held_and_the_others_go_on"
            ),
        ),
        {"shared.runtime.batch:deadly": always(value=False)},
    ),
    Mechanism(
        "attempts outlive cancellation",
        2,
        (
            (
                f"{SHARED}/test_ladder.py::"
                "test_attempts_outlive_a_cancellation_for_holding_everything_up"
            ),
        ),
        {"shared.runtime.batch:held_everything_up": always(value=False)},
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
        "refilling of a wiped log",
        2,
        (f"{SHARED}/test_relay.py::test_a_wiped_log_is_filled_again_from_the_journal",),
        {"shared.messaging.outbox.relay:refill_if_new": awaited(value=False)},
    ),
    Mechanism(
        "newer types wait",
        2,
        (f"{SHARED}/test_hearing_trouble.py::test_a_type_of_newer_code_waits_for_newer_code",),
        {"shared.messaging.healing:retry_unknown": awaited()},
    ),
    Mechanism(
        "journal horizon",
        7,
        (f"{SHARED}/test_journal.py::test_a_slow_transactions_lower_id_is_not_passed_by",),
        {
            "shared.messaging.outbox.journal:horizon": always(
                "pg_snapshot_xmax(pg_current_snapshot())"
            )
        },
    ),
    Mechanism(
        "healing of lost positions",
        7,
        (f"{SHARED}/test_hearing_trouble.py::test_a_lost_position_is_healed_from_the_journal",),
        {"shared.messaging.healing:heal_topic": awaited()},
    ),
    Mechanism(
        "completion from own voice",
        7,
        (f"{SHARED}/test_own_voice.py::test_a_restored_speaker_goes_on_above_what_was_heard",),
        {"shared.messaging.outbox.relay:complete_from_own_voice": awaited(0)},
    ),
    Mechanism(
        "rebuilding from nothing",
        7,
        (
            (
                f"{SHARED}/test_journal.py::"
                "test_a_projection_is_rebuilt_from_the_journals_while_the_consumer_lives"
            ),
        ),
        {"shared.messaging.consumer.rebuild:_empty": awaited()},
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
)
