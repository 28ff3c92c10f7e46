"""Locks: whatever there are of them, a cell or a child is locked where one of them covers it."""

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.plan.blocks import Block, empty, lines_of
from services.kpi.domain.plan.locks import Locks, ice_of, locked_children
from services.kpi.domain.plan.nodes import AXES, NATURES, AxisName, Node

MONTHS = 3
LINES = [(0, 0), (0, 2), (1, 0), (1, 1)]
_VALUES = st.none() | st.integers(0, 2)
NODES = st.builds(
    Node, _VALUES, _VALUES, _VALUES, _VALUES, _VALUES, st.none() | st.integers(0, len(NATURES) - 1)
)


@given(nodes=st.lists(NODES, max_size=6), region=st.integers(0, 2), item=st.integers(0, 2))
def test_a_cell_is_locked_where_a_lock_covers_it(nodes: list[Node], region: int, item: int) -> None:
    cells = empty(len(LINES), MONTHS)
    block = Block(region, item, lines_of(LINES), cells, cells)
    leaves = [
        Node(region, month, item, party, seller, nature)
        for nature in range(len(NATURES))
        for month in range(MONTHS)
        for party, seller in LINES
    ]
    locked = [any(node.covers(leaf) for node in nodes) for leaf in leaves]
    assert ice_of(block, Locks(nodes, MONTHS)) == bytes(locked)


@given(nodes=st.lists(NODES, max_size=6), place=NODES, axis=st.sampled_from(AXES))
def test_a_child_is_locked_where_a_lock_covers_it(
    nodes: list[Node], place: Node, axis: AxisName
) -> None:
    parent = place._replace(**{axis: None})
    frozen = locked_children(nodes, parent, axis)
    for number in range(2):
        child = parent.at(axis, number)
        is_locked = not frozen.isdisjoint({None, number})
        assert is_locked == any(node.covers(child) for node in nodes)
