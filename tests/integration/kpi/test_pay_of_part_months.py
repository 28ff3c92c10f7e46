"""Who came or left within a month is paid the base by the part of it that was worked."""

from datetime import UTC, datetime

from tests.integration.kpi.paying import ANNA, BORIS, STATEMENTS, Payroll
from tests.support.event_streams import some_id

VERA = some_id("manager", "Вера")
PLAIN = {"currency": "RUB", "base": 31000}


async def part_months(payroll: Payroll) -> None:
    """Vera is known from 16 May, Boris has left on 10 May; Anna was here all the time."""
    payroll.at(2026, 5, 16, 9)
    payroll.hired(VERA, "Вера")
    payroll.hired(BORIS, "Борис", left_at=datetime(2026, 5, 10, 15, tzinfo=UTC))
    payroll.won("стол", VERA, 1000)
    await payroll.consume()
    await payroll.approved("2026-03", terms=PLAIN)


async def test_who_comes_and_who_leaves_is_paid_in_part(payroll: Payroll) -> None:
    await part_months(payroll)
    vera = await payroll.statement(VERA, "2026-05")
    (base,) = vera["lines"]
    assert (vera["worked"], vera["payout"], base["formula"]) == (0.516129, 16000, "base * worked")
    assert base["inputs"]["base"] == 31000
    boris = await payroll.statement(BORIS, "2026-05")
    assert (boris["worked"], boris["payout"]) == (0.322581, 10000)
    anna = await payroll.statement(ANNA, "2026-05")
    assert (anna["worked"], anna["payout"], anna["lines"][0]["formula"]) == (1, 31000, "base")
    # The first month in which anybody is known is whole for those known since.
    assert (await payroll.statement(ANNA, "2026-03"))["payout"] == 31000
    await payroll.statement(BORIS, "2026-06", status=404)


async def test_who_comes_back_is_not_paid_for_the_time_between(payroll: Payroll) -> None:
    """Boris left on 10 May, and is here again since 21 July."""
    await part_months(payroll)
    payroll.at(2026, 7, 21, 9)
    payroll.hired(BORIS, "Борис")
    await payroll.consume()
    for month, payout in (("2026-04", 31000), ("2026-05", 10000), ("2026-07", 11000)):
        assert (await payroll.statement(BORIS, month))["payout"] == payout
    await payroll.statement(BORIS, "2026-06", status=404)


async def test_a_closed_part_month_stays_and_is_restated_by_its_part(payroll: Payroll) -> None:
    await part_months(payroll)
    payroll.at(2026, 6, 2, 9)
    for month in ("2026-03", "2026-04", "2026-05"):
        await payroll.close(month)
    assert (await payroll.statement(VERA, "2026-05"))["worked"] == 0.516129
    payroll.reopened("стол")
    await payroll.consume()
    page = await payroll.ask("GET", STATEMENTS, params={"month": "2026-06"})
    vera = next(item for item in page["items"] if item["manager_id"] == str(VERA))
    # The sale earned nothing: what is restated is the part of the base that was paid.
    assert vera["payout"] == 31000
    lines = (await payroll.statement(VERA, "2026-06"))["lines"]
    assert [(line["kind"], line["amount"]) for line in lines] == [("base", 31000), ("claw_back", 0)]


async def test_whoever_has_left_is_named_where_something_is_taken_back(payroll: Payroll) -> None:
    payroll.at(2026, 5, 4, 9)
    payroll.won("диван", BORIS, 1000)
    await part_months(payroll)
    payroll.at(2026, 6, 2, 9)
    for month in ("2026-03", "2026-04", "2026-05"):
        await payroll.close(month)
    payroll.reopened("диван")
    await payroll.consume()
    boris = await payroll.statement(BORIS, "2026-06")
    assert (boris["name"], [line["kind"] for line in boris["lines"]]) == ("Борис", ["claw_back"])


async def test_who_sold_before_anything_was_known_of_them_is_named(payroll: Payroll) -> None:
    """As where a past is imported: routing tells of managers later than shops of what was sold."""
    payroll.at(2026, 3, 5, 9)
    payroll.won("комод", VERA, 1000)
    await part_months(payroll)
    vera = await payroll.statement(VERA, "2026-03")
    assert vera["name"] == "Вера"


async def test_of_months_before_managers_were_known_it_says_who_is_listed(
    payroll: Payroll,
) -> None:
    payroll.at(2026, 2, 5, 9)
    payroll.won("комод", VERA, 1000)
    await part_months(payroll)
    await payroll.approved("2026-02", terms=PLAIN)

    async def listed(month: str) -> tuple[list[str], str, bool]:
        page = await payroll.ask("GET", STATEMENTS, params={"month": month})
        names = sorted(item["name"] for item in page["items"])
        return names, page["managers_since"], page["sellers_only"]

    names, since, only = await listed("2026-02")
    assert (names, only) == (["Вера"], True)
    assert since.startswith("2026-03")
    names, _, only = await listed("2026-03")
    assert (names, only) == (["Анна Ёлкина", "Борис"], False)
