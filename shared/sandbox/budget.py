"""A budget of CPU time for pure Python on the main thread; work that exceeds it is interrupted.

It reaches Python code and regular expressions. A C library that does not look for signals is only
stopped by the hard limits of a process apart.
"""

import gc
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
    global _armed  # noqa: PLW0603  the system has one timer per process
    # What the collector calls swallows every exception, the alarm too; so it has to wait.
    collects = gc.isenabled()
    gc.disable()
    if signal.getsignal(signal.SIGVTALRM) is not _interrupt:
        signal.signal(signal.SIGVTALRM, _interrupt)
    _armed = True
    # It fires once: a second alarm could interrupt code outside the work.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        return work()
    except MemoryError:
        raise
    except Exception as error:  # the work reads what strangers sent: anything may come of it
        raise StumbledError(type(error).__name__) from error
    finally:
        _armed = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if collects:
            gc.enable()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    global _armed  # noqa: PLW0603  see above
    if _armed:
        _armed = False
        raise BudgetSpentError
