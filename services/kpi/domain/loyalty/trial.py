"""Whether asking people again brings anything: some are held back, and both are compared."""

from hashlib import sha256
from math import sqrt
from statistics import NormalDist
from typing import Final, NamedTuple
from uuid import UUID

CONFIDENCE: Final = 0.95
LEAST_GROUP: Final = 30  # people in either group; of fewer the result says too little
_Z: Final = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
_WIDTH: Final = 2**64


class Interval(NamedTuple):
    low: float
    high: float


class Outcome(NamedTuple):
    """Of `people` so many bought."""

    people: int
    bought: int

    @property
    def share(self) -> float:
        return self.bought / self.people


class Difference(NamedTuple):
    """By how much the share of those who were asked exceeds that of those held back."""

    value: float
    interval: Interval


def is_held_back(seed: str, contact_id: UUID, share: float) -> bool:
    """Whether a person is held back: the same answer for the same seed, whoever asks and when, and
    independent of all that is known of the person.
    """
    digest = sha256(f"{seed}:{contact_id}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * _WIDTH


def wilson(outcome: Outcome, z: float = _Z) -> Interval:
    """The score interval of a share: E. B. Wilson, JASA 22 (1927), 209-212."""
    share, people = outcome.share, outcome.people
    middle = share + z * z / (2 * people)
    reach = z * sqrt(share * (1 - share) / people + z * z / (4 * people * people))
    whole = 1 + z * z / people
    return Interval(max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole))


def difference(one: Outcome, other: Outcome, z: float = _Z) -> Difference:
    """The difference of two shares with its interval: R. G. Newcombe, Interval estimation for the
    difference between independent proportions, Statistics in Medicine 17 (1998), 873-890, method
    10. Both groups hold somebody.
    """
    ours, theirs = wilson(one, z), wilson(other, z)
    value = one.share - other.share
    below = sqrt((one.share - ours.low) ** 2 + (theirs.high - other.share) ** 2)
    above = sqrt((ours.high - one.share) ** 2 + (other.share - theirs.low) ** 2)
    return Difference(value, Interval(value - below, value + above))
