"""Invented companies: equal seeds give equal days, nothing is lost, ours stands the comparison."""

import json
from statistics import fmean

import pytest

from services.routing.domain.simulation.algorithms import ALGORITHMS
from services.routing.domain.simulation.companies import invent
from services.routing.domain.simulation.engine import simulate
from services.routing.domain.simulation.figures import figures_of
from services.routing.domain.simulation.profiles import PROFILES
from services.routing.domain.simulation.report import record
from tests.unit.routing.comparison import PAGE, figures, ledger_of, with_tables

REFERENCES = tuple(name for name in ALGORITHMS if name != "product")
# Fairness is an index up to 1; what is above this is equal for all practical purposes.
ALIKE = 0.002


@pytest.mark.parametrize("company", PROFILES)
def test_an_equal_seed_gives_equal_days_and_another_one_others(company: str) -> None:
    again = invent(PROFILES[company], seed=1, days=2)

    assert again == invent(PROFILES[company], seed=1, days=2)
    assert again != invent(PROFILES[company], seed=2, days=2)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_equal_days_give_equal_figures(algorithm: str) -> None:
    story = invent(PROFILES["shop"], seed=3, days=4)
    runs = [figures_of(simulate(story, ALGORITHMS[algorithm](story))) for _ in range(2)]

    assert json.dumps(record(runs[0])) == json.dumps(record(runs[1]))


@pytest.mark.parametrize("company", PROFILES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_lead_ends_in_one_state_and_no_work_is_lost(company: str, algorithm: str) -> None:
    ledger = ledger_of(company, algorithm)
    waiting = [case for case in ledger.cases if case.waits_since is not None]
    closed = [case for case in ledger.cases if case.closed_at is not None]
    owned = [case for case in ledger.cases if case.owner >= 0 and case.closed_at is None]

    assert len(waiting) + len(closed) + len(owned) == len(ledger.cases)
    units = sum(case.units_milli for case in ledger.cases)
    done = sum(case.units_milli for case in closed)
    waits = sum(case.units_milli for case in waiting)
    assert units == done + waits + sum(load.reserved_milli for load in ledger.loads)
    # Whoever lost a lead had received it too.
    lost = sum(case.units_milli * (len(case.owners) - (case.owner >= 0)) for case in ledger.cases)
    assert sum(load.received_milli for load in ledger.loads) == units - waits + lost
    later = sum(ledger.shares.later.values())
    assert sum(ledger.shares.due) == pytest.approx(units - later)


@pytest.mark.parametrize("company", PROFILES)
def test_ours_never_loads_above_a_capacity(company: str) -> None:
    assert figures(company, "product").over_capacity_minutes == 0


@pytest.mark.parametrize("company", PROFILES)
@pytest.mark.parametrize("reference", REFERENCES)
def test_ours_waits_less_and_is_no_less_fair(company: str, reference: str) -> None:
    ours, other = figures(company, "product"), figures(company, reference)

    assert ours.business_p95 <= other.business_p95
    assert ours.wait_p95 <= other.wait_p95
    assert ours.fairness_at_work >= min(other.fairness_at_work, 1 - ALIKE)


@pytest.mark.parametrize("company", ["shop", "estate"])
@pytest.mark.parametrize("reference", ["daily_quota", "shortfall"])
def test_over_several_seeds_ours_is_the_fairest(company: str, reference: str) -> None:
    """Without the allowance: where one seed leaves it open, these are the ones that come near."""
    ours, other = (
        fmean(figures(company, name, seed).fairness_at_work for seed in (1, 2, 3))
        for name in ("product", reference)
    )

    assert ours > other


def test_the_page_shows_these_figures() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert with_tables(page) == page
