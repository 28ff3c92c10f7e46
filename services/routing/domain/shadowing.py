"""What another policy would have decided, over the inputs that a decision recorded.

The other policy meets the loads as the live one has left them. It cannot reach managers who were
not asked for, nor give back what fading, inflow limits and escalation have done by then.
"""

from collections.abc import Collection, Iterable, Sequence

from services.routing.domain.deciding.backlog import decide
from services.routing.domain.deciding.candidates import Candidate, Tier
from services.routing.domain.deciding.terms import terms_of
from services.routing.domain.deciding.waiting import Choice, Waiting
from services.routing.domain.policies import Policy


def decide_as(
    policy: Policy,
    leads: Sequence[tuple[Waiting, int]],
    candidates: Iterable[Candidate],
    *,
    seed: int,
) -> list[Choice]:
    """One choice per lead, by this policy. `leads` are as they were recorded, each with what it
    would weigh, in thousandths.
    """
    waiting = [
        lead._replace(
            units_milli=units_milli,
            skills=policy.skills_for(lead.language),
            nice_skills=policy.nice_skills,
        )
        for lead, units_milli in leads
    ]
    tiers = _tiers(policy)
    askable = [_within(candidate, tiers) for candidate in candidates]
    terms = terms_of(policy)
    return decide(waiting, askable, terms, seed=seed, matching_from=policy.matching_from).choices


def _tiers(policy: Policy) -> Collection[int]:
    tiers = {Tier.SHIFT: True, Tier.ON_CALL: policy.on_call, Tier.SUPERVISOR: policy.supervisor}
    return [tier for tier, is_used in tiers.items() if is_used]


def _within(candidate: Candidate, tiers: Collection[int]) -> Candidate:
    return candidate if candidate.tier in tiers else candidate._replace(tier=None)


def jain(shares: Sequence[float]) -> float:
    """How even shares are, from 1 for equal ones down to 1/n where one has all (Jain, Chiu and
    Hawe: A Quantitative Measure of Fairness, 1984). 1 for no shares.
    """
    squares = sum(share * share for share in shares)
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 1.0
