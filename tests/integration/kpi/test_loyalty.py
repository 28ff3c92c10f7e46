"""Segments, sleepers, cohorts and next products: as people bought, told again without any SQL."""

import csv
import io
from collections import Counter
from datetime import UTC, date, datetime
from itertools import combinations
from statistics import quantiles
from typing import Any

import pytest

from services.kpi.domain.loyalty.rhythm import is_sleeping, limit_seconds
from services.kpi.domain.loyalty.segments import bounds_of, score, segment_of
from shared.database import Database
from tests.integration.kpi.buyers import HALF_YEAR, Buyer, buyers
from tests.integration.kpi.spring import bought, cancelled, joined, person, won
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.week import report
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door

PATH = "/v1/loyalty"
END = datetime(2026, 3, 1, tzinfo=UTC)
PEOPLE = 60


async def everybody(door: Door, **params: str) -> dict[str, dict[str, Any]]:
    """All customers, page by page."""
    found: dict[str, dict[str, Any]] = {}
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = await report(door, f"{PATH}/customers", **HALF_YEAR, limit="7", **params, **more)
        assert not found.keys() & {item["contact_id"] for item in page["items"]}
        found |= {item["contact_id"]: item for item in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def expected(people: dict[int, Buyer]) -> dict[str, dict[str, Any]]:
    last = {number: buyer.sales[-1][0] for number, buyer in people.items()}
    money = {number: sum(sale[1] for sale in buyer.sales) for number, buyer in people.items()}
    bounds = (
        bounds_of(list(last.values())),
        bounds_of([len(buyer.sales) for buyer in people.values()]),
        bounds_of(list(money.values())),
    )
    gaps = [gap for buyer in people.values() for gap in buyer.gaps]
    limit = quantiles(gaps, n=10, method="inclusive")[-1]
    rows = {}
    for number, buyer in people.items():
        recency = score(last[number], bounds[0])
        often = score(len(buyer.sales), bounds[1])
        own = limit_seconds(buyer.gaps, limit)
        rows[str(person(number))] = {
            "recency": recency,
            "frequency": often,
            "money": score(money[number], bounds[2]),
            "segment": segment_of(recency, often),
            "sales": len(buyer.sales),
            "amount": money[number],
            "is_sleeping": is_sleeping((END - last[number]).total_seconds(), own),
        }
    return rows


@pytest.mark.parametrize("seed", [1, 2])
async def test_scores_and_sleepers_are_those_of_the_rule(
    database: Database, door: Door, seed: int
) -> None:
    streams, people = buyers(seed, PEOPLE)
    await consume(database, apply_and_tell, streams.events)
    rows = expected(people)
    shown = await everybody(door)
    assert {
        contact: {name: item[name] for name in rows[contact]} for contact, item in shown.items()
    } == rows
    sleepers = {contact for contact, row in rows.items() if row["is_sleeping"]}
    assert 0 < len(sleepers) < len(rows)
    assert (await everybody(door, sleeping="true")).keys() == sleepers
    found = await report(door, PATH, **HALF_YEAR)
    counts = Counter(row["segment"] for row in rows.values())
    assert {row["segment"]: row["customers"] for row in found["rows"] if row["customers"]} == counts
    assert found["all"]["customers"] == len(rows) == found["totals"]["figures"]["customers"]
    assert found["all"]["amount"] == sum(row["amount"] for row in rows.values())
    assert found["all"]["sleeping"] == len(sleepers)
    for row in found["rows"]:
        listed = await everybody(door, segment=row["segment"])
        assert len(listed) == row["customers"]
        assert row["sleeping"] == sum(item["is_sleeping"] for item in listed.values())


async def test_cohorts_count_who_came_back(database: Database, door: Door) -> None:
    streams, people = buyers(3, PEOPLE)
    await consume(database, apply_and_tell, streams.events)
    counts: Counter[tuple[date, date]] = Counter()
    for buyer in people.values():
        months = {at.date().replace(day=1) for at, _, _ in buyer.sales}
        counts.update((min(months), month) for month in months)
    found = await report(door, f"{PATH}/retention", **HALF_YEAR)
    for row in found["rows"]:
        key = (date.fromisoformat(row["cohort"]), date.fromisoformat(row["month"]))
        assert row["customers"] == counts.pop(key, 0)
        share = row["customers"] / row["cohort_customers"]
        assert row["retained"]["value"] == pytest.approx(share, abs=0.0001)
        assert row["is_whole"]
        assert row["cohort_is_whole"]
        listed = await everybody(door, cohort=row["cohort"], bought_in=row["month"])
        assert len(listed) == row["customers"]
    assert not +counts
    cut = {**HALF_YEAR, "from": "2025-09-02", "to": "2026-02-27"}
    rows = (await report(door, f"{PATH}/retention", **cut))["rows"]
    parts = {row["month"] for row in rows if not row["is_whole"]}
    assert parts == {"2025-09-01", "2026-02-01"}


async def test_next_products_are_of_many(database: Database, door: Door) -> None:
    streams, people = buyers(4, PEOPLE)
    for number in range(9):  # nine people are too few, however much they have in common
        bought(streams, f"rare-{number}", person(number), 100, product="икра")
        people[number].sales.append((streams.at, 100, "икра"))
    await consume(database, apply_and_tell, streams.events)
    baskets = [{product for _, _, product in buyer.sales} for buyer in people.values()]
    both = Counter(pair for basket in baskets for pair in combinations(sorted(basket), 2))
    single = Counter(product for basket in baskets for product in basket)
    whole = {**HALF_YEAR, "to": "2026-04-01"}
    found = await report(door, f"{PATH}/next-products", **whole, least_support="0")
    assert found["people"] == len(people)
    rules = {(row["product"], row["next_product"]): row for row in found["rows"]}
    pairs = [pair for pair, count in both.items() if count >= 10]
    assert pairs
    assert rules.keys() == {key for one, two in pairs for key in ((one, two), (two, one))}
    for (one, two), row in rules.items():
        count = both[min(one, two), max(one, two)]
        confidence = count / single[one]
        assert row["people"] == count
        assert row["support"] == pytest.approx(count / len(people), abs=1e-4)
        assert row["confidence"] == pytest.approx(confidence, abs=1e-4)
        assert row["lift"] == pytest.approx(confidence / (single[two] / len(people)), abs=1e-4)
    few = await report(door, f"{PATH}/next-products", **whole, least_support="0.9")
    assert few["rows"] == []
    one, two = min(pairs)
    page = await report(door, f"{PATH}/customers", **whole, product=one, without=two, limit="200")
    assert {item["contact_id"] for item in page["items"]} == {
        str(person(number))
        for number, buyer in people.items()
        if one in (basket := {each for _, _, each in buyer.sales}) and two not in basket
    }
    page = await report(door, f"{PATH}/customers", **whole, product=one, also=two)
    assert page["total"] == both[one, two]


async def test_what_a_lead_was_won_for_is_bought(database: Database, door: Door) -> None:
    streams = EventStreams()
    for number in range(12):
        contact = person(number)
        inquiry = streams.inquiry(f"{number}", contact=contact, product_interest="Кухня")
        streams.opened(f"{number}", inquiry=inquiry, contact=contact)
        won(streams, f"{number}", contact, 100)
        bought(streams, f"{number}", contact, 10, product="стол" if number else "Кухня")
    await consume(database, apply_and_tell, streams.events)
    days = {"from": "2026-03-02", "to": "2026-04-09", "tz": "UTC"}
    page = await report(door, f"{PATH}/customers", **days, product="Кухня", without="стол")
    assert [item["contact_id"] for item in page["items"]] == [str(person(0))]
    assert (await report(door, f"{PATH}/customers", **days, without="Кухня"))["total"] == 0
    found = await report(door, f"{PATH}/next-products", **days, product="Кухня")
    assert [(row["next_product"], row["people"]) for row in found["rows"]] == [("стол", 11)]


async def test_what_is_taken_back_and_who_is_one(database: Database, door: Door) -> None:
    streams = EventStreams()
    bought(streams, "1", person(1), 100)
    bought(streams, "2", person(2), 200)
    bought(streams, "3", person(3), 300)
    cancelled(streams, "3", person(3))
    joined(streams, person(2), person(1))
    await consume(database, apply_and_tell, streams.events)
    days = {"from": "2026-03-02", "to": "2026-03-09", "tz": "UTC"}
    page = await report(door, f"{PATH}/customers", **days)
    (item,) = page["items"]
    assert (item["contact_id"], item["sales"], item["amount"]) == (str(person(1)), 2, 300)
    assert (item["segment"], item["recency"]) == (None, None)
    found = await report(door, PATH, **days)
    assert (found["rows"], found["missing"]) == ([], "too_few_customers")
    assert found["all"]["customers"] == 1


async def test_a_list_is_taken_away(database: Database, door: Door) -> None:
    streams, people = buyers(1, PEOPLE)
    await consume(database, apply_and_tell, streams.events)
    for path in (PATH, f"{PATH}/customers", f"{PATH}/retention", f"{PATH}/next-products"):
        for form in ("csv", "xlsx"):
            answer = await door.client.get(
                path, params={**HALF_YEAR, "format": form}, headers=door.as_("supervisor")
            )
            assert answer.status_code == 200, answer.text
            if form == "csv" and path == f"{PATH}/customers":
                lines = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
                assert len(lines) == len(people) + 1
                assert "Сегмент" in lines[0]


async def test_what_is_no_month_is_named(door: Door) -> None:
    answer = await door.client.get(
        f"{PATH}/customers",
        params={**HALF_YEAR, "cohort": "2026-01-15"},
        headers=door.as_("supervisor"),
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/cohort"
