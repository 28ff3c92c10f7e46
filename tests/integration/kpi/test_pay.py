"""Statements of pay: each kopeck explained, frozen when a month is closed, taken back later."""

from typing import Any

from tests.integration.kpi.paying import ANNA, BORIS, STATEMENTS, Payroll
from tests.support.event_streams import some_id


async def a_march(payroll: Payroll) -> None:
    """Anna: a kitchen for 400 000 and others for 510 000 and 100.01; Boris: one for 80 000."""
    payroll.won("кухня", ANNA, 400_000, product="Кухня")
    payroll.won("шкаф", ANNA, 510_000)
    payroll.won("лампа", ANNA, 100.01)
    payroll.won("стол", BORIS, 80_000)
    await payroll.consume()
    for subject, value in ((ANNA, 1_000_000), ("company", 900_000)):
        await payroll.plan("2026-03", subject, value)
    await payroll.approved("2026-03")
    payroll.at(2026, 3, 20, 9)


def lines(statement: dict[str, Any]) -> dict[str, float]:
    return {line["kind"]: line["amount"] for line in statement["lines"]}


async def test_every_kopeck_is_explained(payroll: Payroll) -> None:
    await a_march(payroll)
    anna = await payroll.statement(ANNA, "2026-03")
    # 91 % of the own plan: the bonus; 110 % of the company's: a tenth more of it.
    assert lines(anna) == {"base": 40000, "personal": 30000, "company": 3000, "group": 6000}
    assert (anna["payout"], anna["attainment"], anna["closed_at"]) == (79000, 0.9101, None)
    assert anna["company_attainment"] == 1.100111
    parts = await payroll.parts(ANNA, "2026-03", 2)
    leads = {str(some_id("lead", name)): name for name in ("кухня", "шкаф", "лампа")}
    assert {leads[part["lead_id"]]: part["amount"] for part in parts} == {
        "кухня": 13185.36, "шкаф": 16811.34, "лампа": 3.30,
    }  # fmt: skip
    assert round(sum(part["amount"] for part in parts), 2) == 30000
    (kitchen,) = await payroll.parts(ANNA, "2026-03", 4)
    assert (kitchen["product"], kitchen["sold"], kitchen["amount"]) == ("Кухня", 400_000, 6000)
    assert await payroll.parts(ANNA, "2026-03", 1) == [], "a base comes of no sale"
    await payroll.ask(
        "GET", f"{STATEMENTS}/{ANNA}/lines/5", params={"month": "2026-03"}, status=404
    )


async def test_what_is_lacking_is_said(payroll: Payroll) -> None:
    await a_march(payroll)
    boris = await payroll.statement(BORIS, "2026-03", headers={"accept-language": "ru"})
    personal = boris["lines"][1]
    assert (personal["label"], personal["missing"]) == ("Личный план", "no_target")
    assert (boris["plan"], boris["next_band"]) == (None, None)
    await payroll.plan("2026-03", BORIS, 300_000)
    boris = await payroll.statement(BORIS, "2026-03", headers={"accept-language": "ru"})
    assert boris["next_band"] == {
        "begins": 0.9, "short": 190_000, "sales": 3, "adds": 33000,
        "hint": "Ещё 3 продажи до ступени от 90 %",
    }  # fmt: skip


async def test_other_currencies_and_missing_amounts(payroll: Payroll) -> None:
    payroll.won("доллар", ANNA, 10, currency="USD")
    payroll.won("без суммы", ANNA, None)
    payroll.won("рубль", ANNA, 1)
    await payroll.consume()
    await payroll.approved("2026-03", terms={"currency": "RUB", "personal": {
        "bonus": 100, "measure": "sales"}})  # fmt: skip
    await payroll.plan("2026-03", ANNA, 2, measure="sales", currency=None)
    anna = await payroll.statement(ANNA, "2026-03")
    assert (anna["result"], anna["other_currencies"], anna["payout"]) == (2, 1, 100)
    parts = await payroll.parts(ANNA, "2026-03", 2)
    assert sorted(part["sold"] for part in parts) == [0, 1]
    assert {part["amount"] for part in parts} == {50}


async def test_a_manager_sees_the_own_statement_only(payroll: Payroll) -> None:
    await a_march(payroll)
    own: dict[str, Any] = {"role": "manager", "own": ANNA}
    page = await payroll.ask("GET", STATEMENTS, params={"month": "2026-03"}, **own)
    assert [item["manager_id"] for item in page["items"]] == [str(ANNA)]
    assert (await payroll.statement(ANNA, "2026-03", **own))["payout"] == 79000
    await payroll.statement(BORIS, "2026-03", status=404, **own)
    path = f"{STATEMENTS}/{BORIS}/lines/1"
    await payroll.ask("GET", path, params={"month": "2026-03"}, status=404, **own)
    everybody = await payroll.ask("GET", STATEMENTS, params={"month": "2026-03"})
    assert [item["manager_id"] for item in everybody["items"]] == sorted(map(str, (ANNA, BORIS)))


async def test_statements_are_walked_by_pages(payroll: Payroll) -> None:
    await a_march(payroll)
    params = {"month": "2026-03", "limit": 1}
    first = await payroll.ask("GET", STATEMENTS, params=params)
    second = await payroll.ask("GET", STATEMENTS, params={**params, "cursor": first["next_cursor"]})
    ids = [item["manager_id"] for page in (first, second) for item in page["items"]]
    assert (ids, second["next_cursor"]) == (sorted(map(str, (ANNA, BORIS))), None)


async def test_a_closed_month_stays_as_it_was_paid(payroll: Payroll) -> None:
    await a_march(payroll)
    await payroll.close("2026-03", status=409)
    payroll.at(2026, 4, 2, 9)
    closed = await payroll.close("2026-03")
    paid = {item["manager_id"]: item["payout"] for item in closed["items"]}
    assert paid == {str(ANNA): 79000, str(BORIS): 40000}
    await payroll.close("2026-03", status=409)
    before = await payroll.statement(ANNA, "2026-03")
    parts = await payroll.parts(ANNA, "2026-03", 2)
    payroll.reopened("кухня")
    payroll.won("другая", BORIS, 1)
    await payroll.consume()
    assert await payroll.statement(ANNA, "2026-03") == before
    assert await payroll.parts(ANNA, "2026-03", 2) == parts
    target = {"month": "2026-03", "subject": str(ANNA), "value": 1, "currency": "RUB"}
    refused = await payroll.ask(
        "PUT", "/v1/motivation/targets", json={"targets": [target]}, status=422
    )
    assert refused["errors"] == [{"pointer": "/targets/0/month", "detail": "is closed"}]


async def test_a_claw_back_returns_what_was_paid_once(payroll: Payroll) -> None:
    await a_march(payroll)
    payroll.at(2026, 4, 2, 9)
    await payroll.close("2026-03")
    payroll.reopened("кухня")
    await payroll.consume()
    april = await payroll.statement(ANNA, "2026-04")
    # March without the kitchen: 51 % of the plan pay no bonus, and no group's bonus is left.
    (line,) = [one for one in april["lines"] if one["kind"] == "claw_back"]
    assert (line["month"], line["amount"]) == ("2026-03", -39000)
    assert line["inputs"] == {"restated": 40000, "paid": 79000, "carried": 0}
    assert april["payout"] == 40000 - 39000
    (part,) = await payroll.parts(ANNA, "2026-04", line["line"])
    assert (part["lead_id"], part["amount"]) == (str(some_id("lead", "кухня")), -39000)
    assert "claw_back" not in lines(await payroll.statement(BORIS, "2026-04"))
    assert "claw_back" not in lines(await payroll.statement(ANNA, "2026-05")), "counted once"
    payroll.at(2026, 5, 2, 9)
    await payroll.close("2026-04")
    frozen = await payroll.statement(ANNA, "2026-04")
    assert (lines(frozen)["claw_back"], frozen["payout"]) == (-39000, 1000)
    assert await payroll.parts(ANNA, "2026-04", line["line"]) == [part]
    assert "claw_back" not in lines(await payroll.statement(ANNA, "2026-05")), "carried already"
    payroll.reopened("шкаф")
    payroll.at(2026, 3, 10, 9)
    payroll.won("поздняя", ANNA, 950_000, product="кухня")
    await payroll.consume()
    payroll.clock[0] = payroll.now.replace(month=5)
    may = await payroll.statement(ANNA, "2026-05")
    less, more = (one for one in may["lines"] if one["month"] == "2026-03")
    # Without the wardrobe nothing else is lost: no bonus was left.
    assert (less["kind"], less["amount"]) == ("claw_back", 0)
    assert less["inputs"] == {"restated": 40000, "paid": 79000, "carried": -39000}
    # 95 % again: all is owed that was taken back, and a larger kitchen's bonus.
    assert (more["kind"], more["amount"]) == ("late_sales", 47250)
    assert more["inputs"] == {"restated": 87250, "paid": 79000, "carried": -39000}

    async def explained(line: Any) -> dict[str, float]:
        parts = await payroll.parts(ANNA, "2026-05", line["line"])
        return {part["lead_id"]: part["amount"] for part in parts}

    told = [{str(some_id("lead", "шкаф")): 0}, {str(some_id("lead", "поздняя")): 47250}]
    assert [await explained(less), await explained(more)] == told
    payroll.at(2026, 6, 2, 9)
    await payroll.close("2026-05")
    assert (await payroll.statement(ANNA, "2026-05"))["lines"] == may["lines"]
    assert [await explained(less), await explained(more)] == told
    assert not {"claw_back", "late_sales"} & lines(await payroll.statement(ANNA, "2026-06")).keys()


async def test_months_are_closed_in_their_order(payroll: Payroll) -> None:
    await a_march(payroll)
    payroll.at(2026, 6, 2, 9)
    await payroll.close("2026-03")
    skipped = await payroll.close("2026-05", status=409)
    assert "2026-04" in skipped["detail"]
    earlier = await payroll.close("2026-02", status=409)
    assert earlier["type"].endswith("month-closed")


async def test_a_statement_as_a_table(payroll: Payroll) -> None:
    await a_march(payroll)
    answer = await payroll.door.client.get(
        f"{STATEMENTS}/{ANNA}",
        params={"month": "2026-03", "format": "csv", "lang": "ru"},
        headers=payroll.door.as_("supervisor"),
    )
    heading, base, *_, total = answer.content.decode("utf-8-sig").splitlines()
    assert '"Формула"' in heading
    assert '"Оклад"' in base
    assert total.startswith('"Итого"')
    assert total.endswith('"79000.00"')
