"""Rules of all pools, prepared so that the first that matches is found at once.

Each rule is a bit, the first one the lowest. For each value of a fact it is known which rules want
it, so a handful of operations on long integers answers for all rules together.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.routing.domain.facts import Facts, term, terms
from services.routing.domain.pools import DEFAULT_POOL, Pool
from services.routing.domain.rules import Rule, bounds
from services.routing.domain.week import minute_of_week, spans


class PoolChoice(NamedTuple):
    """The pool of an inquiry and what chose it: a `rule` (by its place in the pool), the `source`,
    or the `default`.
    """

    pool: Pool
    by: str
    rule: int | None = None


class _Steps(NamedTuple):
    """Which rules want a number: `masks[i + 1]` from `starts[i]` on."""

    starts: Sequence[Any]
    masks: Sequence[int]

    def at(self, number: Any) -> int:
        return self.masks[bisect_right(self.starts, number)]


@dataclass(frozen=True, slots=True)
class _Wants:
    """What rules want, or refuse: `others` are the rules that do not name a fact."""

    others: Mapping[str, int]
    texts: Mapping[str, Mapping[str, int]]
    amounts: Mapping[str | None, _Steps]
    weeks: Mapping[str, _Steps]

    def rules_for(self, fact: str, facts: Facts) -> int:
        """The rules that want what the inquiry has of this fact."""
        mask = 0
        if fact == "amount":
            if facts.amount is not None:
                for currency in {facts.currency, None} & self.amounts.keys():
                    mask |= self.amounts[currency].at(facts.amount)
        elif fact == "week":
            for zone, steps in self.weeks.items():
                mask |= steps.at(minute_of_week(facts.at, zone))
        else:
            wanting = self.texts[fact]
            for value in facts.texts.get(fact, ()):
                for name in terms(fact, value):
                    if name in wanting:
                        mask |= wanting[name]
        return mask


@dataclass(frozen=True, slots=True)
class PreparedRules:
    """The rules of all pools in the order in which they are tried; those of the default pool claim
    nothing.
    """

    pools: Mapping[str, Pool]
    places: Sequence[tuple[Pool, int]]
    possible: int  # the rules that are not empty
    wants: _Wants
    refuses: _Wants

    def choose(self, facts: Facts, *, source_pool: str | None) -> PoolChoice:
        """The first pool by position with a matching rule, else `source_pool`, else the default."""
        mask = self.possible
        for fact, others in self.wants.others.items():
            mask &= others | self.wants.rules_for(fact, facts)
        for fact in self.refuses.others if mask else ():
            mask &= ~self.refuses.rules_for(fact, facts)
        if mask:
            pool, rule = self.places[(mask & -mask).bit_length() - 1]
            return PoolChoice(pool, "rule", rule)
        if source_pool is not None and source_pool in self.pools:
            return PoolChoice(self.pools[source_pool], "source")
        return PoolChoice(self.pools[DEFAULT_POOL], "default")


def in_order(pools: Iterable[Pool]) -> list[Pool]:
    """The pools whose rules are tried, in their order."""
    claiming = [pool for pool in pools if pool.key != DEFAULT_POOL]
    return sorted(claiming, key=lambda pool: (pool.position, pool.key))


def prepare(pools: Iterable[Pool]) -> PreparedRules:
    by_key = {pool.key: pool for pool in pools}
    places = [
        (pool, place) for pool in in_order(by_key.values()) for place in range(len(pool.rules))
    ]
    rules = [pool.rules[place] for pool, place in places]
    wanting = [{name: rule[name] for name in rule if name != "not"} for rule in rules]
    refusing = [rule.get("not", {}) for rule in rules]
    possible = sum(
        1 << place for place, parts in enumerate(zip(wanting, refusing, strict=True)) if any(parts)
    )
    return PreparedRules(by_key, places, possible, _wants(wanting), _wants(refusing))


def _wants(rules: Sequence[Rule]) -> _Wants:
    naming: dict[str, int] = defaultdict(int)
    texts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    amounts: dict[str | None, list[tuple[Any, Any, int]]] = defaultdict(list)
    weeks: dict[str, list[tuple[Any, Any, int]]] = defaultdict(list)
    for place, rule in enumerate(rules):
        bit = 1 << place
        for fact, values in rule.items():
            naming[fact] |= bit
            if fact == "amount":
                amounts[values.get("currency")].append((*bounds(values), bit))
            elif fact == "week":
                for zone, begin, end in _minutes(values):
                    weeks[zone].append((begin, end, bit))
            else:
                for value in values:
                    texts[fact][term(fact, value)] |= bit
                texts[fact].setdefault("", 0)
    return _Wants(
        {fact: ~mask for fact, mask in naming.items()},
        {fact: dict(by_term) for fact, by_term in texts.items()},
        {currency: _steps(ranges) for currency, ranges in amounts.items()},
        {zone: _steps(ranges) for zone, ranges in weeks.items()},
    )


def _minutes(windows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, int, int]]:
    """(time zone, first minute, minute after the last) of the windows together, without overlap."""
    by_zone: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for window in windows:
        by_zone[window["time_zone"]] += spans(window)
    for zone, ranges in by_zone.items():
        begin, end = 0, 0
        for first, last in sorted(ranges):
            if first > end:
                yield zone, begin, end
                begin = first
            end = max(end, last)
        yield zone, begin, end


def _steps(ranges: Iterable[tuple[Any, Any, int]]) -> _Steps:
    """Of ranges (from, to before, bit) that do not overlap for the same bit; None is no bound."""
    mask = 0
    changes: dict[Any, int] = defaultdict(int)
    for begin, end, bit in ranges:
        if begin is None:
            mask |= bit
        elif begin != end:
            changes[begin] ^= bit
        if end is not None and begin != end:
            changes[end] ^= bit
    starts = sorted(changes)
    masks = [mask]
    for start in starts:
        mask ^= changes[start]
        masks.append(mask)
    return _Steps(starts, masks)
