"""Leads that wait for an owner, and what becomes of them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

NO_SKILLS: Mapping[str, float] = MappingProxyType({})


class Chosen(StrEnum):
    """Why a lead's owner is its owner."""

    STICKY = "sticky"  # owns another lead of the customer, or was the last to win one
    LEAST_SCORE = "least_score"
    MATCHED = "matched"  # a backlog was solved as one


class Parked(StrEnum):
    """Why a lead found no owner. `NOBODY_SKILLED`: nobody has what it needs, a skill or a trait
    that must match; `LIMIT_REACHED`: whoever has had as many leads as the inflow limits let them.
    """

    NO_MEMBERS = "no_members"
    NOBODY_ON_DUTY = "nobody_on_duty"
    NOBODY_SKILLED = "nobody_skilled"
    LIMIT_REACHED = "limit_reached"
    NO_ROOM = "no_room"


class Waiting(NamedTuple):
    """A lead without an owner.

    `skills` are the levels that a manager needs, `nice_skills` those that are welcome;
    `passed_over` the managers who had it in this round; `sticky` the customer's own managers, whom
    it goes to first: the owner of another open lead, then whoever won the last one; `reach` the
    highest tier that it may go to now.
    """

    lead_id: UUID
    units_milli: int
    round: int
    skills: Mapping[str, float] = NO_SKILLS
    nice_skills: Mapping[str, float] = NO_SKILLS
    language: str | None = None
    region: str | None = None
    product: str | None = None
    passed_over: frozenset[UUID] = frozenset()
    sticky: tuple[UUID, ...] = ()
    reach: int = 0


class Choice(NamedTuple):
    """The owner and the tier they were found in, or the reason why there is none. `round` is one
    higher once all who are able to take the lead have had it.
    """

    lead_id: UUID
    round: int
    manager_id: UUID | None
    reason: str
    tier: int | None = None


def seed_of(leads: Sequence[Waiting]) -> int:
    """The seed of a batch: it follows from the first lead, so that equal candidates take turns
    with the leads and not with the moment of the decision. Fits a signed 64-bit column.
    """
    return leads[0].lead_id.int & (2**63 - 1) if leads else 0
