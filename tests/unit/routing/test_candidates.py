"""Members as a decision sees them: in tiers, by their turns, with faded work."""

from datetime import UTC, datetime, timedelta

import pytest

from services.routing.domain.deciding.candidates import Member, Tier, line_up, on_duty, tier_of
from services.routing.domain.policies import Policy
from tests.unit.routing.deciding import uid

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def member(number: int, **more: object) -> Member:
    members: dict[str, object] = {
        "capacity_milli": 10_000,
        "reserved_milli": 0,
        "status": "online",
        "status_until": None,
        "duty": "shift",
        "left_at": None,
        "skills": {},
        "languages": [],
        "regions": [],
        "products": [],
        "weight_milli": 1000,
        "hourly_limit": None,
        "daily_limit": None,
        "received_milli": 0.0,
        "received_as_of": None,
        "attainment_milli": None,
        "last_assigned_at": None,
    }
    return Member(manager_id=uid(number), **{**members, **more})  # type: ignore[arg-type]


def test_a_line_up_stands_in_the_order_of_ids_and_numbers_who_has_waited() -> None:
    moments = {1: NOW, 2: None, 3: NOW - HOUR, 4: NOW}
    members = [member(number, last_assigned_at=at) for number, at in moments.items()]
    candidates = line_up(reversed(members), at=NOW, policy=Policy())
    assert [item.manager_id for item in candidates] == [uid(number) for number in moments]
    assert [item.turn for item in candidates] == [2, 0, 1, 2]


def test_a_status_past_its_term_is_not_on_duty() -> None:
    assert on_duty(member(1, status_until=NOW + timedelta(seconds=1)), at=NOW)
    assert not on_duty(member(1, status_until=NOW), at=NOW)
    assert not on_duty(member(1, status="away"), at=NOW)


@pytest.mark.parametrize(
    ("more", "tier"),
    [
        ({}, Tier.SHIFT),
        ({"duty": "on_call"}, Tier.ON_CALL),
        ({"duty": "on_call", "status": "offline"}, Tier.ON_CALL),
        ({"duty": "on_call", "status": "busy"}, None),
        ({"duty": "on_call", "status": "busy", "status_until": NOW}, Tier.ON_CALL),
        ({"duty": "off"}, None),
        ({"status": "offline"}, None),
        ({"left_at": NOW}, None),
    ],
)
def test_the_tier_follows_from_duty_and_status(more: dict[str, object], tier: Tier | None) -> None:
    assert tier_of(member(1, **more), Policy(), is_supervisor=False, at=NOW) == tier
    supervised = Tier.SUPERVISOR if tier is None and more.get("status") != "busy" else tier
    expected = None if "left_at" in more else supervised
    assert tier_of(member(1, **more), Policy(), is_supervisor=True, at=NOW) == expected


def test_a_policy_without_a_tier_has_nobody_in_it() -> None:
    policy = Policy(on_call=False, supervisor=False)
    on_call = member(1, duty="on_call")
    assert tier_of(on_call, policy, is_supervisor=True, at=NOW) is None


def test_received_work_counts_half_after_the_policys_hours() -> None:
    members = [
        member(1, received_milli=8000.0, received_as_of=NOW - 20 * HOUR),
        member(2, received_milli=8000.0, received_as_of=NOW + HOUR),
        member(3, received_milli=8000.4),
    ]
    candidates = line_up(members, at=NOW, policy=Policy(fairness_hours=10))
    assert [item.received_milli for item in candidates] == [2000, 8000, 8000]


def test_supervisors_limits_and_leaving_are_told() -> None:
    members = [member(1, status="offline"), member(2), member(3, left_at=NOW)]
    candidates = line_up(
        members,
        at=NOW,
        policy=Policy(),
        supervisor_ids={uid(1), uid(2)},
        allowances={uid(2): 3},
    )
    assert [(item.tier, item.allowance, item.has_left) for item in candidates] == [
        (Tier.SUPERVISOR, None, False),
        (Tier.SHIFT, 3, False),
        (None, None, True),
    ]
