"""The cube under any order of sets and locks: sums agree everywhere, what is locked stays."""

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpi.domain.plan.blocks import CELL, Block, column_sums, empty, lines_of
from services.kpi.domain.plan.nodes import AXES, WHOLE, AxisName, Node
from services.kpi.domain.plan.setting import NoRoomError, Setting, set_node
from services.kpi.domain.plan.sums import children_by_month, children_of

MONTHS = 3
SIZES: dict[AxisName, int] = {
    "region": 2, "month": MONTHS, "product": 2, "party": 2, "seller": 2, "nature": 2,
}  # fmt: skip
LINES = [(0, 0), (0, 1), (1, 1)]
SEASON = [5, 0, 7]


def new_block(region: int, item: int, amounts: Sequence[int], past: Sequence[int] = ()) -> Block:
    cells, shape = empty(len(LINES), MONTHS), empty(len(LINES), MONTHS)
    for place, amount in enumerate(amounts):
        cells[place] = amount
    for place, amount in enumerate(past):
        shape[place] = amount
    return Block(region, item, lines_of(LINES), cells, shape)


def leaves(blocks: Sequence[Block]) -> dict[Node, int]:
    """Every cell by its node, told cell by cell."""
    return {
        Node(block.region, month, block.product, party, seller, nature): block.cells[
            (nature * MONTHS + month) * len(LINES) + line
        ]
        for block in blocks
        for nature, month, (line, (party, seller)) in product(
            range(2), range(MONTHS), enumerate(LINES)
        )
    }


def amount_at(blocks: Sequence[Block], node: Node) -> int:
    return sum(amount for leaf, amount in leaves(blocks).items() if node.covers(leaf))


def merged(blocks: Sequence[Block], changed: Sequence[Block]) -> list[Block]:
    new = {(block.region, block.product): block for block in changed}
    return [new.get((block.region, block.product), block) for block in blocks]


NODES = st.builds(
    Node, **{name: st.none() | st.integers(0, size - 1) for name, size in SIZES.items()}
)
AMOUNTS = st.lists(st.integers(0, 1000), max_size=18)
CUBES = st.tuples(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS).map(
    lambda each: [
        new_block(region, item, each[2 * region + item]) for region in range(2) for item in range(2)
    ]
)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("lock"), NODES),
        st.tuples(st.just("set"), NODES, st.integers(0, 10_000), st.booleans(), st.booleans()),
    ),
    max_size=12,
)


@given(blocks=CUBES, deeds=DEEDS)
@settings(max_examples=300)
def test_any_order_of_sets_and_locks_keeps_the_laws(
    blocks: list[Block], deeds: list[tuple[object, ...]]
) -> None:
    locks: list[Node] = []
    for deed in deeds:
        match deed:
            case ("lock", Node() as node):
                locks.append(node)
            case ("set", Node() as node, int(value), bool(spread), bool(is_within)):
                setting = Setting(
                    node=node, value=value, within=WHOLE if is_within else None, spread=spread
                )
                before = blocks
                try:
                    blocks = merged(blocks, set_node(blocks, setting, locks, SEASON))
                except NoRoomError:
                    continue
                assert amount_at(blocks, node) == value
                if is_within:
                    assert amount_at(blocks, WHOLE) == amount_at(before, WHOLE)
                require_stays(before, blocks, setting, locks)
    require_sums(blocks)


def require_stays(
    before: Sequence[Block], after: Sequence[Block], setting: Setting, locks: Sequence[Node]
) -> None:
    """Nothing that is locked changes, nor what lies outside."""
    old, reach = leaves(before), setting.within or setting.node
    for leaf, amount in leaves(after).items():
        assert amount >= 0
        if any(lock.covers(leaf) for lock in locks) or not reach.covers(leaf):
            assert amount == old[leaf]


def require_sums(blocks: Sequence[Block]) -> None:
    """Every way of adding up tells the same."""
    for node in (WHOLE, Node(seller=1), Node(month=1, nature=0), Node(region=1, party=0)):
        amount = amount_at(blocks, node)
        assert sum(block.amount(node) for block in blocks) == amount
        for axis in AXES:
            if getattr(node, axis) is None:
                children = [node.at(axis, number) for number in range(SIZES[axis])]
                assert sum(amount_at(blocks, child) for child in children) == amount
    for axis in ("party", "seller"):
        for number in range(2):
            amounts = [children_of([block], WHOLE, axis)[number] for block in blocks]
            assert sum(amounts) == amount_at(blocks, WHOLE.at(axis, number))
    for block in blocks:
        assert block.totals() == column_sums(block.cells, block.count)
        node = Node(region=block.region, product=block.product, seller=1)
        assert children_of([block], node, "month").total() == amount_at(blocks, node)


def test_children_are_completed_by_their_present_proportions() -> None:
    blocks = [new_block(0, 0, [10, 20, 30])]
    (changed,) = set_node(blocks, Setting(node=WHOLE, value=600), [], SEASON)

    assert list(changed.cells[:3]) == [100, 200, 300]
    assert sum(changed.cells) == 600


def test_what_is_empty_is_completed_by_the_past() -> None:
    blocks = [new_block(0, 0, [], [1, 3]), new_block(0, 1, [], [4])]
    changed = merged(blocks, set_node(blocks, Setting(node=WHOLE, value=80), [], SEASON))

    assert [list(block.cells[:2]) for block in changed] == [[10, 30], [40, 0]]


def test_without_a_past_it_is_completed_by_the_season() -> None:
    (changed,) = set_node([new_block(0, 0, [])], Setting(node=WHOLE, value=72), [], SEASON)

    assert list(changed.totals()) == [15, 0, 21, 15, 0, 21]


def test_without_anything_all_are_alike() -> None:
    (changed,) = set_node([new_block(0, 0, [])], Setting(node=Node(month=1), value=12), [], SEASON)

    assert list(changed.totals()) == [0, 6, 0, 0, 6, 0]


@pytest.mark.parametrize(
    ("setting", "locks", "member"),
    [
        (Setting(node=WHOLE, value=59, spread=True), [WHOLE], "value"),
        (Setting(node=WHOLE, value=9, spread=True), [Node(party=0, seller=0)], "value"),
        (Setting(node=WHOLE, value=90), [Node(party=0, seller=0)], "mismatch"),
        (Setting(node=Node(region=1), value=1), [], "node"),
        (Setting(node=Node(party=1), value=61, within=WHOLE), [], "value"),
        (Setting(node=WHOLE, value=60, within=Node(month=1)), [], "within"),
        (Setting(node=WHOLE, value=60, within=WHOLE), [], "within"),
    ],
)
def test_what_has_no_room_names_the_member(
    setting: Setting, locks: list[Node], member: str
) -> None:
    with pytest.raises(NoRoomError) as refusal:
        set_node([new_block(0, 0, [10, 20, 30])], setting, locks, SEASON)

    assert refusal.value.member == member


def test_a_mismatch_is_spread_over_what_is_not_locked() -> None:
    setting = Setting(node=WHOLE, value=110, spread=True)
    (changed,) = set_node([new_block(0, 0, [10, 20, 30])], setting, [Node(party=0, seller=0)], [])

    assert list(changed.cells[:3]) == [10, 40, 60]


def test_numbers_take_eight_bytes() -> None:
    assert empty(1, 1).typecode == CELL
    assert empty(1, 1).itemsize == 8


@given(CUBES, NODES, st.none() | st.sampled_from(AXES))
def test_months_told_at_once_are_those_told_one_by_one(
    blocks: Sequence[Block], node: Node, axis: AxisName | None
) -> None:
    months = list(range(MONTHS))
    by_month = children_by_month(blocks, node, axis, months)
    assert by_month == [children_of(blocks, node.at("month", month), axis) for month in months]
    for month, sums in zip(months, by_month, strict=True):
        of_month = node.at("month", month)
        for number, amount in sums.items():
            part = of_month if axis is None else of_month.at(axis, number)
            assert amount == amount_at(blocks, part)
