"""What ends leases, in plain values: hops, why leads wait, what fits, words for who comes late."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.departures import fitting
from services.routing.domain.endings import Ending, sentence
from services.routing.domain.policies import Policy
from services.routing.domain.tiers import is_escalated
from services.routing.domain.unowned import Why, explained

REASONS = (None, "no_room", "nobody_on_duty", "no_members", "nobody_skilled", "failed", "escalated")
COUNTS = st.fixed_dictionaries({reason: st.integers(0, 50) for reason in REASONS})
MOMENT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


@given(COUNTS, st.booleans(), st.integers(0, 100))
def test_every_lead_is_counted_once_whatever_the_reason(
    counts: dict[str | None, int], on_shift: bool, servable: int
) -> None:
    numbers = explained(counts, on_shift=on_shift, servable=servable)
    assert sum(numbers.values()) == sum(counts.values())
    assert all(number >= 0 for number in numbers.values())
    assert numbers[Why.ESCALATED] == counts.get("escalated", 0)
    assert numbers[Why.SET_ASIDE] == counts.get("failed", 0)
    ordinary = sum(counts.values()) - numbers[Why.ESCALATED] - numbers[Why.SET_ASIDE]
    assert numbers[Why.UNEXPLAINED] == min(servable, ordinary)


@given(st.lists(st.tuples(st.uuids(), st.integers(1, 5000)), unique_by=lambda row: row[0]))
def test_what_fits_never_exceeds_the_room_and_leaves_none_for_another(
    units: list[tuple[UUID, int]],
) -> None:
    ids = fitting(units, room_milli=10_000)
    left = 10_000 - sum(weight for lead_id, weight in units if lead_id in ids)
    assert left >= 0
    assert all(weight > left for lead_id, weight in units if lead_id not in ids)


def test_only_the_policys_number_of_hops_escalates_and_only_where_there_is_the_tier() -> None:
    assert [is_escalated(hops, Policy(max_hops=3)) for hops in (2, 3, 4)] == [False, True, True]
    assert not is_escalated(9, Policy(max_hops=3, supervisor=False))


def test_the_words_for_who_comes_late_name_no_id() -> None:
    manager_id, other_id = UUID(int=1), UUID(int=2)
    ending = Ending(1, manager_id, "accept_expired", MOMENT, None, other_id, MOMENT, "vera")
    words = sentence(ending)
    assert words == (
        "The assignment ended at 2026-03-02T09:05:00Z: it was not accepted in time. "
        "Another manager has had the lead since 2026-03-02T09:05:00Z."
    )
    again = sentence(replace(ending, next_owner_id=manager_id))
    assert again.endswith("The same manager has it again since 2026-03-02T09:05:00Z.")
