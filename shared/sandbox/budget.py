"""A budget of CPU time for pure Python on the main thread; who spends it is broken off.

It reaches Python code and regular expressions. A C library that does not look for signals is only
stopped by the hard limits of a process apart.
"""

import signal
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

T = TypeVar("T")
_armed = False


class BudgetSpentError(BaseException):
    """The work took longer than it may. No `except Exception` of the work must swallow it."""


class StumbledError(Exception):
    """The work raised; `kind` is the class of what it raised, whose words may be personal."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def within_budget(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns. Raises BudgetSpentError after `seconds` of this process's CPU time,
    StumbledError for whatever the work raises but MemoryError, and ValueError in any thread but
    the main one.
    """
    global _armed  # noqa: PLW0603  one timer a process, as the kernel has it
    if signal.getsignal(signal.SIGVTALRM) is not _ring:
        signal.signal(signal.SIGVTALRM, _ring)
    _armed = True
    # It fires once: a second alarm might find us already in somebody else's code.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        return work()
    except MemoryError:
        raise
    except Exception as error:
        raise StumbledError(type(error).__name__) from error
    finally:
        _armed = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _ring(_number: int, _frame: FrameType | None) -> None:
    global _armed  # noqa: PLW0603  see above
    if _armed:
        _armed = False
        raise BudgetSpentError
