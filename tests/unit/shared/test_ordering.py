"""Any interleaving, duplication and splitting of streams gives each effect once, in order."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.clock import system_clock
from shared.contracts.envelope import Envelope
from shared.contracts.managers import ManagerStatusChanged
from shared.ids import derived_id, new_id
from shared.messaging.consumer.ordering import Stream, Verdict, Waiting, sort_out, verdict
from shared.messaging.decoding import Arrived

NOW = system_clock()


def event(key: str, version: int) -> Arrived:
    found = ManagerStatusChanged(
        manager_id=derived_id("manager", key), status="online", changed_at=NOW
    )
    envelope = Envelope(
        event_id=new_id(),
        type=found.TYPE,
        source="/leadflow/routing",
        time=NOW,
        topic=found.TOPIC,
        key=key,
        version=version,
        payload="{}",
    )
    return Arrived(envelope, found)


@dataclass
class Memory:
    """The listener's tables as dictionaries."""

    seen: defaultdict[Stream, int] = field(default_factory=lambda: defaultdict(int))
    held: defaultdict[Stream, dict[int, Arrived]] = field(default_factory=lambda: defaultdict(dict))
    effects: list[tuple[str, int]] = field(default_factory=list)

    def take_in(
        self, batch: list[Arrived], *, further: frozenset[Stream] = frozenset(), drain: int
    ) -> None:
        streams = {item.stream for item in batch} | further
        waiting = {
            stream: Waiting(dict(sorted(self.held[stream].items())[:drain]))
            for stream in streams
            if self.held[stream]
        }
        plan = sort_out(
            batch, seen={stream: self.seen[stream] for stream in streams}, waiting=waiting
        )
        self.effects += [(item.envelope.key, item.version) for item in plan.fresh]
        for item, _reason in plan.hold:
            self.held[item.stream].setdefault(item.version, item)
        for stream, height in plan.seen.items():
            self.seen[stream] = height
            for version in [v for v in self.held[stream] if v <= height]:
                del self.held[stream][version]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, int], list[list[Arrived]]]:
    """Streams of given lengths; all their events, some of them again, in any order and batches."""
    lengths = draw(st.dictionaries(st.sampled_from("abc"), st.integers(1, 6), min_size=1))
    events = [event(key, v) for key, length in lengths.items() for v in range(1, length + 1)]
    again = draw(st.lists(st.sampled_from(events), max_size=8))
    order = draw(st.permutations([*events, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=5)))
    bounds = [0, *cuts, len(order)]
    return lengths, [order[a:b] for a, b in pairwise(bounds) if a < b]


@given(deliveries(), st.sampled_from([1, 2, 100]))
@settings(deadline=None, max_examples=300)
def test_each_effect_once_and_in_order(
    delivery: tuple[dict[str, int], list[list[Arrived]]], drain: int
) -> None:
    lengths, batches = delivery
    memory = Memory()
    for batch in batches:
        memory.take_in(batch, drain=drain)
    while any(memory.held.values()):  # what a short drain left over follows in later rounds
        before = len(memory.effects)
        memory.take_in([], further=frozenset(memory.held), drain=drain)
        assert len(memory.effects) > before
    by_key = defaultdict(list)
    for key, version in memory.effects:
        by_key[key].append(version)
    for key, length in lengths.items():
        assert by_key[key] == list(range(1, length + 1))


@given(st.integers(0, 50), st.integers(1, 50))
def test_a_version_is_a_duplicate_next_or_ahead(seen: int, version: int) -> None:
    found = verdict(seen=seen, version=version)
    assert (found is Verdict.DUPLICATE) == (version <= seen)
    assert (found is Verdict.NEXT) == (version == seen + 1)
