"""What keeps promises in intake: the door, the quarantine, identity and reconciliation."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from email.message import Message
from uuid import UUID

from services.intake.channels.parsing import raw_mail
from services.intake.domain.contact_matching import Merge, People
from services.intake.domain.keys import ContactPoint
from services.intake.domain.requests import Content
from services.intake.domain.threads import Answered, ThreadMail
from services.intake.repository.arrivals import Arrival, Receipt
from shared.contracts.inquiry import ContactDetails
from shared.ids import new_id
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/intake"
ATTACKS = "tests/attacks"
FIELD = "tests/unit/intake/field"


async def _answered_without_storing(
    _connection: object, arrivals: Sequence[Arrival]
) -> list[Receipt]:
    return [Receipt(arrival.submission_id, duplicate=False) for arrival in arrivals]


def _marks_nothing(words: Mapping[str, str]) -> str:
    return (
        f"CREATE FUNCTION {words['name']}() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NULL; END $$"
    )


def _as_they_happened(state: People) -> Mapping[UUID, Merge]:
    return state.merges


def _every_point(contact: ContactDetails, *, channel: str) -> tuple[ContactPoint, ...]:
    del channel
    return (
        *(ContactPoint("phone", phone) for phone in contact.phones),
        *(ContactPoint("email", email) for email in contact.emails),
    )


def _as_it_is(contact: ContactDetails, *_source: object, line: str | None) -> ContactDetails:
    del line
    return contact


class _Uncut(raw_mail._Part):
    """A part whose headers are as long as they came."""

    def set_raw(self, name: str, value: str) -> None:
        Message.set_raw(self, name, value)


def _whoever_sent_it(
    _ids: object, _draft: object, known: Mapping[bytes, ThreadMail], digests: Iterable[bytes]
) -> Answered | None:
    mails = [known[digest] for digest in digests if digest in known]
    return Answered(mails[0].inquiry_id, mails[0].contact_id) if mails else None


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
        {"services.intake.use_cases.interpret:key_digest": always(None)},
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
        "caps of reading",
        3,
        (
            (
                "tests/attacks/reading/test_reading_takes_its_share.py::"
                "test_time_grows_with_the_size_and_stays_small[raw_mail.read]"
            ),
        ),
        {
            "services.intake.channels.parsing.raw_mail:_bounded": str,
            "services.intake.channels.parsing.raw_mail:_Part": _Uncut,
        },
    ),
    Mechanism(
        "caps on identity",
        8,
        (
            "tests/unit/intake/test_identity_resolution.py::test_an_inquiry_that_names_a_list_joins_nobody",
        ),
        {
            "services.intake.domain.identity_resolution:names_too_many": always(value=False),
            "services.intake.domain.identity_resolution:contact_points": _every_point,
        },
    ),
    Mechanism(
        "a known mail's id joins no stranger",
        8,
        (f"{HERE}/test_mail_threads.py::test_a_stranger_who_knows_an_id_joins_nobody",),
        {"services.intake.use_cases.mail_threads:answered_by": _whoever_sent_it},
    ),
    Mechanism(
        "merges only where allowed",
        8,
        (
            (
                "tests/unit/intake/test_identity_resolution.py::"
                "test_a_source_that_may_not_only_proposes_and_tells_nobodys_card_of_others"
            ),
        ),
        {"services.intake.domain.identity_resolution:_may_merge": always(value=True)},
    ),
    Mechanism(
        "lines behind extensions",
        8,
        (f"{FIELD}/test_c_shared_lines.py::test_colleagues_behind_one_switchboard_are_two_people",),
        {"services.intake.domain.identity_resolution:leads_further": always(value=False)},
    ),
    Mechanism(
        "the company's own points",
        8,
        (f"{FIELD}/test_c_shared_lines.py::test_the_companys_points_are_nobodys_in_any_channel",),
        {"services.intake.channels.parsing.own_points:set_apart": _as_it_is},
    ),
    Mechanism(
        "split",
        10,
        (f"{HERE}/test_splitting.py::test_undoing_a_merge_gives_each_their_own_again",),
        {"services.intake.domain.merging:changed": always({})},
    ),
    Mechanism(
        "flat merges",
        10,
        (f"{HERE}/test_identity.py::test_one_batch_gives_what_one_by_one_gives",),
        {"services.intake.use_cases.resolve_contacts:flattened": _as_they_happened},
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
