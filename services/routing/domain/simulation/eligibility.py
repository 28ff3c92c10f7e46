"""Who of a pool may have a lead at all, by what the policy demands: skills and matching traits."""

from services.routing.domain.deciding.candidates import Candidate
from services.routing.domain.deciding.eligibility import missing, need_of
from services.routing.domain.deciding.terms import terms_of
from services.routing.domain.deciding.waiting import Waiting
from services.routing.domain.simulation.cases import Case
from services.routing.domain.simulation.scenario import Agent, Scenario

_Traits = tuple[str, str | None, str | None, str | None]


class Eligibility:
    """Remembers the answer for each pool and combination of traits."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._agents: dict[_Traits, tuple[int, ...]] = {}

    def agents(self, case: Case) -> tuple[int, ...]:
        """The places of the members of the case's pool who may have it."""
        arrival = case.arrival
        key = (arrival.pool, arrival.language, arrival.region, arrival.product)
        agents = self._agents.get(key)
        if agents is None:
            agents = tuple(
                agent for agent in case.team.members if _suits(self._scenario.agents[agent], case)
            )
            self._agents[key] = agents
        return agents


def _suits(agent: Agent, case: Case) -> bool:
    """By the product's own rule, so that all algorithms choose among the same people."""
    arrival, policy = case.arrival, case.team.policy
    waiting = Waiting(
        lead_id=arrival.lead_id,
        units_milli=case.units_milli,
        round=1,
        skills=policy.skills_for(arrival.language),
        language=arrival.language,
        region=arrival.region,
        product=arrival.product,
    )
    candidate = Candidate(
        manager_id=agent.manager_id,
        capacity_milli=agent.capacity_milli,
        reserved_milli=0,
        tier=0,
        skills=agent.skills,
        turn=0,
        languages=agent.languages,
        regions=agent.regions,
        products=agent.products,
    )
    return missing(candidate, need_of(waiting, terms_of(policy))) is None
