"""A plan from a forecast: each month comes to what is foretold, told apart as the past was."""

from collections.abc import Sequence
from dataclasses import replace
from operator import add

from services.kpi.domain.plan.blocks import Block
from services.kpi.domain.plan.building import Cube
from services.kpi.domain.plan.nodes import MEASURES, NATURES, Measure, Node
from services.kpi.domain.plan.setting import Setting, set_node


def as_foretold(cube: Cube, measure: Measure, amounts: Sequence[int]) -> Cube:
    """The cube with these amounts of the measure in its months, in its smallest unit. The other
    measure follows in the proportion of the month, so that what a sale is worth stays.
    """
    before = {name: _by_month(cube.blocks[name], len(amounts)) for name in MEASURES}
    blocks = {}
    for name in MEASURES:
        aims = [
            amount if name == measure else _in_proportion(own, amount, was)
            for own, amount, was in zip(before[name], amounts, before[measure], strict=True)
        ]
        blocks[name] = _with_months(cube.blocks[name], aims, before[name])
    return replace(cube, blocks=blocks)


def _in_proportion(own: int, amount: int, was: int) -> int:
    """Of a month of which the past tells nothing, nothing follows."""
    return round(own * amount / was) if was else own


def _by_month(blocks: Sequence[Block], months: int) -> list[int]:
    return [sum(block.amount(Node(month=month)) for block in blocks) for month in range(months)]


def _with_months(
    blocks: Sequence[Block], aims: Sequence[int], before: Sequence[int]
) -> list[Block]:
    evenly = [1] * len(aims)
    for month, (aim, was) in enumerate(zip(aims, before, strict=True)):
        if not was and aim:
            blocks = [_as_all_months(block, month) for block in blocks]
        changed = set_node(blocks, Setting(node=Node(month=month), value=aim), [], evenly)
        new = {(block.region, block.product): block for block in changed}
        blocks = [new.get((block.region, block.product), block) for block in blocks]
    return list(blocks)


def _as_all_months(block: Block, month: int) -> Block:
    """A month without a past is told apart as all months together were."""
    cells, count = block.past, block.count
    sums: list[int] = []
    for nature in range(len(NATURES)):
        of_lines = [0] * count
        for each in range(block.months):
            begin = (nature * block.months + each) * count
            of_lines = list(map(add, of_lines, cells[begin : begin + count]))
        sums += of_lines
    return block.with_cells(block.mask(Node(month=month)), sums)
