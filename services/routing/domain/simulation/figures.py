"""Figures of one run. Waits end with the first touch; whoever still waits counts up to the end."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.routing.domain.simulation.cases import Case
from services.routing.domain.simulation.ledger import Ledger
from services.routing.domain.simulation.scenario import MINUTE, SECOND, Scenario, Span


@dataclass(frozen=True, slots=True)
class ShareOf:
    """The leads that stayed with one agent, in thousandths of a work unit, beside what was due to
    them; what was taken away again is not theirs.
    """

    name: str
    leads: int
    units_milli: int
    weight_milli: int
    due_milli: float
    over_minutes: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Waits in seconds, by the clock and by the time when anybody of the pool was at work.

    Breaches: leads that nobody had accepted, or touched, in the pool's term, counted from their
    arrival in that working time. `fairness` is Jain's index (Σx)² ÷ (n · Σx²) of work units per
    weight, `fairness_at_work` of work units per units due with credit for absence.
    """

    company: str
    algorithm: str
    leads: int
    closed: int
    untouched: int
    unowned: int
    wait_p50: float
    wait_p95: float
    business_p50: float
    business_p95: float
    accept_breaches: int
    touch_breaches: int
    over_capacity_minutes: float
    fairness: float
    fairness_at_work: float
    hand_overs: int
    parked_minutes: float
    tiers: Mapping[str, int]
    endings: Mapping[str, int]
    shares: tuple[ShareOf, ...]
    waits: tuple[tuple[int, int], ...]  # arrival, business wait: for the drawing


class WorkingTime:
    """How long somebody of a pool was at work between two moments."""

    def __init__(self, scenario: Scenario, pool: str) -> None:
        spans = _spans_at_work(scenario, frozenset(scenario.teams[pool].members))
        self._begins = [begin for begin, _ in spans]
        self._spans = spans
        self._before: list[int] = []
        total = 0
        for begin, end in spans:
            self._before.append(total)
            total += end - begin

    def between(self, begin: int, end: int) -> int:
        return self._until(end) - self._until(begin)

    def _until(self, at: int) -> int:
        place = bisect_right(self._begins, at) - 1
        if place < 0:
            return 0
        begin, end = self._spans[place]
        return self._before[place] + min(at, end) - begin


def _spans_at_work(scenario: Scenario, members: frozenset[int]) -> list[Span]:
    present: set[int] = set()
    spans: list[Span] = []
    since = 0
    for item in scenario.presences:
        if item.agent not in members:
            continue
        was_empty = not present
        if item.is_at_work:
            present.add(item.agent)
            since = item.at if was_empty else since
        else:
            present.discard(item.agent)
            if not was_empty and not present and item.at > since:
                spans.append((since, item.at))
    if present:
        spans.append((since, max(scenario.end, since)))
    return spans


def percentile(values: Sequence[int], share: float) -> int:
    """The nearest-rank percentile of sorted values; 0 of none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0


def jain(values: Sequence[float]) -> float:
    """Jain's index of fairness, 1 ÷ n … 1; 1 where there is nothing to divide."""
    square = sum(value * value for value in values) * len(values)
    return sum(values) ** 2 / square if square else 1.0


def figures_of(ledger: Ledger) -> Figures:
    scenario = ledger.scenario
    cases = [
        case
        for case in ledger.cases
        if case.arrival.holding is None and case.arrival.at <= scenario.end
    ]
    hours = {pool: WorkingTime(scenario, pool) for pool in scenario.teams}
    clock = sorted(_end(case.touched_at, scenario) - case.arrival.at for case in cases)
    pairs = [(case, _business(hours, case, case.touched_at, scenario)) for case in cases]
    business = sorted(wait for _, wait in pairs)
    shares = _shares(ledger)
    return Figures(
        company=scenario.name,
        algorithm=ledger.algorithm,
        leads=len(cases),
        closed=sum(case.closed_at is not None for case in cases),
        untouched=sum(case.touched_at is None for case in cases),
        unowned=sum(case.waits_since is not None for case in cases),
        wait_p50=percentile(clock, 0.5) / SECOND,
        wait_p95=percentile(clock, 0.95) / SECOND,
        business_p50=percentile(business, 0.5) / SECOND,
        business_p95=percentile(business, 0.95) / SECOND,
        accept_breaches=sum(
            _business(hours, case, case.first_accepted_at, scenario)
            > case.team.policy.accept_seconds * SECOND
            for case in cases
        ),
        touch_breaches=sum(wait > case.team.policy.touch_seconds * SECOND for case, wait in pairs),
        over_capacity_minutes=sum(load.over for load in ledger.loads) / MINUTE,
        fairness=jain([share.units_milli / share.weight_milli for share in shares]),
        fairness_at_work=jain(
            [share.units_milli / share.due_milli for share in shares if share.due_milli]
        ),
        hand_overs=sum(max(0, len(case.owners) - 1) for case in cases),
        parked_minutes=ledger.parked / MINUTE,
        tiers=dict(sorted(ledger.tiers.items())),
        endings=dict(sorted(ledger.endings.items())),
        shares=shares,
        waits=tuple((case.arrival.at, wait) for case, wait in pairs),
    )


def _end(moment: int | None, scenario: Scenario) -> int:
    return scenario.end if moment is None else moment


def _business(
    hours: Mapping[str, WorkingTime], case: Case, moment: int | None, scenario: Scenario
) -> int:
    return hours[case.arrival.pool].between(case.arrival.at, _end(moment, scenario))


def _shares(ledger: Ledger) -> tuple[ShareOf, ...]:
    teams, agents = ledger.scenario.teams.values(), ledger.scenario.agents
    leads, units = Counter[int](), Counter[int]()
    for case in ledger.cases:
        if case.owners and case.waits_since is None:
            leads[case.owners[-1]] += 1
            units[case.owners[-1]] += case.units_milli
    return tuple(
        ShareOf(
            name=agents[place].name,
            leads=leads[place],
            units_milli=units[place],
            weight_milli=agents[place].weight_milli,
            due_milli=ledger.shares.due[place],
            over_minutes=ledger.loads[place].over / MINUTE,
        )
        for place in sorted({place for team in teams for place in team.members})
    )
