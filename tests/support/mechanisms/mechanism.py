"""One row of the promise table as data, and the plainest things to put in a mechanism's place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`replacements`: "module:function" → what stands in its place while it is switched off."""

    name: str
    promise: int
    tests: tuple[str, ...]
    replacements: Mapping[str, Any]


def always(value: Any) -> Callable[..., Any]:
    def answer(*_given: Any, **_named: Any) -> Any:
        return value

    return answer


def awaited(value: Any = None) -> Callable[..., Any]:
    async def answer(*_given: Any, **_named: Any) -> Any:
        return value

    return answer
