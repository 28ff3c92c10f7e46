"""What keeps promises in intake: the door, the quarantine, identity and the conservation."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from services.intake.domain.people import Merge, People
from services.intake.domain.wire import RawRequest
from services.intake.repository.arrivals import Arrival, Kept
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/intake"


async def _answered_without_storing(_connection: object, arrivals: Sequence[Arrival]) -> list[Kept]:
    return [Kept(arrival.submission_id, duplicate=False) for arrival in arrivals]


def _shown_as_it_came(request: RawRequest, _secrets: Iterable[str]) -> str:
    return request.body.decode("utf-8", "replace")


def _as_they_happened(state: People) -> Mapping[UUID, Merge]:
    return state.merges


INTAKE: tuple[Mechanism, ...] = (
    Mechanism(
        "stored before answered",
        1,
        (f"{HERE}/test_door.py::test_a_native_inquiry_is_kept_before_the_answer",),
        {"services.intake.repository.arrivals:_store_together": _answered_without_storing},
    ),
    Mechanism(
        "row by row",
        1,
        (f"{HERE}/test_door.py::test_one_bad_row_does_not_take_the_others_along",),
        {"services.intake.repository.arrivals:_is_of_data": always(value=False)},
    ),
    Mechanism(
        "idempotency keys",
        2,
        (f"{HERE}/test_idempotency.py::test_native_same_key_same_body",),
        {"services.intake.routes.door.native:key_digest": always(None)},
    ),
    Mechanism(
        "providers' delivery ids",
        2,
        (f"{HERE}/test_idempotency.py::test_hook_same_key_same_body",),
        {"services.intake.routes.door.hooks:key_digest": always(None)},
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
        {"services.intake.repository.arrivals:_earlier": awaited({})},
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
        {"services.intake.use_cases.reading:key_digest": always(None)},
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
        {"services.intake.worker:at_fault": always(value=False)},
    ),
    Mechanism(
        "proof of origin",
        8,
        ((f"{HERE}/test_door_refusals.py::test_unknown_source_and_wrong_signature_look_the_same"),),
        {
            "services.intake.routes.door.hooks:recognised": (
                lambda row, _request, *, now: row is not None and bool(now)
            )
        },
    ),
    Mechanism(
        "masking",
        8,
        ((f"{HERE}/test_submissions.py::test_cookies_and_secrets_are_masked_for_all_but_admin"),),
        {"services.intake.routes.submissions:masked_body": _shown_as_it_came},
    ),
    Mechanism(
        "flat merges",
        10,
        (f"{HERE}/test_identity.py::test_one_batch_gives_what_one_by_one_gives",),
        {"services.intake.use_cases.identify:flattened": _as_they_happened},
    ),
    Mechanism(
        "conservation",
        10,
        (f"{HERE}/test_conservation.py::test_a_planted_deletion_is_found_by_its_id",),
        {"services.intake.use_cases.conservation:now_differing": always([])},
    ),
)
