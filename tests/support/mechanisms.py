"""The promise table as data: which mechanism keeps which promise, and what it is replaced by.

`README.md` shows the same table; a test keeps the two in step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.messaging.ordering import Verdict

KERNEL = "tests/integration/shared"


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`replacements`: "module:function" → what stands in its place while it is switched off."""

    name: str
    promise: int
    tests: tuple[str, ...]
    replacements: Mapping[str, Any]


def _always(value: Any) -> Callable[..., Any]:
    def answer(*_given: Any, **_named: Any) -> Any:
        return value

    return answer


def _awaited(value: Any = None) -> Callable[..., Any]:
    async def answer(*_given: Any, **_named: Any) -> Any:
        return value

    return answer


def _still_held_for_ever(*, moment: float, deadline: float) -> bool:
    return deadline > 0 or moment < 0


MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism(
        "stream versions",
        4,
        (f"{KERNEL}/test_hearing.py::test_e2_before_e1_twice_each_has_one_effect_each_in_order",),
        {"shared.messaging.ordering:verdict": _always(Verdict.NEXT)},
    ),
    Mechanism(
        "held events",
        4,
        (f"{KERNEL}/test_hearing.py::test_a_successor_that_comes_a_batch_early_waits_and_follows",),
        {"shared.messaging.held:hold": _awaited()},
    ),
    Mechanism(
        "healing of gaps",
        4,
        (f"{KERNEL}/test_hearing.py::test_a_lost_event_is_fetched_from_the_speakers_journal",),
        {"shared.messaging.healing:heal_gaps": _awaited()},
    ),
    Mechanism(
        "acknowledged prefix",
        2,
        (f"{KERNEL}/test_relay.py::test_only_the_acknowledged_beginning_of_a_stream_is_done",),
        {"shared.messaging.relay:acknowledged_prefix": lambda due, _acks: due},
    ),
    Mechanism(
        "own positions",
        2,
        (f"{KERNEL}/test_hearing_trouble.py::test_skipped_records_are_sought_back",),
        {"shared.messaging.partition_batch:beyond": _always(value=False)},
    ),
    Mechanism(
        "outages are never held",
        9,
        (f"{KERNEL}/test_hearing_trouble.py::test_an_outage_pauses_and_nothing_is_held",),
        {
            "shared.messaging.ladder:is_outage": _always(value=False),
            "shared.messaging.ladder:poisonous": _always(value=True),
        },
    ),
    Mechanism(
        "ceiling of failures",
        2,
        (
            (
                f"{KERNEL}/test_hearing_trouble.py::"
                "test_when_everything_fails_nothing_more_is_set_aside"
            ),
        ),
        {"shared.messaging.held:too_many": _always(value=False)},
    ),
    Mechanism(
        "deadly items set aside",
        2,
        (
            (
                f"{KERNEL}/test_ladder.py::"
                "test_a_record_that_killed_three_times_is_held_and_the_others_go_on"
            ),
        ),
        {"shared.messaging.ladder:deadly": _always(value=False)},
    ),
    Mechanism(
        "leader lease",
        2,
        (f"{KERNEL}/test_leader.py::test_a_frozen_holder_knows_by_itself_that_it_is_over",),
        {"shared.messaging.leader:still_held": _still_held_for_ever},
    ),
    Mechanism(
        "refilling of a wiped log",
        2,
        (f"{KERNEL}/test_relay.py::test_a_wiped_log_is_filled_again_from_the_journal",),
        {"shared.messaging.relay:refill_if_new": _awaited(value=False)},
    ),
    Mechanism(
        "newer types wait",
        2,
        (f"{KERNEL}/test_hearing_trouble.py::test_a_type_of_newer_code_waits_for_newer_code",),
        {"shared.messaging.healing:retry_unknown": _awaited()},
    ),
    Mechanism(
        "journal horizon",
        7,
        (f"{KERNEL}/test_journal.py::test_a_slow_transactions_lower_id_is_not_passed_by",),
        {"shared.messaging.journal:horizon": _always("pg_snapshot_xmax(pg_current_snapshot())")},
    ),
    Mechanism(
        "healing of lost positions",
        7,
        (f"{KERNEL}/test_hearing_trouble.py::test_a_lost_position_is_healed_from_the_journal",),
        {"shared.messaging.healing:heal_topic": _awaited()},
    ),
    Mechanism(
        "completion from own voice",
        7,
        (f"{KERNEL}/test_own_voice.py::test_a_restored_speaker_goes_on_above_what_was_heard",),
        {"shared.messaging.relay:complete_from_own_voice": _awaited(0)},
    ),
)
