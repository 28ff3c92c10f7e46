"""Sums over the lines of many blocks as arrays. Whoever imports this loads numpy, which takes a
tenth of a second and some megabytes: `sums.py` does it when something is asked.

No node is more than a million of millions of its measure, so that eight bytes hold each sum.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.plan.blocks import CODES, Block
from services.kpi.domain.plan.nodes import AxisName, Node

Ints = NDArray[Any]


class _Lines(NamedTuple):
    """Of the lines of a block that lie in a node: party and seller of each, and its cells by
    column.
    """

    block: Block
    codes: Ints
    cells: Ints


def _lines(blocks: Iterable[Block], node: Node) -> Iterator[_Lines]:
    for block in blocks:
        if not node.meets(block.region, block.product):
            continue
        codes = np.frombuffer(block.lines, np.uint32).reshape(-1, CODES)
        cells = np.frombuffer(block.cells, np.int64).reshape(-1, len(codes))
        for place, number in enumerate((node.party, node.seller)):
            if number is not None:
                chosen = codes[:, place] == number
                codes, cells = codes[chosen], cells[:, chosen]
        if len(codes):
            yield _Lines(block, codes, cells)


def sums_of_lines(
    blocks: Iterable[Block], node: Node, axis: AxisName, groups: Sequence[Sequence[int]]
) -> list[Counter[int]]:
    """For each group of columns, of which none is empty: what lies in them by the party or the
    seller of the node's lines.
    """
    columns = [column for group in groups for column in group]
    begins = np.cumsum([0, *map(len, groups)])[:-1]
    codes, amounts = [], []
    for _, of_lines, cells in _lines(blocks, node):
        codes.append(of_lines[:, int(axis == "seller")])
        amounts.append(np.add.reduceat(cells[columns], begins, axis=0))
    if not codes or not groups:
        return [Counter() for _ in groups]
    every = np.concatenate(codes)
    order = np.argsort(every, kind="stable")
    ordered = every[order]
    firsts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    sums = np.add.reduceat(np.concatenate(amounts, axis=1)[:, order], firsts, axis=1)
    numbers = ordered[firsts].tolist()
    return [Counter(dict(zip(numbers, each, strict=True))) for each in sums.tolist()]


def sums_of_columns(blocks: Iterable[Block], node: Node) -> Iterator[tuple[Block, list[int]]]:
    """Of each block with lines in the node the sum of each column over these."""
    for block, _, cells in _lines(blocks, node):
        yield block, cells.sum(axis=1).tolist()
