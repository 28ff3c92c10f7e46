"""The demo's day: the same for the same seed, shaped like a day, and nothing expected in vain."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.embedded.demo.plan import DAY_SECONDS, HOUR, Plan, plan_day

SEEDS = st.integers(min_value=0, max_value=2**31)
few = settings(max_examples=25)


def arrivals(plan: Plan, kinds: set[str]) -> Counter[int]:
    """First deliveries by the hour."""
    return Counter(
        int(post.at // HOUR) for post in plan.posts if post.kind in kinds and not post.retry
    )


@few
@given(seed=SEEDS)
def test_the_same_seed_gives_the_same_day(seed: int) -> None:
    assert plan_day(seed) == plan_day(seed)
    assert plan_day(seed).expected == plan_day(seed).expected


@few
@given(seed=SEEDS, other=SEEDS)
def test_days_of_two_seeds_share_no_id(seed: int, other: int) -> None:
    if seed != other:
        ids = {post.external_id for post in plan_day(seed).posts}
        assert ids.isdisjoint(post.external_id for post in plan_day(other).posts)


@few
@given(seed=SEEDS)
def test_posts_are_in_order_and_within_the_day(seed: int) -> None:
    times = [post.at for post in plan_day(seed).posts]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= DAY_SECONDS + HOUR


@few
@given(seed=SEEDS)
def test_what_is_sent_again_was_sent_before_and_is_expected_to_be_recognised(seed: int) -> None:
    sent = set()
    for post in plan_day(seed).posts:
        name = (post.external_id, post.kind, post.phase)
        assert post.retry == (name in sent)
        assert not post.retry or post.expect == "ignored"
        sent.add(name)


@few
@given(seed=SEEDS)
def test_every_call_is_told_whole(seed: int) -> None:
    phases: dict[str, list[str]] = {}
    for post in plan_day(seed).posts:
        if post.kind in {"call", "call_phase"} and not post.retry:
            phases.setdefault(post.external_id, []).append(post.phase or "summary")
    for told in phases.values():
        assert told in (["Appeared", "summary"], ["Appeared", "Connected", "summary"])


@few
@given(seed=SEEDS)
def test_a_day_has_its_peaks_and_its_night(seed: int) -> None:
    plan = plan_day(seed)
    calls, forms = arrivals(plan, {"call"}), arrivals(plan, {"form"})
    everything = arrivals(plan, {"call", "form", "mail"})
    night = sum(everything[hour] for hour in range(6))
    noon = sum(everything[hour] for hour in range(9, 15))
    assert noon > 5 * night
    assert sum(calls[hour] for hour in range(9, 18)) > 2 * sum(
        calls[hour] for hour in range(18, 24)
    )
    assert sum(forms[hour] for hour in range(18, 22)) > 15


@few
@given(seed=SEEDS)
def test_a_day_has_everything_that_days_have(seed: int) -> None:
    posts = plan_day(seed).posts
    kinds = Counter(post.kind for post in posts)
    assert set(kinds) == {
        "form",
        "call",
        "call_phase",
        "mail",
        "auto_reply",
        "broken_mail",
        "broken_form",
    }
    assert any(post.missed for post in posts)
    assert any(post.outgoing for post in posts)
    assert any(post.retry for post in posts)
    people = Counter(post.person for post in posts if post.expect == "inquiry")
    assert max(people.values()) > 1
    assert plan_day(seed).expected["quarantined"] == 3


def test_two_days_meet_some_of_the_same_people() -> None:
    first = {post.person for post in plan_day(1).posts}
    assert first & {post.person for post in plan_day(2).posts}
