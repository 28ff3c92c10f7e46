"""What keeps promises in the customer base: cards, labels, segments, exports."""

from collections.abc import Sequence
from uuid import UUID

from services.history.repository.cards.touched import Due
from shared.database import reading
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

FOLDER = "tests/integration/history/customers"


def _all_together(due: Sequence[Due]) -> list[UUID]:
    return [item.person_id for item in due]


def _as_it_stands(text: str) -> str:
    return text


CUSTOMERS: tuple[Mechanism, ...] = (
    Mechanism(
        "cards are their owners'",
        8,
        (f"{FOLDER}/test_cards.py::test_a_manager_sees_persons_of_own_leads_only",),
        {"services.history.use_cases.cards.show:may_see": awaited(value=True)},
    ),
    Mechanism(
        "a card is of one moment",
        7,
        (f"{FOLDER}/test_cards.py::test_a_card_is_of_one_moment",),
        {"services.history.routes.contacts:snapshot": reading},
    ),
    Mechanism(
        "labels by the last change",
        2,
        (f"{FOLDER}/test_labels.py::test_whoever_has_not_seen_the_last_change_is_refused",),
        {"services.history.repository.cards.labels:get_version": awaited(0)},
    ),
    Mechanism(
        "erasure of cards",
        8,
        (f"{FOLDER}/test_labels.py::test_nothing_is_left_of_an_erased_person",),
        {"services.history.use_cases.erasure:blank_cards": awaited()},
    ),
    Mechanism(
        "cards stay while entries come again",
        7,
        (f"{FOLDER}/test_computing.py::test_while_entries_come_again_cards_stay",),
        {"services.history.repository.cards.touched:replay_began_at": awaited()},
    ),
    Mechanism(
        "large cards alone",
        11,
        (f"{FOLDER}/test_computing.py::test_a_person_of_very_many_entries_is_computed_alone",),
        {"services.history.use_cases.cards.refresh:lot": _all_together},
    ),
    Mechanism(
        "members restored from events",
        7,
        (f"{FOLDER}/test_segments.py::test_a_restored_backup_tells_nobody_twice",),
        {"services.history.use_cases.restore:restore_members": awaited()},
    ),
    Mechanism(
        "a sweep looks at whom time has passed",
        8,
        (f"{FOLDER}/test_segments.py::test_a_sweep_looks_at_whom_time_has_passed",),
        {"services.history.use_cases.segments.membership:passed": always(value=())},
    ),
    Mechanism(
        "segments move with time",
        2,
        (f"{FOLDER}/test_segments.py::test_time_alone_brings_somebody_in",),
        {"services.history.domain.segments.tree:is_relative": always(value=False)},
    ),
    Mechanism(
        "an export shows how far it is",
        11,
        (f"{FOLDER}/test_export_runs.py::test_whoever_waits_sees_how_far_an_export_is",),
        {"services.history.repository.segments.exports:note_export": awaited("running")},
    ),
    Mechanism(
        "a preview has its time",
        8,
        (
            (
                f"{FOLDER}/test_preview.py::"
                "test_where_counting_takes_too_long_it_is_estimated_and_says_so"
            ),
        ),
        {"services.history.use_cases.segments.preview:limit_time": awaited()},
    ),
    Mechanism(
        "no formulas in exports",
        11,
        (f"{FOLDER}/test_export.py::test_csv_and_xlsx_hold_every_member_once",),
        {"shared.spreadsheets:harmless": _as_it_stands},
    ),
    Mechanism(
        "a card counts what was sold once",
        2,
        (
            f"{FOLDER}/test_bought_once.py::test_a_win_and_the_order_of_its_amount_are_one_purchase",
            "tests/unit/history/customers/test_purchases.py::test_cards_and_sales_tell_the_same",
        ),
        {"services.history.domain.purchases:orders_of_wins": always({})},
    ),
    Mechanism(
        "cards follow the rule of one sale",
        2,
        (f"{FOLDER}/test_bought_once.py::test_cards_follow_the_rule_of_one_sale",),
        {"services.history.handlers:follow_sale_rule": awaited()},
    ),
)
