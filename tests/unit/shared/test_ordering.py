"""Any interleaving, duplication and splitting of streams gives each effect once, in order."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.clock import system_clock
from shared.contracts.envelope import Envelope, Stream
from shared.contracts.managers import ManagerStatusChanged
from shared.ids import derived_id, new_id
from shared.messaging.consumer.ordering import Waiting, advance, arrange, is_next
from shared.messaging.decoding import NOT_YET_KNOWN, Placed, ReceivedEvent, Undecodable

NOW = system_clock()


def event(key: str, version: int) -> ReceivedEvent:
    content = ManagerStatusChanged(
        manager_id=derived_id("manager", key), status="online", changed_at=NOW
    )
    envelope = Envelope(
        event_id=new_id(),
        type=content.TYPE,
        source="/leadflow/routing",
        time=NOW,
        topic=content.TOPIC,
        key=key,
        version=version,
        payload="{}",
    )
    return ReceivedEvent(envelope, content)


@dataclass
class Memory:
    """The consumer's tables as dictionaries."""

    seen: defaultdict[Stream, int] = field(default_factory=lambda: defaultdict(int))
    held: defaultdict[Stream, dict[int, Placed]] = field(default_factory=lambda: defaultdict(dict))
    effects: list[tuple[str, int]] = field(default_factory=list)

    def take(self, batch: list[Placed], *, drain: int) -> None:
        for stream, arrivals in arrange(batch).items():
            self.move(stream, [*arrivals.run, *arrivals.rest], drain=drain)

    def move(self, stream: Stream, arrivals: list[Placed], *, drain: int) -> None:
        read = dict(sorted(self.held[stream].items())[:drain])
        waiting = Waiting(
            ready={v: item for v, item in read.items() if isinstance(item, ReceivedEvent)},
            stuck={v: None for v, item in read.items() if not isinstance(item, ReceivedEvent)},
            more=len(read) < len(self.held[stream]),
        )
        step = advance(arrivals, height=self.seen[stream], waiting=waiting)
        self.effects += [(item.envelope.key, item.version) for item in step.fresh]
        for item in step.hold:
            self.held[stream].setdefault(item.version, item)
        self.seen[stream] = step.height
        for version in [v for v in self.held[stream] if v <= step.height]:
            del self.held[stream][version]
        assert step.holding or not self.held[stream]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, int], list[list[Placed]]]:
    """Streams of given lengths; all their events, some of them again, in any order and batches."""
    lengths = draw(st.dictionaries(st.sampled_from("abc"), st.integers(1, 6), min_size=1))
    events = [event(key, v) for key, length in lengths.items() for v in range(1, length + 1)]
    again = draw(st.lists(st.sampled_from(events), max_size=8))
    order = draw(st.permutations([*events, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=5)))
    bounds = [0, *cuts, len(order)]
    return lengths, [list(order[a:b]) for a, b in pairwise(bounds) if a < b]


@given(deliveries(), st.sampled_from([1, 2, 100]))
@settings(max_examples=300)
def test_each_effect_once_and_in_order(
    delivery: tuple[dict[str, int], list[list[Placed]]], drain: int
) -> None:
    lengths, batches = delivery
    memory = Memory()
    for batch in batches:
        memory.take(batch, drain=drain)
    while any(memory.held.values()):  # what a short drain left over follows in later rounds
        before = len(memory.effects)
        for stream in list(memory.held):
            memory.move(stream, [], drain=drain)
        assert len(memory.effects) > before
    by_key = defaultdict(list)
    for key, version in memory.effects:
        by_key[key].append(version)
    for key, length in lengths.items():
        assert by_key[key] == list(range(1, length + 1))


@given(st.lists(st.integers(1, 12), min_size=1, max_size=20))
def test_a_run_is_contiguous_and_each_version_stands_once(versions: list[int]) -> None:
    [arrivals] = arrange([event("a", version) for version in versions]).values()
    run = [item.version for item in arrivals.run]
    assert run == list(range(min(versions), min(versions) + len(run)))
    assert [*run, *(item.version for item in arrivals.rest)] == sorted(set(versions))
    assert (arrivals.before, arrivals.last) == (run[0] - 1, run[-1])


def test_what_cannot_be_read_ends_a_run_and_holds_up_its_stream() -> None:
    first, second, third = (event("a", version) for version in (1, 2, 3))
    unknown = Undecodable(second.envelope, NOT_YET_KNOWN, "a.type.v9")
    [arrivals] = arrange([third, unknown, first]).values()
    assert (arrivals.run, arrivals.rest) == ((first,), (unknown, third))
    step = advance(arrivals.rest, height=1, waiting=Waiting())
    assert (step.height, step.holding, step.hold) == (1, True, [unknown, third])


def test_what_is_held_for_a_wrong_reason_is_held_again() -> None:
    broken = Undecodable(event("a", 1).envelope, "failed", "a field is missing")
    step = advance([], height=0, waiting=Waiting(stuck={1: broken}))
    assert (step.hold, step.holding, step.height) == ([broken], True, 0)


@given(st.integers(0, 50), st.integers(1, 50))
def test_only_the_version_after_the_height_is_next(height: int, version: int) -> None:
    assert is_next(height=height, version=version) == (version == height + 1)
