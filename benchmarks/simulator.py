"""How fast the simulator decides and plays, per second of one core's time, in memory.

`python -m benchmarks.simulator [--managers 50 200 500] [--leads N]`: decisions of the product's
algorithm by the default policy and with all parts of the score, each lead ending some time later;
then whole simulations of the invented companies.
"""

import argparse
import random
import time
from collections import deque
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from benchmarks.report import machine_line
from services.routing.domain.policies import DEFAULT_POLICY, Policy, ScoreWeights
from services.routing.domain.simulation.algorithms import ALGORITHMS
from services.routing.domain.simulation.cases import Case, case_of
from services.routing.domain.simulation.companies import START, invent
from services.routing.domain.simulation.engine import simulate
from services.routing.domain.simulation.product import ProductAssigner
from services.routing.domain.simulation.profiles import PROFILES
from services.routing.domain.simulation.scenario import (
    SECOND,
    Agent,
    Arrival,
    Presence,
    Scenario,
    Team,
)

POOL: Final = "default"
LOAD: Final = 0.7  # of all capacities, so that there is a choice and somebody is full
CAPACITY: Final = 10
EVERY_PART: Final = Policy(
    score=ScoreWeights(plan=0.1),
    units={"call": 1.5},
    match=("language",),
    prefer=("region",),
)


def a_pool(managers: int, leads: int, policy: Policy) -> tuple[Scenario, list[Case]]:
    draw = random.Random(managers)
    agents = tuple(
        Agent(
            manager_id=UUID(int=draw.getrandbits(128), version=4),
            name=str(number),
            capacity_milli=1000 * draw.randint(CAPACITY // 2, CAPACITY * 3 // 2),
            weight_milli=draw.choice((500, 1000, 2000)),
            languages=("ru", "en") if number % 3 == 0 else ("ru",),
            regions=(draw.choice("NSWE"),),
            attainment_milli=draw.randint(600, 1400),
        )
        for number in range(managers)
    )
    team = Team(POOL, policy, tuple(range(managers)))
    story = Scenario("benchmark", START, leads * SECOND, agents, {POOL: team}, (), ())
    cases = [case_of(_lead(draw, number), number, team) for number in range(leads)]
    return story, cases


def _lead(draw: random.Random, number: int) -> Arrival:
    return Arrival(
        lead_id=UUID(int=draw.getrandbits(128), version=4),
        at=number * SECOND // 10,
        pool=POOL,
        contact_id=UUID(int=draw.randrange(1 << 20)),
        channel=draw.choice(("call", "form")),
        language=draw.choice(("ru", "ru", "ru", "en")),
        region=draw.choice("NSWE"),
    )


def decisions_per_second(managers: int, leads: int, policy: Policy) -> float:
    story, cases = a_pool(managers, leads, policy)
    assigner = ProductAssigner(story)
    assigner.change([Presence(0, place, "shift", "online") for place in range(managers)], 0)
    held: deque[tuple[Case, int]] = deque()
    most = round(LOAD * managers * CAPACITY / 1.25)
    begun = time.process_time()
    for case in cases:
        now = case.arrival.at
        owner = assigner.choose(case, now)
        if owner is not None:
            held.append((case, owner))
        if len(held) > most:
            ended, agent = held.popleft()
            assigner.release(ended, agent, now, done=True)
    return leads / (time.process_time() - begun)


def simulations() -> None:
    print(f"{'company':<14}{'algorithm':<14}{'leads':>8}{'events':>10}{'events/s':>12}")
    for name, profile in PROFILES.items():
        story = invent(profile, seed=1, days=7)
        for algorithm, maker in ALGORITHMS.items():
            begun = time.process_time()
            ledger = simulate(story, maker(story))
            seconds = time.process_time() - begun
            speed = ledger.events / seconds
            counts = f"{len(story.arrivals):>8}{ledger.events:>10}{speed:>12.0f}"
            print(f"{name:<14}{algorithm:<14}{counts}", flush=True)


def measure(managers: Sequence[int], leads: int) -> None:
    print(f"{'managers':<14}{'default':>12}{'every part':>12}  decisions/s")
    for number in managers:
        default, every = (
            max(decisions_per_second(number, leads, policy) for _ in range(3))
            for policy in (DEFAULT_POLICY, EVERY_PART)
        )
        print(f"{number:<14}{default:>12.0f}{every:>12.0f}", flush=True)
    simulations()


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulator", description=__doc__)
    parser.add_argument("--managers", type=int, nargs="+", default=[50, 200, 500])
    parser.add_argument("--leads", type=int, default=20_000)
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    measure(arguments.managers, arguments.leads)


if __name__ == "__main__":
    main()
