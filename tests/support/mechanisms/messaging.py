"""What keeps promises in messaging: order, consuming, relaying and the journal."""

from collections.abc import Sequence
from typing import Any

from deploy.kafka.access import USERS, Grant
from shared.contracts.envelope import Stream
from shared.database import Row, Session
from shared.messaging.consumer.held import blame_first, waiting_of
from shared.messaging.consumer.ordering import Waiting
from shared.messaging.log.protocol import Acknowledged
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

SHARED = "tests/integration/shared"
TROUBLE = f"{SHARED}/test_consuming_trouble.py"


def _all_to_all() -> list[Grant]:
    return [Grant(user, "ALL", kind, "*") for user in USERS for kind in ("TOPIC", "GROUP")]


def _all_acknowledged(due: Any, places: Any) -> dict[int, tuple[str, Acknowledged]]:
    nowhere = Acknowledged(0, 0)
    pairs = zip(due.items(), places, strict=True)
    return {number: (item.topic, place or nowhere) for (number, item), place in pairs}


def _never_tried_again(rows: Sequence[Row], *, limit: int, retry_faults: bool) -> Waiting:
    return waiting_of(rows, limit=limit, retry_faults=retry_faults and limit < 0)


async def _blamed_without_a_pause(
    session: Session, stream: Stream, *, reason: str, detail: str | None
) -> None:
    await blame_first(session, stream, reason=reason, detail=detail)
    await session.execute("UPDATE held SET retry_at = clock_timestamp() WHERE reason = 'fault'")


MESSAGING: tuple[Mechanism, ...] = (
    Mechanism(
        "grants of the log",
        8,
        (
            (
                "tests/attacks/test_kafka_access.py::"
                "test_what_each_may_write_and_read_is_what_the_catalogue_says"
            ),
        ),
        {"deploy.kafka.administration:grants": _all_to_all},
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
        "bounded queues",
        2,
        (
            f"{SHARED}/test_memory_log.py::test_an_overflowing_queue_is_closed_walked_and_opened_again",
        ),
        {"shared.messaging.log.memory:overflows": always(value=False)},
    ),
    Mechanism(
        "faults tried again",
        2,
        (f"{TROUBLE}::test_a_fault_of_our_own_holds_its_stream_and_is_tried_again",),
        {"shared.messaging.consumer.held:waiting_of": _never_tried_again},
    ),
    Mechanism(
        "faults tried later each time",
        2,
        (f"{TROUBLE}::test_a_fault_of_our_own_holds_its_stream_and_is_tried_again",),
        {"shared.messaging.consumer.held:blame_first": _blamed_without_a_pause},
    ),
    Mechanism(
        "ceiling of failures",
        2,
        (f"{TROUBLE}::test_when_everything_fails_nothing_more_is_set_aside",),
        {"shared.messaging.consumer.held:too_many": always(value=False)},
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
)
