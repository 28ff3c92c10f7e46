"""What keeps promises about spam and repeats: no judgement loses or doubles anything."""

from dataclasses import replace

from services.intake.domain.requests import Content
from services.intake.use_cases.interpret import Reading
from tests.support.mechanisms.mechanism import Mechanism, always, awaited

HERE = "tests/integration/intake"


def _thrown_away(reading: Reading) -> Reading:
    return replace(reading, content=Content())


SPAM: tuple[Mechanism, ...] = (
    Mechanism(
        "spam waits for a person",
        3,
        (f"{HERE}/test_spam.py::test_spam_is_set_aside_whole_and_nobody_is_told",),
        {"services.intake.use_cases.judgement:_set_aside": _thrown_away},
    ),
    Mechanism(
        "released once",
        2,
        (f"{HERE}/test_spam.py::test_what_is_released_becomes_one_inquiry",),
        {"services.intake.use_cases.repair:_is_releasable": always(value=True)},
    ),
    Mechanism(
        "a window for repeats",
        2,
        (f"{HERE}/test_windows.py::test_within_the_window_the_same_words_are_one_inquiry",),
        {"services.intake.use_cases.windows:words_digest": always(value=None)},
    ),
    Mechanism(
        "customers are not blocked",
        3,
        (f"{HERE}/test_blocked.py::test_customers_and_our_own_points_are_never_learned",),
        {"services.intake.repository.spam:find_customers_points": awaited(frozenset())},
    ),
)
