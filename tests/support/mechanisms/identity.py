"""What keeps people apart and together in intake: caps, shared lines, merges, splits."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.intake.domain.approaches import Permit
from services.intake.domain.contact_matching import Merge, People
from services.intake.domain.keys import ContactPoint
from shared.contracts.inquiry import ContactDetails
from tests.support.mechanisms.mechanism import Mechanism, always

HERE = "tests/integration/intake"
FIELD = "tests/unit/intake/field"


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


def _whoever_it_is(_consents: object, _refusals: object, points: Sequence[ContactPoint]) -> Permit:
    return Permit(points, ["call"])


async def _only_this_one(_session: object, contact_id: UUID) -> list[UUID]:
    return [contact_id]


async def _all_of_them(_session: object, _list_id: UUID, contact_ids: list[UUID]) -> list[UUID]:
    return contact_ids


IDENTITY: tuple[Mechanism, ...] = (
    Mechanism(
        "a withdrawal outlives a merge",
        8,
        (f"{HERE}/test_consents.py::test_merged_people_keep_both_records_and_part_with_their_own",),
        {"services.intake.use_cases.consents:contacts_of_person": _only_this_one},
    ),
    Mechanism(
        "read again, not made again",
        2,
        (f"{HERE}/test_renormalising.py::test_a_duplicate_stays_one",),
        {"services.intake.domain.renormalising:may_revive": always(value=True)},
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
        "nobody is approached without consent",
        8,
        (
            f"{HERE}/test_approaches.py::test_without_consent_refused_or_erased_nobody_is_approached",
        ),
        {"services.intake.use_cases.approaches:permit_of": _whoever_it_is},
    ),
    Mechanism(
        "a repeated event of a list approaches nobody twice",
        2,
        (f"{HERE}/test_lists.py::test_what_came_of_each_contact_is_told",),
        {"services.intake.repository.approaches:list_new": _all_of_them},
    ),
    Mechanism(
        "a list approaches nobody twice",
        2,
        (f"{HERE}/test_approaches.py::test_who_agreed_becomes_an_inquiry_of_the_source",),
        {"services.intake.use_cases.approaches:_key": always(None)},
    ),
    Mechanism(
        "flat merges",
        10,
        (f"{HERE}/test_identity.py::test_one_batch_gives_what_one_by_one_gives",),
        {"services.intake.use_cases.resolve_contacts:flattened": _as_they_happened},
    ),
)
