"""Asks kpi, and compares number for number with what the story says."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from tests.support.http_client import Door

Q = TypeVar("Q")


@dataclass(eq=False)
class Comparison:
    """One in `parts` questions of a kind is asked at a time. `differences` tell where kpi and the
    story do not agree; `numbers` how many were compared.
    """

    door: Door
    choice: random.Random
    parts: int = 2
    differences: list[str] = field(default_factory=list)
    numbers: int = 0

    async def ask(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        answer = await self.door.client.get(
            path, params=params, headers=self.door.as_("supervisor")
        )
        assert answer.status_code == 200, f"{path} {params}: {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def agree(self, question: str, shown: Any, told: Any) -> None:
        """`shown` is kpi's, `told` the story's."""
        for place, one, other in differences("", shown, told, self._count):
            self.differences.append(f"{question} {place}: kpi {one!r}, the story {other!r}")

    def some(self, questions: Sequence[Q]) -> list[Q]:
        """A part of the questions: who asks often enough asks them all."""
        return self.choice.sample(questions, -(-len(questions) // self.parts))

    def _count(self) -> None:
        self.numbers += 1


def differences(place: str, shown: Any, told: Any, count: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(shown, Mapping) and isinstance(told, Mapping):
        for name in sorted({*shown, *told}, key=str):
            at = f"{place}/{name}"
            yield from differences(at, shown.get(name, ...), told.get(name, ...), count)
        return
    if isinstance(shown, Sequence) and isinstance(told, Sequence) and not isinstance(shown, str):
        if len(shown) != len(told):
            yield place, shown, told
            return
        for number, (one, other) in enumerate(zip(shown, told, strict=True)):
            yield from differences(f"{place}/{number}", one, other, count)
        return
    count()
    if not _equal(shown, told):
        yield place, shown, told


def _equal(shown: Any, told: Any) -> bool:
    """Whole numbers and words exactly, others to the ninth digit."""
    if isinstance(shown, float | Decimal) or isinstance(told, float | Decimal):
        if isinstance(shown, float | int | Decimal) and isinstance(told, float | int | Decimal):
            return math.isclose(shown, told, rel_tol=1e-9, abs_tol=1e-9)
        return False
    return bool(shown == told)


def by_group(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> dict[Any, Any]:
    return {tuple(row["group"][name] for name in names): row for row in rows}


def only(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def without_zeros(rows: Mapping[Any, Mapping[str, Any]]) -> dict[Any, Mapping[str, Any]]:
    """The groups of which something is counted."""
    return {key: counts for key, counts in rows.items() if any(counts.values())}


def summed(rows: Mapping[Any, Mapping[str, int]], names: Sequence[str]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows.values()) for name in names}
