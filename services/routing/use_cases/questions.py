"""Leads as decisions see them: what they need, whose customers they are, how far they may go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.routing.domain import escalation
from services.routing.domain.deciding.candidates import Candidate, Tier
from services.routing.domain.deciding.eligibility import Need, need_of
from services.routing.domain.deciding.teams import team_of
from services.routing.domain.deciding.terms import terms_of
from services.routing.domain.deciding.waiting import Waiting
from services.routing.domain.policies import Policy


class Needy(Protocol):
    """A lead without an owner, as its row has it."""

    @property
    def lead_id(self) -> UUID: ...
    @property
    def units_milli(self) -> int: ...
    @property
    def round(self) -> int: ...
    @property
    def language(self) -> str | None: ...
    @property
    def region(self) -> str | None: ...
    @property
    def product(self) -> str | None: ...
    @property
    def waits_since(self) -> datetime: ...
    @property
    def passed_over(self) -> Sequence[UUID] | frozenset[UUID]: ...


class Questions:
    """What a pool's leads need, asked of its candidates at one moment."""

    def __init__(self, policy: Policy, candidates: Sequence[Candidate], *, at: datetime) -> None:
        self.terms = terms_of(policy)
        self._policy = policy
        self._candidates = candidates
        self._at = at
        self._team = team_of(candidates)
        self._tiers_by_need: dict[Need, frozenset[int]] = {}

    def ask(self, lead: Needy, sticky: tuple[UUID, ...] = ()) -> Waiting:
        """The lead as a decision sees it; `sticky` are the customer's own managers."""
        policy = self._policy
        waiting = Waiting(
            lead_id=lead.lead_id,
            units_milli=lead.units_milli,
            round=lead.round,
            skills=policy.skills_for(lead.language),
            nice_skills=policy.nice_skills,
            language=lead.language,
            region=lead.region,
            product=lead.product,
            passed_over=frozenset(lead.passed_over),
            sticky=sticky if policy.sticky else (),
        )
        tiers = self._able_tiers(waiting)
        if Tier.SHIFT in tiers and lead.waits_since >= self._at:
            return waiting  # as are all new leads
        reach = escalation.reach(
            tiers,
            since=lead.waits_since,
            at=self._at,
            escalate_seconds=policy.escalate_seconds,
        )
        return waiting if reach == Tier.SHIFT else waiting._replace(reach=int(reach))

    def further_at(self, waiting: Waiting, *, since: datetime) -> datetime | None:
        """When the lead may go to another tier, if it has waited `since` and finds no room."""
        return escalation.next_step_at(
            self._able_tiers(waiting),
            since=since,
            at=self._at,
            escalate_seconds=self._policy.escalate_seconds,
        )

    def _able_tiers(self, waiting: Waiting) -> frozenset[int]:
        need = need_of(waiting, self.terms)
        if need not in self._tiers_by_need:
            self._tiers_by_need[need] = frozenset(
                item.tier
                for item, fit in zip(self._candidates, self._team.fits(need), strict=True)
                if item.tier is not None and fit is not None
            )
        return self._tiers_by_need[need]
