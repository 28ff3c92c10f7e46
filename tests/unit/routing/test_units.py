"""What leads weigh: by channel, stage and priority, fading, and within the room of their owners."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.policies import Fading, Policy
from services.routing.domain.units import (
    Change,
    WeighedLead,
    fade,
    first_fading,
    within_room,
)

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEPS = (Fading(48, 0.25), Fading(24, 0.5))


def after(hours: float) -> datetime:
    return NINE + timedelta(hours=hours)


def test_channel_stage_and_priority_are_multiplied() -> None:
    policy = Policy(units={"call": 2}, stage_units={"offer": 3}, priority_units={"high": 1.5})
    lead = WeighedLead(UUID(int=1), "p", "call", "offer", "high", None, 0, None, None)
    assert lead.full_milli(policy) == 9000


def test_a_lead_fades_step_by_step_from_its_last_touch() -> None:
    assert fade(1000, STEPS, touched_at=NINE, at=after(23.9)) == (1000, after(24))
    assert fade(1000, STEPS, touched_at=NINE, at=after(24)) == (500, after(48))
    assert fade(1000, STEPS, touched_at=NINE, at=after(100)) == (250, None)
    assert fade(1, STEPS, touched_at=NINE, at=after(100)).units_milli == 1
    assert first_fading(STEPS, at=NINE) == after(24)
    assert first_fading((), at=NINE) is None


@given(
    st.lists(st.tuples(st.floats(0.1, 1000), st.floats(0.001, 1)), max_size=5),
    st.integers(1, 10**8),
    st.floats(-10, 2000),
)
def test_what_fades_is_due_later_and_never_weighs_nothing(
    steps: list[tuple[float, float]], full: int, hours: float
) -> None:
    weight = fade(full, [Fading(*step) for step in steps], touched_at=NINE, at=after(hours))
    assert 1 <= weight.units_milli <= max(full, 1)
    assert weight.due_at is None or weight.due_at > after(hours)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5000), st.integers(1, 5000)), max_size=12),
    st.lists(st.integers(-3000, 5000), min_size=3, max_size=3),
)
def test_no_rise_goes_above_a_capacity(rows: list[tuple[int, int, int]], rooms: list[int]) -> None:
    changes = [
        Change(UUID(int=place), UUID(int=manager), reserved, wanted)
        for place, (manager, reserved, wanted) in enumerate(rows)
    ]
    room_by_id = {UUID(int=place): room for place, room in enumerate(rooms)}
    reserved = within_room(changes, room_by_id)
    assert reserved.keys() == {change.lead_id for change in changes}
    for manager_id, room in room_by_id.items():
        own = [change for change in changes if change.manager_id == manager_id]
        left = room - sum(reserved[item.lead_id] - item.reserved_milli for item in own)
        assert left >= min(room, 0)
        short = any(reserved[item.lead_id] < item.wanted_milli for item in own)
        assert not short or left <= 0, "room is left although somebody wants it"
    for change in changes:
        low, high = sorted((change.reserved_milli, change.wanted_milli))
        assert low <= reserved[change.lead_id] <= high
        if change.wanted_milli <= change.reserved_milli:
            assert reserved[change.lead_id] == change.wanted_milli
