"""Locked nodes, held so that hundreds of them cost hardly more than one does."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from services.kpi.domain.plan.blocks import CODES, Block, columns_of
from services.kpi.domain.plan.nodes import NATURES, AxisName, Node

Who = tuple[int | None, int | None]  # a party and a seller, None for all
_ALL: Final[Who] = (None, None)


class Locks:
    """The locked nodes of one measure of a plan of so many months, by region and product, then by
    party and seller: of each whose the columns that are locked, a byte each in one number.
    """

    def __init__(self, nodes: Iterable[Node], months: int) -> None:
        self._width = months * len(NATURES)
        self._places: dict[Who, dict[Who, int]] = defaultdict(lambda: defaultdict(int))
        for node in nodes:
            columns = int.from_bytes(bytes(columns_of(node, months)))
            self._places[node.region, node.product][node.party, node.seller] |= columns

    def of(self, block: Block) -> bytes:
        """A byte for each cell of the block: 1 where a lock covers it."""
        columns = self._columns_in(block.region, block.product)
        if not columns:
            return bytes(len(block.cells))
        pairs = zip(block.lines[::CODES], block.lines[1::CODES], strict=True)
        lines = b"".join(_of_line(columns, *pair).to_bytes(self._width) for pair in pairs)
        return b"".join(lines[column :: self._width] for column in range(self._width))

    def _columns_in(self, region: int, product: int) -> Mapping[Who, int]:
        columns: dict[Who, int] = defaultdict(int)
        for place in ((region, product), (region, None), (None, product), _ALL):
            for who, each in self._places.get(place, {}).items():
                columns[who] |= each
        return columns


def _of_line(columns: Mapping[Who, int], party: int, seller: int) -> int:
    ours = 0
    for who in ((party, seller), (party, None), (None, seller), _ALL):
        ours |= columns.get(who, 0)
    return ours


def ice_of(block: Block, locks: Locks) -> bytes:
    """A byte for each cell: 1 where a lock covers it."""
    return locks.of(block)


def locked_children(locks: Iterable[Node], node: Node, axis: AxisName) -> set[int | None]:
    """Which of the node's children along the axis locks cover, by number; None among them where all
    are.
    """
    return {
        getattr(lock, axis)
        for lock in locks
        if lock._replace(**{axis: None}).covers(node)
    }  # fmt: skip
