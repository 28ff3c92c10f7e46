"""What keeps a timeline as it was written: guards, chains, roots of days, months."""

from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HISTORY = "tests/integration/history"
CHAIN = "services.history.use_cases.chain"

TIMELINES: tuple[Mechanism, ...] = (
    Mechanism(
        "a timeline is only added to",
        8,
        (f"{HISTORY}/test_append_only.py::test_what_was_written_stays",),
        {"services.history.migrations.append_only:guards": always(())},
    ),
    Mechanism(
        "entries are held against their links",
        8,
        (f"{HISTORY}/test_chains.py::test_a_person_is_verified_under_every_contact_id_and_lead",),
        {f"{CHAIN}.verify:first_difference": always(None)},
    ),
    Mechanism(
        "each link holds the one before it",
        8,
        ("tests/unit/history/test_chains.py::test_the_first_place_that_differs_is_named",),
        {"services.history.domain.chains:link_hash": always(bytes(32))},
    ),
    Mechanism(
        "a day's root pins its links",
        8,
        (f"{HISTORY}/test_day_roots.py::test_a_chain_that_was_written_anew_is_found_by_its_day",),
        {
            f"{CHAIN}.seal:merkle_root": always(bytes(32)),
            f"{CHAIN}.verify:merkle_root": always(bytes(32)),
        },
    ),
    Mechanism(
        "blanked words leave no salt",
        8,
        (f"{HISTORY}/test_chains.py::test_blanked_words_stay_sealed_and_cannot_be_guessed",),
        {"services.history.repository.blanking:_unsalt": awaited()},
    ),
    Mechanism(
        "nothing is sealed while it is blanked",
        8,
        (f"{HISTORY}/test_chains.py::test_an_entry_being_sealed_while_its_person_is_forgotten",),
        {f"{CHAIN}.seal:guard_erasure": awaited()},
    ),
    Mechanism(
        "months of a replay are opened",
        7,
        (
            (
                f"{HISTORY}/test_months.py::"
                "test_old_months_of_a_replay_are_opened_before_they_are_written"
            ),
        ),
        {"services.history.use_cases.project:unusual_months": always([])},
    ),
)
