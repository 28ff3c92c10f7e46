"""What keeps a restored producer from giving versions that were heard to other events."""

from datetime import datetime

from services.routing.domain.restored_leads import LeadRow
from services.routing.domain.restored_leases import Lease
from shared.contracts.leads import LeadEvent
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

TESTS = "tests/integration/shared/test_recovery.py"
LIVES = "tests/integration/shared/test_recovery_lives.py"
ROUTING = "tests/integration/routing/test_restoring.py"
HISTORY = "tests/integration/history/test_restoring.py"
INTAKE = "tests/integration/intake/test_restoring.py"
SCHEMAS = "tests/integration/test_schemas.py"


def _as_opened(lead: LeadRow, _event: LeadEvent) -> LeadRow:
    return lead


def _as_it_was(lease: Lease, *, now: datetime) -> Lease:
    assert now.tzinfo is not None
    return lease


RECOVERY: tuple[Mechanism, ...] = (
    Mechanism(
        "tables of another version refused",
        7,
        (f"{SCHEMAS}::test_tables_of_another_version_are_named_and_left_alone",),
        {"shared.migrations:_refuse_other_tables": always(None)},
    ),
    Mechanism(
        "closed outbox",
        7,
        (f"{TESTS}::test_nothing_is_emitted_or_sent_while_the_gate_is_closed",),
        {"shared.messaging.outbox.publish:is_open": always("true")},
    ),
    Mechanism(
        "completion from the log",
        7,
        (f"{TESTS}::test_what_the_log_has_returns_with_its_ids_and_the_service_is_told",),
        {"shared.messaging.outbox.put_back:put_back": awaited(0)},
    ),
    Mechanism(
        "tables after the journal",
        7,
        (f"{TESTS}::test_what_the_log_has_returns_with_its_ids_and_the_service_is_told",),
        {"shared.messaging.outbox.put_back:facts_of": always([])},
    ),
    Mechanism(
        "restored leads",
        7,
        (f"{ROUTING}::test_a_restored_service_goes_on_with_owner_stage_and_version",),
        {"services.routing.domain.restoring:advance": _as_opened},
    ),
    Mechanism(
        "restored reservations",
        5,
        (f"{ROUTING}::test_a_restored_service_goes_on_with_owner_stage_and_version",),
        {"services.routing.repository.restored.managers:count_reservations": awaited([])},
    ),
    Mechanism(
        "new terms after an absence",
        9,
        (f"{ROUTING}::test_a_deadline_that_passed_while_we_were_away_begins_anew",),
        {"services.routing.domain.restoring:renewed": _as_it_was},
    ),
    Mechanism(
        "tables before new events",
        7,
        (f"{ROUTING}::test_a_restored_service_goes_on_with_owner_stage_and_version",),
        {"services.routing.handlers:require_open": awaited()},
    ),
    Mechanism(
        "inquiries of restored leads",
        7,
        (f"{ROUTING}::test_what_inquiries_say_comes_back_with_them",),
        {"services.routing.use_cases.receive:complete": awaited()},
    ),
    Mechanism(
        "restored activities",
        7,
        (f"{HISTORY}::test_what_waited_in_the_backup_and_was_emitted_since_is_not_emitted_again",),
        {"services.history.repository.activities:restore": awaited()},
    ),
    Mechanism(
        "restored people",
        7,
        (f"{INTAKE}::test_restored_people_and_inquiries_are_those_that_were_lost",),
        {"services.intake.use_cases.restore:write_people": awaited()},
    ),
    Mechanism(
        "restored inquiries",
        7,
        (f"{INTAKE}::test_what_was_pending_in_the_backup_is_not_normalised_again",),
        {"services.intake.use_cases.restore:write_inquiries": awaited()},
    ),
    Mechanism(
        "erasures outlive a restore",
        8,
        (f"{INTAKE}::test_of_an_erased_person_nothing_comes_back",),
        {"services.intake.use_cases.restore:erased_among": awaited(set())},
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
