"""What nodes come to, and their children along an axis, from cells or from the sums of columns."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import NamedTuple

from services.kpi.domain.plan.blocks import Block, columns_of
from services.kpi.domain.plan.nodes import NATURES, AxisName, Node


class Columns(NamedTuple):
    """The sums of the columns of a block, of all its lines or of those in a node."""

    region: int
    product: int
    sums: Sequence[int]


def needs_cells(node: Node, axis: AxisName | None) -> bool:
    """Whether sums of columns do not tell, since lines are told apart."""
    return axis in {"party", "seller"} or node.party is not None or node.seller is not None


def children_of(blocks: Iterable[Block], node: Node, axis: AxisName | None) -> Counter[int]:
    """What each value of an axis comes to in the node, by its number, of those that have lines
    there; without an axis the node itself, as number 0.
    """
    rows = list(blocks)
    if axis not in {"party", "seller"} or not rows:
        return by_columns(_columns(rows, node), node, axis)
    chosen = columns_of(node, rows[0].months)
    return _sums_of_lines(rows, node, axis, [list(compress(range(len(chosen)), chosen))])[0]


def children_by_month(
    blocks: Iterable[Block], node: Node, axis: AxisName | None, months: Sequence[int]
) -> list[Counter[int]]:
    """The same in each of these months, whatever the node's own."""
    rows = list(blocks)
    if axis not in {"party", "seller"} or not rows:
        columns = list(_columns(rows, node))
        return [by_columns(columns, node.at("month", month), axis) for month in months]
    natures = [each for each in range(len(NATURES)) if node.nature in {None, each}]
    width = rows[0].months
    groups = [[nature * width + month for nature in natures] for month in months]
    return _sums_of_lines(rows, node, axis, groups)


def _sums_of_lines(
    blocks: Sequence[Block], node: Node, axis: AxisName, groups: Sequence[Sequence[int]]
) -> list[Counter[int]]:
    from services.kpi.domain.plan import arrays  # noqa: PLC0415 (it loads numpy)

    return arrays.sums_of_lines(blocks, node, axis, groups)


def _columns(blocks: Sequence[Block], node: Node) -> Iterator[Columns]:
    if node.party is None and node.seller is None:
        for block in blocks:
            if node.meets(block.region, block.product):
                yield Columns(block.region, block.product, block.totals())
        return
    from services.kpi.domain.plan import arrays  # noqa: PLC0415 (as above)

    for block, sums in arrays.sums_of_columns(blocks, node):
        yield Columns(block.region, block.product, sums)


def by_columns(blocks: Iterable[Columns], node: Node, axis: AxisName | None) -> Counter[int]:
    """The same, of sums of columns; for an axis other than party and seller."""
    sums: Counter[int] = Counter()
    chosen: Sequence[bool] = ()
    for block in blocks:
        months = len(block.sums) // len(NATURES)
        if not chosen:
            chosen = columns_of(node, months)
        if axis in {"month", "nature"}:
            for column in compress(range(len(block.sums)), chosen):
                number = column % months if axis == "month" else column // months
                sums[number] += block.sums[column]
        else:
            number = {"region": block.region, "product": block.product}.get(axis or "", 0)
            sums[number] += sum(compress(block.sums, chosen))
    return sums
