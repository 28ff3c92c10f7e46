"""All algorithms over the invented companies, played once for all tests that look at them.

`python -m tests.unit.routing.comparison --write` writes the tables of `docs/routing/simulator.md`.
"""

import sys
from functools import cache

from services.routing.domain.simulation.algorithms import ALGORITHMS
from services.routing.domain.simulation.companies import invent
from services.routing.domain.simulation.engine import simulate
from services.routing.domain.simulation.figures import Figures, figures_of
from services.routing.domain.simulation.ledger import Ledger
from services.routing.domain.simulation.profiles import PROFILES
from services.routing.domain.simulation.report import markdown
from services.routing.domain.simulation.scenario import Scenario
from tests.architecture.tree import ROOT

PAGE = ROOT / "docs" / "routing" / "simulator.md"
BEGIN, END = "<!-- tables -->\n", "<!-- end of tables -->\n"
SEED = 1


@cache
def days_of(company: str, seed: int = SEED) -> Scenario:
    return invent(PROFILES[company], seed=seed)


@cache
def ledger_of(company: str, algorithm: str, seed: int = SEED) -> Ledger:
    story = days_of(company, seed)
    return simulate(story, ALGORITHMS[algorithm](story))


@cache
def figures(company: str, algorithm: str, seed: int = SEED) -> Figures:
    return figures_of(ledger_of(company, algorithm, seed))


def with_tables(page: str) -> str:
    """The page with the tables as they are now between its marks."""
    tables = [
        markdown([figures(company, algorithm) for algorithm in ALGORITHMS], language="en")
        for company in PROFILES
    ]
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return head + BEGIN + "\n" + "\n\n".join(tables) + "\n\n" + END + tail


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
