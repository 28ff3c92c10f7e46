"""The order of a stream, decided over plain values: lower is a duplicate, next applies, higher
waits. One law: what leaves here as fresh is contiguous with what the stream has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from shared.messaging.decoding import Arrived

Stream = tuple[str, str]
GAP = "gap"


class Verdict(Enum):
    DUPLICATE = "duplicate"
    NEXT = "next"
    AHEAD = "ahead"


def verdict(*, seen: int, version: int) -> Verdict:
    """Where a version stands against the highest that has taken effect."""
    if version <= seen:
        return Verdict.DUPLICATE
    return Verdict.NEXT if version == seen + 1 else Verdict.AHEAD


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a stream holds already: `ready` may take effect in its turn, `stuck` may not."""

    ready: Mapping[int, Arrived] = field(default_factory=dict)
    stuck: frozenset[int] = frozenset()


@dataclass(eq=False)
class Plan:
    """What one transaction does. `seen` are the new heights of the streams that moved."""

    fresh: list[Arrived] = field(default_factory=list)
    hold: list[tuple[Arrived, str]] = field(default_factory=list)
    seen: dict[Stream, int] = field(default_factory=dict)
    duplicates: list[Arrived] = field(default_factory=list)


def sort_out(
    arrived: Sequence[Arrived],
    *,
    seen: Mapping[Stream, int],
    waiting: Mapping[Stream, Waiting],
) -> Plan:
    """Decide for each arrival, in order of arrival; held successors follow what they waited for.

    `seen` names every stream of `arrived` and `waiting`.
    """
    plan = Plan()
    lines = {stream: _Line(height, waiting.get(stream)) for stream, height in seen.items()}
    for line in lines.values():
        line.advance(plan)
    for item in arrived:
        lines[item.stream].offer(item, plan)
    for stream, line in lines.items():
        plan.hold.extend((item, item.reason or GAP) for item in line.new.values())
        if line.height > seen[stream]:
            plan.seen[stream] = line.height
    return plan


class _Line:
    def __init__(self, height: int, waiting: Waiting | None) -> None:
        self.height = height
        self.ready = dict(waiting.ready) if waiting else {}
        self.stuck = waiting.stuck if waiting else frozenset()
        self.new: dict[int, Arrived] = {}

    def offer(self, item: Arrived, plan: Plan) -> None:
        found = verdict(seen=self.height, version=item.version)
        held = item.version in self.stuck or item.version in self.ready or item.version in self.new
        if found is Verdict.DUPLICATE or held:
            plan.duplicates.append(item)
        elif found is Verdict.NEXT and item.reason is None:
            self._take(item, plan)
            self.advance(plan)
        else:
            self.new[item.version] = item

    def advance(self, plan: Plan) -> None:
        while True:
            following = self.height + 1
            item = self.ready.pop(following, None) or self._newly_arrived(following)
            if item is None:
                return
            self._take(item, plan)

    def _newly_arrived(self, version: int) -> Arrived | None:
        item = self.new.get(version)
        return self.new.pop(version) if item is not None and item.reason is None else None

    def _take(self, item: Arrived, plan: Plan) -> None:
        plan.fresh.append(item)
        self.height = item.version
