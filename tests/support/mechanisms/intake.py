"""What keeps promises in intake: the door, the quarantine and reconciliation."""

import asyncio
from collections.abc import Mapping, Sequence

from services.intake.domain.requests import Content
from services.intake.repository.arrivals import Arrival, Receipt
from shared.ids import new_id
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/intake"
ATTACKS = "tests/attacks"


async def _answered_without_storing(
    _connection: object, arrivals: Sequence[Arrival]
) -> list[Receipt]:
    return [Receipt(arrival.submission_id, duplicate=False) for arrival in arrivals]


def _marks_nothing(words: Mapping[str, str]) -> str:
    return (
        f"CREATE FUNCTION {words['name']}() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NULL; END $$"
    )


def _whatever_became_of_it(done: "asyncio.Future[Receipt]") -> Receipt:
    receipt = done.exception() is None and done.result()
    return receipt or Receipt(new_id(), duplicate=False)


INTAKE: tuple[Mechanism, ...] = (
    Mechanism(
        "stored before answered",
        1,
        (f"{HERE}/test_door.py::test_a_native_inquiry_is_kept_before_the_answer",),
        {"services.intake.repository.arrivals:_store_together": _answered_without_storing},
    ),
    Mechanism(
        "only commits are answered directly",
        1,
        ((f"{HERE}/test_direct.py::test_a_commit_of_unknown_end_is_refused_the_ordinary_way"),),
        {"services.intake.routes.ingest.direct:committed": _whatever_became_of_it},
    ),
    Mechanism(
        "what a doubled member replaces is kept",
        2,
        (
            (
                "tests/unit/intake/test_native.py::"
                "test_of_a_member_that_is_there_twice_the_others_are_kept_beside"
            ),
        ),
        {"services.intake.channels.parsing.json_text:_by_place": always({})},
    ),
    Mechanism(
        "what a hook says twice is kept",
        2,
        (
            (
                "tests/unit/intake/test_said_twice.py::"
                "test_of_a_member_that_is_there_twice_the_last_one_counts_and_the_others_are_kept"
            ),
        ),
        {"services.intake.channels.parsing.json_text:_beside": dict},
    ),
    Mechanism(
        "row by row",
        1,
        (f"{HERE}/test_door.py::test_one_bad_row_does_not_take_the_others_along",),
        {"services.intake.repository.arrivals:_is_of_data": always(value=False)},
    ),
    Mechanism(
        "ready means the writer answers",
        1,
        (
            (
                f"{HERE}/test_keepers.py::"
                "test_ready_means_that_the_writer_can_store_and_leaves_no_row"
            ),
        ),
        {"services.intake.api:check_writer": awaited()},
    ),
    Mechanism(
        "idempotency keys",
        2,
        (f"{HERE}/test_idempotency.py::test_native_same_key_same_body",),
        {"services.intake.routes.ingest.native:key_digest": always(None)},
    ),
    Mechanism(
        "providers' delivery ids",
        2,
        (f"{HERE}/test_idempotency.py::test_hook_same_key_same_body",),
        {"services.intake.routes.ingest.hooks:key_digest": always(None)},
    ),
    Mechanism(
        "first receipts",
        2,
        (
            (
                f"{HERE}/test_door.py::"
                "test_a_lost_commit_answer_is_503_and_the_retry_gets_the_same_receipt"
            ),
        ),
        {"services.intake.repository.arrivals:find_earlier": awaited({})},
    ),
    Mechanism(
        "ids inside bodies",
        2,
        (
            (
                f"{HERE}/test_idempotency.py::"
                "test_body_level_ids_give_an_own_receipt_and_the_first_ones_inquiries"
            ),
        ),
        {"services.intake.use_cases.interpret:key_digest": lambda _key: new_id().bytes},
    ),
    Mechanism(
        "quarantine",
        3,
        (
            (
                f"{HERE}/test_normaliser.py::"
                "test_a_channel_that_stumbles_costs_one_submission_not_the_batch"
            ),
        ),
        {"services.intake.use_cases.interpret:_stumbled": always(Content())},
    ),
    Mechanism(
        "deadline of reading",
        3,
        (
            (
                f"{HERE}/test_reading_apart.py::"
                "test_a_hostile_body_is_set_aside_with_its_reason[SPIN_IN_C-too_slow-True]"
            ),
        ),
        {"shared.sandbox.process:deadlines": always((3600.0, 3600.0))},
    ),
    Mechanism(
        "only reading blames content",
        3,
        (
            (
                f"{HERE}/test_reading_apart.py::"
                "test_a_fault_of_ours_in_writing_blames_nobody_and_stops_nobody"
            ),
        ),
        {"services.intake.use_cases.settling:is_fault_of_content": always(value=True)},
    ),
    Mechanism(
        "ceiling of blame",
        3,
        (
            (
                f"{HERE}/test_reading_apart.py::"
                "test_when_everything_stumbles_nobody_is_blamed_any_more"
            ),
        ),
        {"services.intake.use_cases.failures:exceeds_ceiling": always(value=False)},
    ),
    Mechanism(
        "reconciliation",
        10,
        (f"{HERE}/test_reconciliation.py::test_a_planted_deletion_is_found_by_its_id",),
        {"services.intake.use_cases.compare:differing_beginnings": always([])},
    ),
    Mechanism(
        "marks of changed minutes",
        10,
        (
            (
                "tests/integration/shared/test_digests.py::"
                "test_a_late_change_of_a_counted_minute_shows"
            ),
            f"{HERE}/test_reconciliation.py::test_a_late_inquiry_in_a_minute_that_was_compared",
        ),
        {"shared.reconciliation.schema:marks_minutes": _marks_nothing},
    ),
)
