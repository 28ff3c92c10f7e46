"""What may become an inquiry by being read again."""

import pytest

from services.intake.domain.renormalising import leaves, may_revive


@pytest.mark.parametrize(
    ("state", "reason", "may"),
    [
        ("quarantined", "bad_json", True),
        ("ignored", "no_inquiry", True),
        ("quarantined", "spam", False),
        ("ignored", "rejected", False),
        ("ignored", "duplicate", False),
        ("ignored", "call_phase", False),
        ("quarantined", "proof_reused", False),
        ("normalised", None, False),
        ("pending", None, False),
    ],
)
def test_only_what_its_own_reading_set_aside(state: str, reason: str | None, may: bool) -> None:
    assert may_revive(state, reason) is may


def test_differences_are_told_place_by_place() -> None:
    before = {"a": {"b": 1, "c": 2}, "d": [1]}
    after = {"a": {"b": 1, "c": 3}, "d": [1, 2]}
    assert list(leaves(before, after, "x")) == [("x.a.c", 2, 3), ("x.d", [1], [1, 2])]
