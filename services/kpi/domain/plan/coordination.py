"""Coordination: a cut of a plan came out otherwise than planned, and somebody does something."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple, get_args

from services.kpi.domain.plan.nodes import Measure, PartAxis

State = Literal["open", "agreed", "done", "cancelled"]
Cutting = Literal["whole", PartAxis]
STATES: Final[tuple[State, ...]] = get_args(State)
MOST_MONTHS_BACK: Final = 3  # that are over, in which what became known late still opens a record
_AFTER: Final[Mapping[State, frozenset[State]]] = {
    "open": frozenset({"open", "agreed", "cancelled"}),
    "agreed": frozenset({"agreed", "done", "cancelled"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}
_WHAT_IS_AGREED: Final = ("cause", "action", "owner", "due")
_ALL_PERCENT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From where on a cut of the plan is coordinated: it is off by more than `percent` of what was
    planned, and by `least` at least (in the measure's smallest unit). `axes` tell cuts apart.
    """

    measure: Measure
    axes: Sequence[Cutting]
    percent: int
    least: int

    def is_exceeded(self, plan: int, fact: int) -> bool:
        """Whether the fact lies too far above or below the plan; anything does where nothing was
        planned.
        """
        difference = abs(fact - plan)
        is_far = difference * _ALL_PERCENT > plan * self.percent
        return is_far and difference >= self.least


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is done about it: `result` tells what came of the action, afterwards."""

    state: State = "open"
    cause: str | None = None
    action: str | None = None
    owner: str | None = None
    due: date | None = None
    result: str | None = None

    def is_overdue(self, today: date) -> bool:
        return self.state in {"open", "agreed"} and self.due is not None and self.due < today


class Flaw(NamedTuple):
    """Which member of the steps is at fault, and why."""

    member: str
    detail: str


def flaws_of(present: Steps, steps: Steps, today: date) -> list[Flaw]:
    """Why these steps cannot follow the present ones; nothing if they can."""
    if steps.state not in _AFTER[present.state]:
        return [Flaw("state", f"cannot follow {present.state}")]
    flaws = []
    if steps.state in {"agreed", "done"}:
        flaws += [
            Flaw(name, "is needed for what is agreed")
            for name in _WHAT_IS_AGREED
            if getattr(steps, name) is None
        ]
    if steps.state == "done" and steps.result is None:
        flaws.append(Flaw("result", "is needed for what is done"))
    if steps.state in {"open", "agreed"} and steps.result is not None:
        flaws.append(Flaw("result", "comes when it is done"))
    if steps.due is not None and steps.due != present.due and steps.due < today:
        flaws.append(Flaw("due", "is over"))
    return flaws
