"""The order of a stream, over plain values: a lower version is a duplicate, the next applies, a
higher one waits.

Invariant: fresh events follow without a hole on what the stream has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.contracts.envelope import Stream
from shared.messaging.decoding import Placed, ReceivedEvent

GAP = "gap"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What one fetch brings of one stream, by version: `run` begins with the lowest, is contiguous
    and can be applied; `rest` follows after a hole or after what cannot be applied.
    """

    run: tuple[ReceivedEvent, ...] = ()
    rest: tuple[Placed, ...] = ()

    @property
    def before(self) -> int:
        """The version that must have taken effect before the run; -1 without a run."""
        return self.run[0].version - 1 if self.run else -1

    @property
    def last(self) -> int:
        return self.run[-1].version if self.run else 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a stream holds: `ready` may take effect in its turn, `stuck` may not (with the event
    where the reason to hold it has to be changed); `more`: further versions were not read.
    """

    ready: Mapping[int, ReceivedEvent] = field(default_factory=dict)
    stuck: Mapping[int, Placed | None] = field(default_factory=dict)
    more: bool = False


@dataclass(frozen=True, slots=True)
class Advance:
    """What becomes of one stream: its new height, and whether it holds anything now."""

    height: int
    holding: bool
    fresh: Sequence[ReceivedEvent] = ()
    hold: Sequence[Placed] = ()
    duplicates: Sequence[Placed] = ()


def arrange(arrivals: Sequence[Placed]) -> dict[Stream, Arrivals]:
    """The fetch by stream; of several copies of a version one counts."""
    versions: dict[Stream, dict[int, Placed]] = {}
    for item in arrivals:
        envelope = item.envelope
        stream = envelope.topic, envelope.key
        if stream in versions:
            versions[stream].setdefault(envelope.version, item)
        else:
            versions[stream] = {envelope.version: item}
    return {stream: _split(items) for stream, items in versions.items()}


def _split(versions: Mapping[int, Placed]) -> Arrivals:
    items = list(versions.values())
    if len(items) > 1:  # most streams bring one
        items = [versions[version] for version in sorted(versions)]
    run: list[ReceivedEvent] = []
    for item in items:
        if not isinstance(item, ReceivedEvent) or (run and item.version != run[-1].version + 1):
            break
        run.append(item)
    return Arrivals(tuple(run), tuple(items[len(run) :]))


def is_next(*, height: int, version: int) -> bool:
    """Whether a version may take effect on a stream that has seen `height`."""
    return version == height + 1


def advance(arrivals: Sequence[Placed], *, height: int, waiting: Waiting) -> Advance:
    """Let the arrivals of one stream, and what it holds, take effect as far as they follow on."""
    above = {item.version: item for item in arrivals if item.version > height}
    following: dict[int, Placed] = {**above, **waiting.ready}
    fresh: list[ReceivedEvent] = []
    new_height = height
    for version in sorted(following):
        item = following[version]
        if (
            not is_next(height=new_height, version=version)
            or version in waiting.stuck
            or not isinstance(item, ReceivedEvent)
        ):
            break
        fresh.append(item)
        new_height = version
    held_versions = {*waiting.ready, *waiting.stuck}
    hold = [
        item
        for version, item in above.items()
        if version > new_height and version not in held_versions
    ]
    hold += [item for item in waiting.stuck.values() if item is not None]
    return Advance(
        height=new_height,
        holding=bool(hold)
        or waiting.more
        or any(version > new_height for version in held_versions),
        fresh=fresh,
        hold=hold,
        duplicates=[
            item for item in arrivals if item.version <= height or item.version in waiting.stuck
        ],
    )
