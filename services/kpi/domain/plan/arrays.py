"""Sums over the lines of many blocks as arrays. Whoever imports this loads numpy, which takes a
tenth of a second and some megabytes: `sums.py` does it when something is asked.

No node is more than a million of millions of its measure, so that eight bytes hold each sum.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.kpi.domain.plan.blocks import CODES, Block
from services.kpi.domain.plan.nodes import AxisName, Node

Ints = NDArray[Any]


def _stacked(blocks: Iterable[Block], node: Node) -> Iterator[tuple[Sequence[Block], Ints, Ints]]:
    """Blocks that the node meets and that have equally many lines, which are handled together:
    party and seller by block and line, and cells by block, column and line.
    """
    of_count: dict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        if node.meets(block.region, block.product):
            of_count[block.count].append(block)
    for count, alike in of_count.items():
        lines = b"".join(block.lines for block in alike)
        cells = b"".join(block.cells for block in alike)
        yield (
            alike,
            np.frombuffer(lines, np.uint32).reshape(len(alike), count, CODES),
            np.frombuffer(cells, np.int64).reshape(len(alike), -1, count),
        )


def _chosen(codes: Ints, node: Node) -> Ints:
    """Which of the lines lie in the node."""
    chosen: Ints = np.ones(codes.shape[:2], np.bool_)
    for place, number in enumerate((node.party, node.seller)):
        if number is not None:
            chosen &= codes[:, :, place] == number
    return chosen


def sums_of_lines(
    blocks: Iterable[Block], node: Node, axis: AxisName, groups: Sequence[Sequence[int]]
) -> list[Counter[int]]:
    """For each group of columns, of which none is empty: what lies in them by the party or the
    seller of the node's lines.
    """
    codes, amounts = [np.empty(0, np.int64)], [np.empty((len(groups), 0), np.int64)]
    for _, of_lines, cells in _stacked(blocks, node) if groups else ():
        chosen = _chosen(of_lines, node)
        codes.append(of_lines[:, :, int(axis == "seller")][chosen])
        amounts.append(np.stack([cells[:, group].sum(axis=1)[chosen] for group in groups]))
    every = np.concatenate(codes, dtype=np.int64)
    numbers = np.flatnonzero(np.bincount(every))
    sums = np.zeros((len(groups), every.max(initial=-1) + 1), np.int64)
    for of_group, each in zip(sums, np.concatenate(amounts, axis=1), strict=True):
        np.add.at(of_group, every, each)
    names, values = numbers.tolist(), sums[:, numbers].tolist()
    return [Counter(dict(zip(names, each, strict=True))) for each in values]


def sums_of_columns(blocks: Iterable[Block], node: Node) -> Iterator[tuple[Block, list[int]]]:
    """Of each block with lines in the node the sum of each column over these."""
    for alike, of_lines, cells in _stacked(blocks, node):
        chosen = _chosen(of_lines, node)
        sums = np.where(chosen[:, None], cells, 0).sum(axis=2).tolist()
        are_there = np.any(chosen, axis=1, keepdims=True).ravel().tolist()
        for block, is_there, of_block in zip(alike, are_there, sums, strict=True):
            if is_there:
                yield block, of_block
