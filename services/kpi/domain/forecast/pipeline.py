"""What the leads that are open now will bring: how likely each stage ends in a sale, and when."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

_BELIEF: Final = 10.0  # steps by which a stage is taken to be like all stages together


class Exposure(NamedTuple):
    """For how many steps leads stood in a stage, and how many were won and lost from there."""

    steps: float
    won: int
    lost: int


class Hazard(NamedTuple):
    """The chances that an open lead is won, and that it is lost, within one step."""

    win: float
    loss: float


class OpenLead(NamedTuple):
    stage: str
    amount: float


def hazards_of(exposures: Mapping[str, Exposure]) -> dict[str, Hazard]:
    """By stage: events by lead-steps at risk, the estimate of a constant hazard (J. P. Klein, M. L.
    Moeschberger: Survival Analysis (2003), section 3.5), drawn towards that of all stages by ten
    steps of theirs, so that a stage with few leads says nothing extreme. Less than a single step at
    risk says nothing at all.
    """
    steps = sum(item.steps for item in exposures.values())
    if steps < 1:
        return {}
    win = sum(item.won for item in exposures.values()) / steps
    loss = sum(item.lost for item in exposures.values()) / steps
    hazards = {}
    for stage, item in exposures.items():
        whole = item.steps + _BELIEF
        chances = (item.won + _BELIEF * win) / whole, (item.lost + _BELIEF * loss) / whole
        # Steps are longer than some leads stay: the two together are a chance at most.
        total = max(1.0, sum(chances))
        hazards[stage] = Hazard(chances[0] / total, chances[1] / total)
    return hazards


def expected_path(
    leads: Iterable[OpenLead], hazards: Mapping[str, Hazard], horizon: int
) -> list[float]:
    """The money that open leads bring in each step ahead: amount x w (1 - w - l)^(h - 1), the
    discrete-time competing risks of a constant w and l.
    """
    path = [0.0] * horizon
    amounts: dict[str, float] = {}
    for lead in leads:
        amounts[lead.stage] = amounts.get(lead.stage, 0.0) + lead.amount
    for stage, amount in amounts.items():
        if stage not in hazards:
            continue
        win, loss = hazards[stage]
        for step, share in enumerate(_shares(win, loss, horizon)):
            path[step] += amount * share
    return path


def _shares(win: float, loss: float, horizon: int) -> Sequence[float]:
    staying, shares = 1.0, []
    for _ in range(horizon):
        shares.append(win * staying)
        staying *= max(1 - win - loss, 0.0)
    return shares
