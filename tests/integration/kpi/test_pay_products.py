"""The products of sales that are paid for, read together: whatever lead they are of."""

from datetime import date
from decimal import Decimal
from typing import Any

from services.kpi.domain.months import days_of
from services.kpi.repository.motivation.facts import ProductSum, sum_products
from shared.database import transaction
from tests.integration.kpi.paying import ANNA, BORIS, TERMS, ZONE, Payroll

MARCH = days_of(date(2026, 3, 1), ZONE)


async def sums(payroll: Payroll, *who: Any, **more: Any) -> list[ProductSum]:
    async with transaction(payroll.database) as session:
        by_manager = await sum_products(session, MARCH, who=who, **more)
    return sorted(one for each in by_manager.values() for one in each)


async def test_a_lead_that_was_won_at_another_time_has_its_product(payroll: Payroll) -> None:
    payroll.won("стол", ANNA, 100, product="Кухня")
    payroll.won("диван", ANNA, 200, product="Шкаф")
    payroll.won("без товара", ANNA, 7)
    await payroll.consume()
    # A sale is of the order's time where it and the win are one, however long after the order.
    async with transaction(payroll.database) as session:
        await session.execute(
            "UPDATE lead_story SET won_at = '2026-04-20T00:00Z' WHERE product = 'Шкаф'"
        )
    for together in (True, False):
        assert await sums(payroll, ANNA, together=together) == [
            ProductSum("", "RUB", 1, Decimal(7)),
            ProductSum("Кухня", "RUB", 1, Decimal(100)),
            ProductSum("Шкаф", "RUB", 1, Decimal(200)),
        ]
    assert await sums(payroll, BORIS) == []


async def test_a_product_that_is_alike_to_another_is_among_it(payroll: Payroll) -> None:
    for place, product in enumerate(("Кухня", "Шкаф", "Стол"), 1):
        payroll.won(f"продажа {place}", ANNA, place, product=product)
    await payroll.consume()
    alike = {"Кухня": "Кухня", "Шкаф": "Кухня"}
    assert await sums(payroll, ANNA, alike=alike) == [
        ProductSum("Кухня", "RUB", 2, Decimal(3)),
        ProductSum("Стол", "RUB", 1, Decimal(3)),
    ]


async def test_products_of_other_groups_earn_no_bonus(payroll: Payroll) -> None:
    for place, product in enumerate(("Кухня", "кухня ", "Шкаф"), 1):
        payroll.won(f"продажа {place}", ANNA, 1000 * place, product=product)
    await payroll.consume()
    lamps = {"key": "lamps", "products": ["Шкаф"]}
    groups = [*TERMS["groups"], lamps]
    await payroll.approved("2026-03", terms=TERMS | {"groups": groups})
    statement = await payroll.statement(ANNA, "2026-03")
    (line,) = (line for line in statement["lines"] if line["kind"] == "group")
    assert line["inputs"] == {"rate": 0.015, "revenue": 3000}, "however it is spelled"


async def test_without_bonuses_by_product_pay_is_the_same(payroll: Payroll) -> None:
    for place, product in enumerate(("Кухня", "Шкаф"), 1):
        payroll.won(f"продажа {place}", ANNA, 100 * place, product=product)
    payroll.won("цена не названа", ANNA, None)
    await payroll.consume()
    await payroll.plan("2026-03", ANNA, 300)
    await payroll.approved(
        "2026-03", terms={"currency": "RUB", "personal": {"bonus": 1000, "measure": "revenue"}}
    )
    statement = await payroll.statement(ANNA, "2026-03")
    assert (statement["result"], statement["payout"]) == (300, 1000)
    parts = await payroll.parts(ANNA, "2026-03", 2)
    assert sorted(part["sold"] for part in parts) == [0, 100, 200]
