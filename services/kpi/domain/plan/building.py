"""Builds the blocks of a new plan: from what was sold, or empty from the values of its axes."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from operator import add
from typing import Final, NamedTuple

from services.kpi.domain.plan.blocks import CELL, Block, empty, lines_of
from services.kpi.domain.plan.nodes import MEASURES, NATURES, WHOLE, AxisName, Measure
from services.kpi.domain.plan.setting import Setting, set_node
from services.kpi.domain.plan.terms import NAMED

Values = Mapping[AxisName, Sequence[str]]
Pair = tuple[int, int]
_ALL_PERCENT: Final = 100


class Sold(NamedTuple):
    """What came of a combination in the past that a month of the plan is told by: in the smallest
    unit of the currency, and as a number of sales. What is not known of it is an empty text.
    """

    region: str
    product: str
    party: str
    seller: str
    month: int
    nature: int
    revenue: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Cube:
    """The blocks of each measure, the values of the axes, and the weights of months."""

    values: Values
    blocks: Mapping[Measure, Sequence[Block]]
    season: Mapping[Measure, Sequence[int]]


def cube_of(sold: Sequence[Sold], months: int, *, years: int, growth_percent: int) -> Cube:
    """What was sold in so many years, in the middle of them and with so much growth, to the unit;
    lines are the combinations that were sold.
    """
    values = values_of(sold)
    numbers = {axis: {name: n for n, name in enumerate(each)} for axis, each in values.items()}
    pairs: dict[Pair, set[Pair]] = defaultdict(set)
    for one in sold:
        place, pair = _place(one, numbers)
        pairs[place].add(pair)
    blocks, season = {}, {}
    for measure in MEASURES:
        past = _past(sold, pairs, numbers, measure, months)
        season[measure] = _season(past, months)
        total = sum(sum(block.cells) for block in past)
        value = round(total * (_ALL_PERCENT + growth_percent) / (_ALL_PERCENT * years))
        changed = set_node(past, Setting(node=WHOLE, value=value), [], season[measure])
        blocks[measure] = _in_place(past, changed)
    return Cube(values, blocks, season)


def empty_cube(values: Values, months: int) -> Cube:
    """Every combination of the values, with nothing in it."""
    numbers = {axis: range(len(values[axis])) for axis in NAMED}
    lines = list(product(numbers["party"], numbers["seller"]))
    blocks = [
        new_block(region, item, lines, months)
        for region, item in product(numbers["region"], numbers["product"])
    ]
    season = [0] * months
    return Cube(values, dict.fromkeys(MEASURES, blocks), dict.fromkeys(MEASURES, season))


def new_block(region: int, item: int, pairs: Iterable[Pair], months: int) -> Block:
    """A block of these lines with nothing in it."""
    lines = lines_of(sorted(pairs))
    count = len(lines) // 2
    return Block(region, item, lines, empty(count, months), empty(count, months))


def with_lines(block: Block, pairs: Iterable[Pair]) -> Block:
    """The block with more lines, which have nothing yet; those that there are stay."""
    old = list(zip(block.lines[::2], block.lines[1::2], strict=True))
    new = new_block(block.region, block.product, {*old, *pairs}, block.months)
    rows = zip(new.lines[::2], new.lines[1::2], strict=True)
    place_of = {pair: place for place, pair in enumerate(rows)}
    places = [place_of[pair] for pair in old]
    for column in range(block.width):
        for line, place in enumerate(places):
            old_cell, new_cell = column * block.count + line, column * new.count + place
            new.cells[new_cell] = block.cells[old_cell]
            new.past[new_cell] = block.past[old_cell]
    return new


def values_of(sold: Iterable[Sold]) -> dict[AxisName, list[str]]:
    """The values that occur, in their order."""
    names: dict[AxisName, set[str]] = {axis: set() for axis in NAMED}
    for one in sold:
        for axis, name in zip(NAMED, one[:4], strict=True):
            names[axis].add(name)
    return {axis: sorted(each) for axis, each in names.items()}


def _past(
    sold: Iterable[Sold],
    pairs: Mapping[Pair, set[Pair]],
    numbers: Mapping[AxisName, Mapping[str, int]],
    measure: Measure,
    months: int,
) -> list[Block]:
    """What was sold, as both the cells and the past of blocks."""
    blocks = {place: new_block(*place, lines, months) for place, lines in sorted(pairs.items())}
    lines = {place: {pair: n for n, pair in enumerate(sorted(pairs[place]))} for place in blocks}
    for one in sold:
        place, pair = _place(one, numbers)
        block = blocks[place]
        column = one.nature * months + one.month
        cell = column * block.count + lines[place][pair]
        block.cells[cell] += one.revenue if measure == "revenue" else one.quantity
    return [replace(block, past=array(CELL, block.cells)) for block in blocks.values()]


def _place(one: Sold, numbers: Mapping[AxisName, Mapping[str, int]]) -> tuple[Pair, Pair]:
    codes = [numbers[axis][name] for axis, name in zip(NAMED, one[:4], strict=True)]
    return (codes[0], codes[1]), (codes[2], codes[3])


def _season(blocks: Iterable[Block], months: int) -> list[int]:
    sums = [0] * (months * len(NATURES))
    for block in blocks:
        sums = list(map(add, sums, block.totals()))
    return list(map(add, sums[:months], sums[months:]))


def _in_place(blocks: Sequence[Block], changed: Iterable[Block]) -> list[Block]:
    new = {(block.region, block.product): block for block in changed}
    return [new.get((block.region, block.product), block) for block in blocks]
