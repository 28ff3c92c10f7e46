"""Agents at their desks: one task at a time, in the order in which they became due.

What an agent has not begun when they leave waits for them.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from services.routing.domain.simulation.cases import SHIFT, Case


class Todo(NamedTuple):
    """A task of a case, as of an epoch of its."""

    case: Case
    epoch: int
    lasts: int


@dataclass(slots=True, eq=False)
class Desk:
    """`unanswered`: assignments that came while the agent was not there to answer them."""

    duty: str = "off"
    online: bool = False
    busy: bool = False
    todos: deque[Todo] = field(default_factory=deque)
    unanswered: list[tuple[Case, int]] = field(default_factory=list)

    @property
    def on_shift(self) -> bool:
        return self.online and self.duty == SHIFT

    def next_task(self) -> Todo | None:
        """The task to begin now, or None: busy, not there, or nothing to do."""
        if self.busy or not self.online:
            return None
        while self.todos:
            todo = self.todos.popleft()
            if todo.case.epoch == todo.epoch and todo.case.closed_at is None:
                return todo
        return None
