"""What sources and campaigns have cost and brought, and what each number counts."""

from typing import Any

from shared.contracts.inquiries import InquiryUpdated
from shared.database import Database
from tests.integration.kpi.spring import a_spring, bought, joined, person, reopened
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.week import WEEK, report
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door

Rows = dict[tuple[str | None, str | None], dict[str, Any]]


async def spent(door: Door, *lines: tuple[str, str, str, float, str]) -> None:
    keys = ("day", "ad_channel", "campaign", "amount", "currency")
    body = {"lines": [dict(zip(keys, line, strict=True)) for line in lines]}
    answer = await door.client.put("/v1/spend", json=body, headers=door.as_("admin"))
    assert answer.status_code == 200, answer.text


async def campaigns(door: Door, **params: str) -> Rows:
    found = await report(door, "/v1/campaigns", **{**WEEK, **params})
    return {
        (row["group"]["ad_channel"], row["group"]["campaign"]): row["figures"]
        for row in found["rows"]
    }


def values(figures: dict[str, Any], *names: str) -> list[Any]:
    return [figures[name]["value"] if "cost" in name or name == "romi" else figures[name]
            for name in names]  # fmt: skip


YANDEX, GOOGLE, DIRECT = ("yandex", "spring"), ("google", "brand"), (None, None)


async def test_inquiries_people_leads_sales_and_spend_by_campaign(
    database: Database, door: Door
) -> None:
    await consume(database, apply_and_tell, a_spring().events)
    await spent(door, ("2026-03-02", "yandex", "SPRING", 40, "RUB"))
    rows = await campaigns(door)
    assert values(rows[YANDEX], "inquiries", "contacts", "target", "leads", "sales") == [
        2, 2, 2, 1, 2,
    ]  # fmt: skip
    assert rows[YANDEX]["amounts"] == {"RUB": 150}
    assert values(rows[YANDEX], "cost_per_inquiry", "cost_per_lead", "cost_per_sale", "romi") == [
        20,
        40,
        20,
        2.75,
    ]
    assert values(rows[GOOGLE], "inquiries", "sales", "amounts") == [1, 2, {"RUB": 10, "USD": 5}]
    assert rows[GOOGLE]["romi"]["missing"] == "no_spend"
    assert values(rows[DIRECT], "inquiries", "target", "sales") == [1, 0, 0]
    assert rows[DIRECT]["target_share"]["value"] == 0


MODELS: dict[str, tuple[Any, Any]] = {
    "first": ({"RUB": 150}, {}),
    "last": ({}, {"RUB": 150}),
    "last_non_direct": ({"RUB": 150}, {}),
    "linear": ({"RUB": 75}, {"RUB": 75}),
    "position": ({"RUB": 75}, {"RUB": 75}),
}


async def test_the_model_is_chosen_when_the_report_is_read(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_spring().events)
    for attribution, amounts in MODELS.items():
        rows = await campaigns(door, attribution=attribution)
        assert (rows[YANDEX]["amounts"], rows[DIRECT]["amounts"]) == amounts


async def test_a_quotient_without_a_meaning_says_so(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_spring().events)
    await spent(
        door,
        ("2026-03-02", "vk", "", 40, "RUB"),
        ("2026-03-02", "google", "brand", 4, "RUB"),
        ("2026-03-03", "google", "brand", 4, "USD"),
    )
    rows = await campaigns(door)
    nobody = rows["vk", None]
    assert (nobody["cost_per_inquiry"]["missing"], nobody["cost_per_sale"]["missing"]) == (
        "no_inquiries",
        "no_sales",
    )
    assert nobody["romi"]["value"] == -1
    assert rows[GOOGLE]["romi"] == {
        "value": None,
        "missing": "several_currencies",
        "currency": None,
    }
    found = await report(door, "/v1/campaigns", **WEEK, group_by="region")
    assert {row["figures"]["cost_per_lead"]["missing"] for row in found["rows"]} == {
        "spend_is_not_told_by_this"
    }
    assert found["totals"]["figures"]["spend"] == {"RUB": 44, "USD": 4}


async def test_every_number_leads_to_what_it_counts(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_spring().events)
    await spent(door, ("2026-03-02", "yandex", "spring", 40, "RUB"))

    async def items(measure: str, **params: str) -> list[dict[str, Any]]:
        asked = {**WEEK, "measure": measure, "ad_channel": "Yandex", "campaign": "spring", **params}
        page = await report(door, "/v1/sources/items", **asked)
        return list(page["items"])

    inquiries = {item["inquiry_id"] for item in await items("inquiries")}
    assert inquiries == {str(some_id("inquiry", name)) for name in ("a1", "c1")}
    (lead,) = await items("leads")
    assert lead["lead_id"] == str(some_id("lead", "a"))
    sold = {item["sale_id"]: item for item in await items("sales", attribution="linear")}
    assert {item["share"] for item in sold.values()} == {0.5}
    assert sold[str(some_id("lead", "a"))]["purchase_id"] == str(some_id("purchase", "7"))
    assert sum(item["amount"] for item in sold.values()) == 75
    (line,) = await items("spend")
    assert line["amount"] == 40
    assert await items("inquiries", campaign="") == []


async def test_pages_of_what_a_number_counts(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_spring().events)
    for measure, count in (("sales", 4), ("inquiries", 4)):
        ids: list[str] = []
        moments: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = await report(
                door, "/v1/sources/items", **WEEK, measure=measure, limit="1", **cursor
            )
            ids += [item["sale_id"] or item["inquiry_id"] for item in page["items"]]
            moments += [item["at"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert moments == sorted(moments, reverse=True)
        assert len(set(ids)) == len(ids) == count


async def test_the_window_before_a_sale(database: Database, door: Door) -> None:
    streams = EventStreams()
    streams.inquiry("old", contact=person(0), campaign=a_campaign())
    streams.at = streams.at.replace(day=6)
    bought(streams, "1", person(0), 10)
    await consume(database, apply_and_tell, streams.events)
    near = await campaigns(door, lookback_days="3")
    assert near[DIRECT]["amounts"] == {"RUB": 10}
    far = await campaigns(door, lookback_days="5")
    assert far[YANDEX]["amounts"] == {"RUB": 10}


def a_campaign() -> Any:
    return {"utm_source": "yandex", "utm_campaign": "spring"}


async def test_who_is_one_person_is_told_anew(database: Database, door: Door) -> None:
    streams = EventStreams()
    streams.inquiry("a", contact=person(0), campaign=a_campaign())
    streams.inquiry("b", contact=person(1), campaign=a_campaign())
    bought(streams, "1", person(1), 10)
    bought(streams, "2", person(2), 10)
    await consume(database, apply_and_tell, streams.events)
    assert (await campaigns(door))[YANDEX]["contacts"] == 2
    before = len(streams.events)
    for contact in (1, 2):
        joined(streams, person(contact), person(0))
    await consume(database, apply_and_tell, streams.events[before:])
    rows = await campaigns(door)
    assert (rows[YANDEX]["contacts"], rows[YANDEX]["sales"]) == (1, 2)
    before = len(streams.events)
    joined(streams, person(2), person(2))
    await consume(database, apply_and_tell, streams.events[before:])
    assert (await campaigns(door))[YANDEX]["sales"] == 1


async def test_spam_is_no_target(database: Database, door: Door) -> None:
    streams = a_spring()
    streams.emit(
        InquiryUpdated(
            inquiry_id=some_id("inquiry", "c1"),
            contact_id=person(2),
            changed_at=streams.at,
            changes={"spam": {"score": 1.0, "reasons": ["rejected"]}},
        )
    )
    await consume(database, apply_and_tell, streams.events)
    rows = await campaigns(door)
    assert values(rows[YANDEX], "inquiries", "target") == [2, 1]


async def test_a_report_as_it_was_known_on_a_day(database: Database, late_door: Door) -> None:
    streams = a_spring()
    streams.at = streams.at.replace(day=4)
    reopened(streams, "a", person(0))
    bought(streams, "8", person(0), 70)
    await consume(database, apply_and_tell, streams.events)
    then = await campaigns(late_door, as_known_on="2026-03-02")
    assert then[YANDEX]["amounts"] == {"RUB": 150}
    now = await campaigns(late_door)
    assert now[YANDEX]["amounts"] == {"RUB": 170}
    assert await campaigns(late_door, as_known_on="2026-03-04") == now
    assert await campaigns(late_door, as_known_on="2026-03-01") == {}


async def test_beside_the_days_before(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_spring().events)
    await spent(door, ("2026-03-02", "yandex", "spring", 40, "RUB"))
    later = {"from": "2026-03-09", "to": "2026-03-16", "tz": "UTC", "compare": "previous"}
    found = await report(door, "/v1/campaigns", **later)
    (row,) = [row for row in found["rows"] if row["group"]["campaign"] == "spring"]
    assert (row["figures"]["inquiries"], row["previous"]["inquiries"]) == (0, 2)
    assert row["changes"]["inquiries"] == {"absolute": -2, "relative": -1}
    assert row["changes"]["spend.RUB"]["relative"] == -1
    assert found["totals"]["previous"]["amounts"] == {"RUB": 160, "USD": 5}


REFUSED = (
    ({"group_by": "manager"}, "/group_by"),
    ({"group_by": "day,week"}, "/group_by"),
    ({"attribution": "magic"}, "/attribution"),
    ({"lookback_days": "0"}, "/lookback_days"),
    ({"lookback_days": "731"}, "/lookback_days"),
    ({"as_known_on": "0001-01-01"}, "/as_known_on"),
    ({"as_known_on": "2026-03-03"}, "/as_known_on"),  # tomorrow
)


async def test_what_cannot_be_asked_is_named(door: Door) -> None:
    for params, pointer in REFUSED:
        answer = await door.client.get(
            "/v1/sources", params={**WEEK, **params}, headers=door.as_("supervisor")
        )
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
