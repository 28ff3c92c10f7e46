"""What nodes come to, and their children along an axis, from cells or from the sums of columns."""

from array import array
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
    sums: "array[int]"


def needs_cells(node: Node, axis: AxisName | None) -> bool:
    """Whether sums of columns do not tell, since lines are told apart."""
    return axis in {"party", "seller"} or node.party is not None or node.seller is not None


def children_of(blocks: Iterable[Block], node: Node, axis: AxisName | None) -> Counter[int]:
    """What each value of an axis comes to in the node, by its number, of those that have lines
    there; without an axis the node itself, as number 0.
    """
    if axis in {"party", "seller"}:
        sums: Counter[int] = Counter()
        for block in blocks:
            for number, amount in block.by_line(node, axis).items():
                sums[number] += amount
        return sums
    return by_columns(_columns(blocks, node), node, axis)


def children_by_month(
    blocks: Iterable[Block], node: Node, axis: AxisName | None, months: Sequence[int]
) -> list[Counter[int]]:
    """The same in each of these months, whatever the node's own."""
    if axis not in {"party", "seller"}:
        columns = list(_columns(blocks, node))
        return [by_columns(columns, node.at("month", month), axis) for month in months]
    sums: list[Counter[int]] = [Counter() for _ in months]
    for block in blocks:
        if not node.meets(block.region, block.product):
            continue
        numbers, amounts = block.by_month(node, axis, months)
        for of_month, each in zip(sums, amounts, strict=True):
            for number, amount in zip(numbers, each, strict=True):
                of_month[number] += amount
    return sums


def _columns(blocks: Iterable[Block], node: Node) -> Iterator[Columns]:
    for block in blocks:
        if block.has_lines(node):
            yield Columns(block.region, block.product, block.by_column(node))


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
