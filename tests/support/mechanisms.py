"""The promise table as data: which mechanism keeps which promise, and what it is replaced by.

`README.md` shows the same table; a test keeps the two in step.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`replacements`: "module:function" → what stands in its place while it is switched off."""

    name: str
    promise: int
    tests: tuple[str, ...]
    replacements: Mapping[str, Callable[..., Any]]


MECHANISMS: tuple[Mechanism, ...] = ()
