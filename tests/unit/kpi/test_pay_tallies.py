"""What terms look at of sales: sums, by which a paid month is counted anew."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.motivation.codec import line_json
from services.kpi.domain.motivation.corrections import counted_before
from services.kpi.domain.motivation.statements import Facts, SoldSale, statement_of
from services.kpi.domain.motivation.tallies import Cell, alike_products, tally_of
from services.kpi.domain.motivation.terms import ProductGroup, Terms
from tests.unit.kpi.paying import cells_of, facts, results, sales_lists, schemes, targets


@given(
    terms=schemes(),
    sales=sales_lists,
    gone=st.integers(0, 12),
    more=sales_lists,
    target=targets,
    company=results,
)
def test_a_month_is_restated_by_its_lines_and_what_has_changed(  # noqa: PLR0917  as above
    terms: Terms,
    sales: list[SoldSale],
    gone: int,
    more: list[SoldSale],
    target: Decimal | None,
    company: Fraction | None,
) -> None:
    then = facts(sales, target, company)
    changes = [
        *(Cell(one.product, -1, -one.amount) for one in sales[:gone]),
        *(Cell(one.product, 1, one.amount) for one in more),
    ]
    lines = [line_json(line) for line in statement_of(terms, then).lines]
    tally = tally_of(terms, changes, counted_before(terms, lines))
    restated = replace(then, tally=tally)
    now = facts([*sales[gone:], *more], target, company)
    assert statement_of(terms, restated) == statement_of(terms, now)


@given(schemes_of=st.lists(schemes(), min_size=1, max_size=3), sales=sales_lists, target=targets)
def test_products_that_no_scheme_tells_apart_are_counted_as_one(
    schemes_of: list[Terms], sales: list[SoldSale], target: Decimal | None
) -> None:
    others = replace(schemes_of[0], groups=(ProductGroup("both", ("Лампа", "Кухня", "шкаф")),))
    alike = alike_products([*schemes_of, others])
    assert alike["Кухня"] != alike["Лампа"], "one scheme tells them apart"
    assert alike_products([others]).keys() == {"Кухня", "Лампа", "шкаф"}
    assert len(set(alike_products([others]).values())) == 1
    merged = [sale._replace(product=alike.get(sale.product, sale.product)) for sale in sales]
    for terms in (*schemes_of, others):
        tallies = [tally_of(terms, cells_of(those)) for those in (sales, merged)]
        pays = [statement_of(terms, Facts(tally, target)) for tally in tallies]
        assert pays[0].payout == pays[1].payout
        assert pays[0].lines == pays[1].lines
