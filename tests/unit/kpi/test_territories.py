"""The tree of territories under any moves, tables of facts, and potentials by formula."""

import unicodedata
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.labels import label_key
from services.kpi.domain.territories.potential import Formula, bounds_of
from services.kpi.domain.territories.tables import FactWish, read_facts
from services.kpi.domain.territories.tree import (
    DEEPEST_TERRITORY,
    Territory,
    faults_of,
    line_of,
)

MOVES = st.lists(st.tuples(st.integers(0, 14), st.none() | st.integers(0, 15)), max_size=60)


@given(MOVES)
def test_no_moves_make_a_cycle_or_too_deep_a_tree(moves: list[tuple[int, int | None]]) -> None:
    tree: dict[UUID, Territory] = {}
    for place, parent in moves:
        territory_id = UUID(int=place + 1)
        parent_id = None if parent is None else UUID(int=parent + 1)
        item = Territory(territory_id, f"T{place}", parent_id, None)
        if not list(faults_of(item, tree)):
            tree[territory_id] = item
        for key in tree:
            line = line_of(tree, key)
            assert len({one.territory_id for one in line}) == len(line) <= DEEPEST_TERRITORY
            assert line[-1].parent_id is None


def test_a_territory_alone_is_no_cycle() -> None:
    one = UUID(int=1)
    itself = Territory(one, "A", one, None)
    assert [field for field, _ in faults_of(itself, {})] == ["parent_id"]
    assert not list(faults_of(Territory(one, "A", None, None), {}))


SPELLINGS = ("Орёл", "орел", " ОРЁЛ ", "Оре\u0308л", "Орёл\u00a0")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings_of_one_name_are_one_territory(spelling: str) -> None:
    assert label_key(spelling) == "орел"
    tree = {UUID(int=1): Territory(UUID(int=1), "Орёл", None, "Орёл")}
    item = Territory(UUID(int=2), spelling, None, spelling)
    assert [field for field, _ in faults_of(item, tree)] == ["name", "region"]
    other = Territory(UUID(int=2), f"{spelling} 2", None, None)
    assert not list(faults_of(other, tree))


@given(st.text("аАеЁё\u0308 йИ\u0306\u00a0zZ1", max_size=30))
def test_a_key_is_the_key_of_all_spellings(text: str) -> None:
    key = label_key(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        spelling = unicodedata.normalize(form, f"\t{text.upper()} ")
        assert label_key(spelling) == key == label_key(key)


AMOUNTS = st.decimals(0, 10**6, places=3)


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.none() | AMOUNTS, st.decimals(0, 1, places=4))
def test_what_can_be_sold_is_never_above_the_market(
    buyers: Decimal, frequency: Decimal, quantity: Decimal, price: Decimal | None, share: Decimal
) -> None:
    formula = Formula(
        buyers=buyers, frequency=frequency, quantity=quantity, price=price, share=share
    )
    bounds = bounds_of(formula)
    assert 0 <= bounds.sales <= bounds.market
    exact = buyers * frequency * quantity * (1 if price is None else price)
    if exact <= 10**15:
        assert abs(bounds.market - exact) <= Decimal("0.005")


@given(st.text(max_size=200))
def test_any_table_gives_facts_or_faults(text: str) -> None:
    table = read_facts(text, FactWish(), {"a": [UUID(int=1)]})
    assert table.faults or not table.lines
    assert all(fault.row >= 0 and fault.detail for fault in table.faults)
