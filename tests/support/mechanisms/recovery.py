"""What keeps a restored producer from giving versions that were heard to other events."""

from tests.support.mechanisms.mechanism import Mechanism, always, awaited

TESTS = "tests/integration/shared/test_recovery.py"
LIVES = "tests/integration/shared/test_recovery_lives.py"

RECOVERY: tuple[Mechanism, ...] = (
    Mechanism(
        "closed outbox",
        7,
        (f"{TESTS}::test_nothing_is_emitted_or_sent_while_the_gate_is_closed",),
        {"shared.messaging.outbox.publish:is_open": always("true")},
    ),
    Mechanism(
        "completion from the log",
        7,
        (f"{TESTS}::test_what_the_log_has_returns_with_its_ids",),
        {"shared.messaging.outbox.put_back:put_back": awaited(0)},
    ),
    Mechanism(
        "asking the consumers",
        7,
        (f"{TESTS}::test_what_only_a_consumer_has_heard_becomes_a_gap_that_everybody_passes",),
        {"shared.messaging.outbox.put_back:behind": awaited({})},
    ),
    Mechanism(
        "waiting for writers",
        7,
        (f"{TESTS}::test_who_began_to_emit_before_the_gate_closed_is_waited_for",),
        {"shared.messaging.outbox.gate:await_writers": awaited()},
    ),
    Mechanism(
        "numbers of another cluster",
        7,
        (f"{TESTS}::test_a_dump_that_was_brought_back_is_another_life_and_can_be_walked",),
        {"shared.messaging.outbox.gate:renumber": awaited()},
    ),
    Mechanism(
        "records of other lives",
        7,
        (f"{LIVES}::test_a_record_of_another_life_has_no_effect_before_ours_has_come",),
        {"shared.messaging.consumer.lives:same_life": always(value=True)},
    ),
    Mechanism(
        "other logs are left behind",
        7,
        (f"{LIVES}::test_what_a_log_left_behind_has_is_passed_over_when_it_is_used_again",),
        {"shared.messaging.outbox.gate:leave_other_logs": awaited(value=False)},
    ),
)
