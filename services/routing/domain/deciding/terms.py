"""The part of a pool's policy by which its candidates are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.routing.domain.policies import DEFAULT_POLICY, Policy, ScoreWeights


@dataclass(frozen=True, slots=True)
class Terms:
    """`match` names the traits (language, region, product) that must match, `prefer` those that
    are welcome. `sticky_above`: how far an owner's load may be above the mean of their tier, as a
    share of the capacity; None where no customer has an owner of their own.
    """

    score: ScoreWeights = DEFAULT_POLICY.score
    match: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    sticky_above: float | None = 0.3


def terms_of(policy: Policy) -> Terms:
    return Terms(
        score=policy.score,
        match=tuple(policy.match),
        prefer=tuple(policy.prefer),
        sticky_above=policy.sticky_above if policy.sticky else None,
    )


def terms_record(terms: Terms) -> dict[str, Any]:
    weights = terms.score
    return {
        "score": {
            "load": weights.load,
            "fairness": weights.fairness,
            "fit": weights.fit,
            "plan": weights.plan,
        },
        "match": list(terms.match),
        "prefer": list(terms.prefer),
        "sticky_above": terms.sticky_above,
    }


def read_terms(record: Mapping[str, Any]) -> Terms:
    """The terms of a record, equal to those that it was written of."""
    return Terms(
        score=ScoreWeights(**record["score"]),
        match=tuple(record["match"]),
        prefer=tuple(record["prefer"]),
        sticky_above=record["sticky_above"],
    )
