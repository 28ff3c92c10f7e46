"""A queue is walked again exactly when what was gained since may have made a difference."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.deciding.batch import decide_batch
from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.desks import CLOSED
from services.routing.domain.deciding.terms import Terms
from services.routing.domain.deciding.waiting import Waiting
from services.routing.domain.gains import Desk, Standing, fits, has_gained, least
from services.routing.domain.policies import Policy

desks = st.dictionaries(
    st.integers(1, 4).map(lambda number: UUID(int=number)),
    st.builds(
        Desk,
        room_milli=st.one_of(st.just(CLOSED), st.integers(-500, 3000)),
        tier=st.sampled_from([0, 0, 1, 2]),
        skills=st.dictionaries(st.sampled_from(["ru", "en"]), st.sampled_from([1.0, 2.0])),
    ),
    max_size=4,
)
policies = st.sampled_from([Policy(), Policy(accept_seconds=60)])
standings = st.builds(Standing, policy=policies, desks=desks)
leads = st.builds(
    Waiting,
    lead_id=st.just(UUID(int=99)),
    units_milli=st.integers(1, 3000),
    round=st.just(1),
    skills=st.dictionaries(st.sampled_from(["ru", "en"]), st.sampled_from([1.0, 2.0])),
    passed_over=st.frozensets(st.integers(1, 4).map(lambda number: UUID(int=number)), max_size=1),
    reach=st.sampled_from([0, 1, 2]),
)


def can_have(standing: Standing, lead: Waiting) -> bool:
    """Whoever had all they may is there too, whatever room they have."""
    candidates = [
        Candidate(
            manager_id=manager_id,
            capacity_milli=10_000,
            reserved_milli=0 if desk.room_milli == CLOSED else 10_000 - desk.room_milli,
            tier=desk.tier,
            skills=desk.skills,
            turn=0,
            allowance=0 if desk.room_milli == CLOSED else None,
        )
        for manager_id, desk in standing.desks.items()
    ]
    return decide_batch([lead], candidates, Terms(), seed=0)[0].manager_id is not None


@given(judged=st.lists(standings, min_size=1, max_size=3), standing=standings, lead=leads)
def test_nobody_who_could_be_served_is_left_without_a_walk(
    judged: list[Standing], standing: Standing, lead: Waiting
) -> None:
    """Whichever moment the lead was judged at, unless it would have had an owner even then."""
    before = judged[0]
    for other in judged[1:]:
        before = least(before, other)
    unserved = any(not can_have(moment, lead) for moment in judged)
    if unserved and can_have(standing, lead):
        assert has_gained(before, standing)
        assert fits(standing, lead.units_milli)


@given(standing=standings)
def test_the_same_is_no_gain(standing: Standing) -> None:
    assert not has_gained(standing, standing)
    assert least(standing, standing) == standing


@given(standing=standings)
def test_another_policy_is_a_gain(standing: Standing) -> None:
    other = Standing(Policy(match_language=True), standing.desks)
    assert has_gained(standing, other)
    assert not least(other, standing).desks
