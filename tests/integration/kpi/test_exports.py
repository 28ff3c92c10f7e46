"""Every report as a table: the same numbers, words in two languages, and no formula."""

import csv
import io
from typing import Any

from python_calamine import CalamineWorkbook

from shared.database import Database
from shared.spreadsheets import BOM, CSV_TYPE, XLSX_TYPE
from tests.integration.kpi.company import settle
from tests.integration.kpi.ways import REPORTS, Params
from tests.integration.kpi.week import report
from tests.support.http_client import Door

LISTS: tuple[tuple[str, Params], ...] = (
    ("/v1/funnel/leads", {"measure": "received"}),
    ("/v1/funnel/activity/leads", {"measure": "assigned"}),
    ("/v1/conversions/stages/leads", {"measure": "entered", "pipeline": "sales", "stage": "new"}),
    ("/v1/conversions/curve/leads", {}),
    ("/v1/response-times/steps/leads", {"step": "owner"}),
    ("/v1/sources/items", {"measure": "sales"}),
    ("/v1/sales/items", {}),
    ("/v1/spend", {}),
)


async def taken(door: Door, path: str, params: Params) -> bytes:
    answer = await door.client.get(path, params=params, headers=door.as_("supervisor"))
    assert answer.status_code == 200, answer.text
    kind = CSV_TYPE if params["format"] == "csv" else XLSX_TYPE
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].endswith(f'.{params["format"]}"')
    return answer.content


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def lines(content: bytes) -> list[list[str]]:
    text = content.decode()
    assert text.startswith(BOM)
    return list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))


def numbers(value: Any) -> list[float]:
    """All numbers in it, in their order by size."""
    if isinstance(value, dict):
        return sorted(number for each in value.values() for number in numbers(each))
    if isinstance(value, list):
        return sorted(number for each in value for number in numbers(each))
    return [round(float(value), 6)] if type(value) in {int, float} else []


async def test_every_report_as_a_table(database: Database, door: Door) -> None:
    days = await settle(database, door, seed=3, steps=90)
    for path, choices in (*REPORTS, *LISTS):
        more = {"limit": "200"} if (path, choices) in LISTS else {"compare": "previous"}
        asked = {**days, **choices, **more}
        if path == "/v1/spend":  # days of it are those of the invoices
            del asked["tz"]
        found = await report(door, path, **asked)
        rows = [*found.get("rows", found.get("items", found.get("points", ())))]
        content = await taken(door, path, {**asked, "format": "xlsx", "lang": "en"})
        (_, (heading, *cells)), (name, about) = sheets(content).items()
        totals = [found["totals"]] if "totals" in found else []
        if "points" in found:
            totals = [{**found, "points": []}]
        marked = cells if not totals else [line[1:] for line in cells]
        assert [numbers(line) for line in marked] == [numbers(row) for row in [*rows, *totals]], (
            path
        )
        assert name == "About"
        table = lines(await taken(door, path, {**asked, "format": "csv", "lang": "en"}))
        assert table[0] == heading
        assert [name for name in heading if heading.count(name) > 1] == [], path
        assert len(table) == len(cells) + 1
        words = dict(about)
        if path != "/v1/spend":
            assert (words["First day"], words["Time zone"]) == (days["from"], "Asia/Tokyo")


async def test_a_table_of_nothing_says_what_it_would_hold(database: Database, door: Door) -> None:
    days = {"from": "2026-03-02", "to": "2026-03-04", "format": "csv", "lang": "en"}
    for path, choices, words in (
        ("/v1/alerts", {"from": None, "to": None}, {"Indicator", "Threshold", "Raised (UTC)"}),
        ("/v1/funnel/leads", {"measure": "won"}, {"Lead (id)", "When (UTC)"}),
        ("/v1/conversions", {}, {"Leads", "Won", "Conversion"}),
        ("/v1/conversions/loss-reasons", {"compare": "previous"}, {"Loss reason", "Lost"}),
        ("/v1/managers", {}, {"Manager (id)", "First response: Median, s"}),
        ("/v1/managers/load", {}, {"Manager (id)", "Begins (UTC)", "Came", "Utilisation, share"}),
        ("/v1/loyalty/customers", {}, {"Recency, 1-5", "Frequency, 1-5", "Money, 1-5", "Amount"}),
        ("/v1/loyalty/next-products", {}, {"Product", "Next product", "Support"}),
        ("/v1/marketing/advice", {}, {"Advertising channel", "Suggested", "Curve: scale"}),
        ("/v1/spend", {}, {"Day", "Amount", "Currency"}),
        ("/v1/territory-facts", {}, {"Day", "Source"}),
        ("/v1/motivation/targets", {"from": None, "to": None}, {"Month from", "Value"}),
    ):
        asked = {name: value for name, value in {**days, **choices}.items() if value is not None}
        (heading,) = lines(await taken(door, path, asked))
        assert words <= {*heading}, (path, heading)


async def test_names_stand_beside_ids_and_compute_nothing(database: Database, door: Door) -> None:
    days = await settle(database, door, seed=3, steps=90)
    asked = {**days, "format": "csv", "group_by": "source,manager,product"}
    heading, *rows = lines(await taken(door, "/v1/funnel", asked))
    assert heading[:7] == [
        "Строка", "Источник (id)", "Источник: название", "Продукт", "Менеджер (id)",
        "Менеджер: название", "Обращения",
    ]  # fmt: skip
    cells = {cell for row in rows for cell in row}
    assert {"'=1+1", "'=SUM(A1)"} <= cells
    assert any(cell.startswith("'=Manager") for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)
    content = await taken(door, "/v1/managers", {**days, "format": "xlsx"})
    (_, (heading, *_)), (_, about) = sheets(content).items()
    assert {"Имя", "За период: Назначено", "Первый ответ: Медиана, с"} <= set(heading)
    assert ["Как было известно на конец дня (UTC)", "как известно сейчас"] in about
    words = {"measure": "won", "campaign": '=HYPERLINK("http://a")', "loss_reason": "@SUM(1)"}
    content = await taken(door, "/v1/funnel/leads", {**days, **words, "format": "xlsx"})
    (_, (_, *about)) = sheets(content).values()
    assert ["Кампания", words["campaign"]] in about


async def test_load_and_waits_as_tables(database: Database, door: Door) -> None:
    days = await settle(database, door, seed=3, steps=40)
    for path in ("/v1/managers/load", "/v1/managers/load/company"):
        found = await report(door, path, **days)
        managers = [row["figures"] for row in found.get("rows", ())] or [found["figures"]]
        asked = {**days, "format": "csv", "lang": "en"}
        heading, *rows = lines(await taken(door, path, asked))
        assert len(rows) == len(managers) * len(found["steps"])
        came = heading.index("Came")
        assert sum(int(row[came]) for row in rows) == sum(sum(each["came"]) for each in managers)
    asked = {**days, "group_by": "channel", "step": "owner"}
    found = await report(door, "/v1/response-times/distribution", **asked)
    content = await taken(
        door, "/v1/response-times/distribution", {**asked, "format": "csv", "lang": "en"}
    )
    heading, *rows = lines(content)
    assert {"Promised time: due", "Promised time: kept", "Promised time: share kept"} <= {*heading}
    count, bins = heading.index("Leads measured"), heading.index("Up to seconds: ∞")
    assert [int(row[count]) for row in rows] == [
        each["count"] for each in [*found["rows"], found["totals"]]
    ]
    assert int(rows[-1][bins]) == found["totals"]["bins"][-1]["count"]


async def test_a_table_says_as_of_when_it_is(database: Database, late_door: Door) -> None:
    await settle(database, late_door, seed=3, steps=20)
    asked = {"from": "2026-03-02", "to": "2026-04-01", "tz": "UTC", "as_known_on": "2026-03-03"}
    for path in ("/v1/funnel", "/v1/sales"):
        answer = await late_door.client.get(
            path,
            params={**asked, "format": "xlsx"},
            headers={**late_door.as_("supervisor"), "accept-language": "en"},
        )
        name = path.removeprefix("/v1/")
        assert f'"{name}-2026-03-02-2026-03-31.xlsx"' in answer.headers["content-disposition"]
        assert answer.headers["cache-control"] == "no-store"
        about = sheets(answer.content)["About"]
        assert ["As known at the end of (UTC)", "2026-03-03"] in about
