"""The cells of one region and product: dense over months and natures, sparse over the lines.

Cells stand column by column, a column being a nature and a month, so that sums are sums of slices.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Final

from services.kpi.domain.plan.nodes import NATURES, Node

CELL: Final = "q"
_SIZE: Final = 8  # bytes of a cell
_LINE: Final = "I"
CODES: Final = 2  # a line's: its party's number and its seller's


@dataclass(frozen=True, slots=True)
class Block:
    """`lines` holds the party and the seller of each line one after the other, in rising order;
    `past` what the same cells once came to, for those that nothing else tells how to complete.
    """

    region: int
    product: int
    lines: "array[int]"
    cells: "array[int]"
    past: "array[int]"

    @property
    def count(self) -> int:
        return len(self.lines) // CODES

    @property
    def width(self) -> int:
        """Columns: natures times months."""
        return len(self.cells) // self.count

    @property
    def months(self) -> int:
        return self.width // len(NATURES)

    def totals(self) -> "array[int]":
        """The sum of each column."""
        return column_sums(self.cells, self.count)

    def mask(self, node: Node) -> bytes:
        """A byte for each cell: 1 where it lies in the node."""
        if not node.meets(self.region, self.product):
            return bytes(len(self.cells))
        lines = self._chosen(node)
        chosen = columns_of(node, self.months)
        nothing = bytes(self.count)
        return b"".join(lines if is_chosen else nothing for is_chosen in chosen)

    def _chosen(self, node: Node) -> bytes:
        if node.party is None and node.seller is None:
            return b"\1" * self.count
        parties, sellers = self.lines[::CODES], self.lines[1::CODES]
        return bytes(
            node.party in {None, party} and node.seller in {None, seller}
            for party, seller in zip(parties, sellers, strict=True)
        )

    def amount(self, node: Node) -> int:
        """What the cells in the node add up to."""
        return sum(compress(self.cells, self.mask(node)))

    def with_cells(self, mask: bytes, amounts: Sequence[int]) -> "Block":
        """The block with other numbers in the cells of the mask, in their order."""
        if len(amounts) == len(self.cells):
            return replace(self, cells=array(CELL, amounts))
        cells = self.cells[:]
        for place, amount in zip(compress(range(len(cells)), mask), amounts, strict=True):
            cells[place] = amount
        return replace(self, cells=cells)


def column_sums(cells: "array[int]", count: int) -> "array[int]":
    """The sum of each column of so many lines."""
    return array(CELL, (sum(cells[begin : begin + count]) for begin in range(0, len(cells), count)))


def columns_of(node: Node, months: int) -> list[bool]:
    """Whether each column lies in the node: first all months of one nature, then of the other."""
    return [
        node.nature in {None, nature} and node.month in {None, month}
        for nature in range(len(NATURES))
        for month in range(months)
    ]


def lines_of(pairs: Iterable[tuple[int, int]]) -> "array[int]":
    """The lines of a block from pairs of party and seller in rising order."""
    return array(_LINE, (code for pair in pairs for code in pair))


def empty(count: int, months: int) -> "array[int]":
    """Cells of so many lines, all 0."""
    return array(CELL, bytes(_SIZE * count * months * len(NATURES)))


def read_lines(raw: bytes) -> "array[int]":
    lines = array(_LINE)
    lines.frombytes(raw)
    return lines


def read_cells(raw: bytes) -> "array[int]":
    cells = array(CELL)
    cells.frombytes(raw)
    return cells
