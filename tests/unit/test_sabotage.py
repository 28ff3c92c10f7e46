"""What counts as red while a mechanism is switched off."""

import pytest

from tests.support.mechanisms import Mechanism
from tests.support.sabotage import red_in
from tests.support.sabotage_children import Said

ONE, OTHER = "tests/test_a.py::test_one", "tests/test_a.py::test_other"
SUMMARY = f"F\n=== short test summary info ===\nFAILED {ONE} - assert 1 == 2\n"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((0, "1 passed in 0.1s"), "1 passed in 0.1s"),
        ((1, f"E\nERROR {ONE} - OSError\n1 error in 0.1s"), "1 error in 0.1s"),
        ((1, f"{SUMMARY}1 failed, 1 passed"), f"1 failed, 1 passed; but not {OTHER}"),
        ((4, f"{SUMMARY}ERROR: not found"), "ERROR: not found"),
        ((None, "no end within 300 s"), "no end within 300 s"),
        ((2, ""), "exit 2"),
    ],
)  # fmt: skip
def test_what_is_not_red(said: Said, words: str) -> None:
    assert red_in(Mechanism("a mechanism", 1, (ONE, OTHER), {}), said) == (False, words)


def test_each_of_its_tests_has_to_fail() -> None:
    said = (1, f"{SUMMARY}FAILED {OTHER}[a case] - assert\n2 failed in 0.1s")
    mechanism = Mechanism("a mechanism", 1, (ONE, OTHER), {})
    assert red_in(mechanism, said) == (True, "2 failed in 0.1s")
