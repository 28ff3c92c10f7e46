"""What keeps promises about telephone calls: one call, one inquiry, with all that is told of it."""

from dataclasses import replace
from uuid import UUID

from services.intake.domain.calls import CallFacts, facts_of
from services.intake.domain.requests import CallReport
from services.intake.repository import calls
from services.intake.repository.calls import CallRow
from shared.database import Row
from shared.ids import new_id
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/intake"
_remembered = calls._call_row


def _open_again(row: Row) -> CallRow:
    return replace(_remembered(row), inquiry_id=None, observation_id=None)


def _another_id(_source_id: UUID, _call_id: str) -> UUID:
    return new_id()


def _only_the_last(_facts: CallFacts, report: CallReport) -> CallFacts:
    return facts_of(report)


CALLS: tuple[Mechanism, ...] = (
    Mechanism(
        "one call, one inquiry",
        2,
        (f"{HERE}/test_calls.py::test_an_end_that_is_told_twice_changes_nothing",),
        {
            "services.intake.repository.calls:_call_row": _open_again,
            "services.intake.use_cases.hear_calls:call_inquiry_id": _another_id,
        },
    ),
    Mechanism(
        "what is told before the end",
        2,
        (f"{HERE}/test_calls.py::test_a_recording_before_the_end_is_kept_for_it",),
        {"services.intake.use_cases.hear_calls:folded": _only_the_last},
    ),
    Mechanism(
        "what is told after the end",
        2,
        (f"{HERE}/test_calls.py::test_a_late_recording_changes_the_inquiry",),
        {"services.intake.use_cases.change_calls:changes_of": always({})},
    ),
    Mechanism(
        "calls without an end",
        2,
        (
            (
                f"{HERE}/test_calls.py::"
                "test_a_call_whose_end_is_never_told_becomes_an_inquiry_by_itself"
            ),
        ),
        {"services.intake.repository.calls:list_overdue": awaited([])},
    ),
    Mechanism(
        "two sources, one call",
        2,
        (f"{HERE}/test_call_joining.py::test_whoever_tells_first_the_other_adds_what_it_knows",),
        {"services.intake.use_cases.hear_calls:same_call": always(None)},
    ),
    Mechanism(
        "calls after a restored backup",
        7,
        (
            (
                f"{HERE}/test_restoring.py::"
                "test_a_call_that_is_restored_is_not_made_again_and_takes_its_recording"
            ),
        ),
        {"services.intake.repository.calls:restore_calls": awaited()},
    ),
)
