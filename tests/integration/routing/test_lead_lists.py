"""Lists of leads for managers' tools: filters, orders, walks, counts, and whose they are."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from shared.ids import derived_id
from tests.integration.routing.harness import NINE, Company, contact

SOURCE = derived_id("test source", "other")
ORDERS = ("queue", "accept_by", "first_touch_by", "next_action_at", "priority", "amount", "-amount")


async def named(company: Company, **wanted: str) -> list[str]:
    """The regions of what is listed: each lead of these tests has one of its own."""
    return [lead["region"] for lead in await company.leads(**wanted)]


async def three(company: Company) -> list[Any]:
    """One accepted, one assigned, one that waits."""
    await company.manager(capacity=2)
    accepted = await company.perform(
        "accept",
        await company.assigned(
            "a", region="a", amount=Decimal(10), currency="RUB", product_interest="car"
        ),
    )
    company.pass_time(seconds=60)
    assigned = await company.assigned("b", region="b", channel="chat", priority_class="high")
    company.pass_time(seconds=60)
    waiting = await company.inquire(
        *("c",), region="c", source_id=SOURCE, language="en", is_test=True,
        amount=Decimal("7.5"), currency="EUR",
    )  # fmt: skip
    return [accepted, assigned, waiting]


async def test_every_filter_is_kept(company: Company) -> None:
    accepted, _, _ = await three(company)
    minute = (NINE + timedelta(seconds=60)).isoformat()
    cases: list[tuple[dict[str, str], list[str]]] = [
        ({"owner": "none"}, ["c"]),
        ({"owner": accepted["owner_id"]}, ["b", "a"]),
        ({"accepted": "true"}, ["a"]),
        ({"accepted": "false"}, ["c", "b"]),
        ({"waiting": "true"}, ["c"]),
        ({"waiting": "false"}, ["b", "a"]),
        ({"pipeline": "default", "stage": "new"}, ["c", "b", "a"]),
        ({"pipeline": "other"}, []),
        ({"stage": "offer"}, []),
        ({"channel": "chat"}, ["b"]),
        ({"source_id": str(SOURCE)}, ["c"]),
        ({"priority_class": "high"}, ["b"]),
        ({"region": "a"}, ["a"]),
        ({"product": "car"}, ["a"]),
        ({"language": "en"}, ["c"]),
        ({"is_test": "true"}, ["c"]),
        ({"contact_id": str(contact("b"))}, ["b"]),
        ({"received_from": minute}, ["c", "b"]),
        ({"received_to": minute}, ["a"]),
        ({"accept_by_before": (NINE + timedelta(seconds=361)).isoformat()}, ["b"]),
        ({"first_touch_by_before": (NINE + timedelta(seconds=1801)).isoformat()}, ["a"]),
        ({"next_action_before": "2027-01-01T00:00:00Z"}, []),
        ({"planned": "true"}, []),
        ({"planned": "false"}, ["c", "b", "a"]),
        ({"rotting": "true"}, []),
        ({"rotting": "false", "overdue": "false"}, ["c", "b", "a"]),
        ({"amount_from": "8"}, ["a"]),
        ({"amount_to": "8"}, ["c"]),
        ({"currency": "EUR"}, ["c"]),
        ({"sort": "queue"}, ["c"]),
        ({"sort": "accept_by"}, ["b"]),
        ({"sort": "first_touch_by"}, ["a", "b"]),
        ({"sort": "priority"}, ["b", "a", "c"]),
        ({"sort": "amount"}, ["c", "a"]),
        ({"sort": "-amount"}, ["a", "c"]),
        ({"sort": "oldest", "state": "open"}, ["a", "b", "c"]),
        ({"sort": "accept_by", "owner": accepted["owner_id"]}, ["b"]),
    ]
    for wanted, regions in cases:
        assert await named(company, **wanted) == regions, wanted


async def test_the_leads_of_a_person_come_by_any_of_their_contacts(company: Company) -> None:
    await company.manager()
    await company.perform("accept", await company.assigned("Иван", region="a"))
    await company.perform("accept", await company.assigned("Ivan", region="b"))
    await company.relink("Иван", "Ivan")
    for who in ("Иван", "Ivan"):
        assert await named(company, contact_id=str(contact(who))) == ["b", "a"]


async def test_a_manager_sees_and_counts_their_own(company: Company) -> None:
    accepted, _, _ = await three(company)
    me = {"role": "manager", "manager_id": accepted["owner_id"]}
    for owner in ({}, {"owner": "me"}, {"owner": accepted["owner_id"]}):
        mine = await company.get("/v1/leads", params=owner, **me)
        assert [lead["region"] for lead in mine["items"]] == ["b", "a"]
        counts = await company.get("/v1/leads/counts", params=owner, **me)
        assert counts["total"] == 2
    for owner in ({"owner": "none"}, {"owner": str(derived_id("somebody"))}):
        assert (await company.get("/v1/leads", params=owner, **me))["items"] == []
        assert (await company.get("/v1/leads/counts", params=owner, **me))["total"] == 0
    refused = await company.ask("GET", "/v1/leads", role="supervisor", params={"owner": "me"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/owner")


async def test_counts_by_group(company: Company) -> None:
    accepted, _, _ = await three(company)
    for group, groups in (
        ("state", [("open", 3)]),
        ("owner", [(accepted["owner_id"], 2), (None, 1)]),
        ("channel", [("form", 2), ("chat", 1)]),
        ("region", [("a", 1), ("b", 1), ("c", 1)]),
    ):
        counts = await company.get("/v1/leads/counts", params={"group_by": group})
        assert counts["total"] == 3
        assert [(item["value"], item["count"]) for item in counts["groups"]] == groups
    due = {"group_by": "stage", "accept_by_before": "2027-01-01T00:00:00Z"}
    assert (await company.get("/v1/leads/counts", params=due))["total"] == 1


async def test_a_walk_by_what_may_change_gives_what_stays_once(company: Company) -> None:
    """A lead whose key changes meanwhile may come again, or be passed: that is documented."""
    await company.manager(capacity=7)
    for number in range(7):
        await company.inquire(number, amount=Decimal(number % 3), currency="RUB")
        company.pass_time(seconds=1)
    await company.assign()
    for lead in (await company.leads())[:4]:
        plan = {"text": "call", "due_at": "2026-03-05T09:00:00Z"}
        await company.perform("next-action", lead, role="supervisor", **plan)
    for number in (100, 101, 102):
        await company.inquire(number)
    for turn, sort in enumerate(ORDERS):
        await _walk(company, sort, turn)


async def _walk(company: Company, sort: str, turn: int) -> None:
    """Page by page, while the first lead that was given changes and another one comes."""
    before = [lead["lead_id"] for lead in await company.leads(sort=sort)]
    walked: list[str] = []
    params = {"limit": "1", "sort": sort}
    while True:
        answer = await company.get("/v1/leads", params=params)
        walked += [lead["lead_id"] for lead in answer["items"]]
        if answer["next_cursor"] is None:
            break
        if "cursor" not in params:
            lead = await company.lead(walked[0])
            if lead["owner_id"] and not lead["accepted_at"]:
                await company.perform("accept", lead)
            await company.inquire(f"meanwhile {turn}", amount=Decimal(99), currency="RUB")
        params["cursor"] = answer["next_cursor"]
    steady = set(before) - {walked[0]}
    assert len(steady) >= 2, sort
    assert [lead for lead in walked if lead in steady] == [
        lead for lead in before if lead in steady
    ], sort


HOSTILE = (
    ("owner", "somebody"),
    ("pool", "a b"),
    ("pipeline", "x" * 65),
    ("stage", "n\x00w"),
    ("region", "x" * 65),
    ("sort", "number; DROP TABLE lead"),
    ("received_from", "yesterday"),
    ("received_to", "0001-01-01T00:00:00Z"),
    ("accept_by_before", "2026-03-02T09:00:00"),
    ("amount_from", "-1"),
    ("amount_to", "NaN"),
    ("amount_to", "1e400"),
    ("currency", "rub"),
    ("is_test", "perhaps"),
    ("limit", "201"),
    ("cursor", "x" * 401),
)


async def test_what_cannot_be_asked_is_refused_by_name(company: Company) -> None:
    for name, value in HOSTILE:
        answer = await company.ask("GET", "/v1/leads", params={name: value})
        assert answer.status_code == 422, (name, value)
        assert answer.json()["errors"][0]["pointer"].startswith(f"/{name}")
        if name not in {"sort", "limit", "cursor"}:
            answer = await company.ask("GET", "/v1/leads/counts", params={name: value})
            assert answer.status_code == 422, (name, value)


async def test_cursors_of_another_order_are_refused(company: Company) -> None:
    await company.manager()
    for number in range(3):
        await company.assigned(number, amount=Decimal(number), currency="RUB")
    for sort in ("accept_by", "amount", "priority", "newest"):
        answer = await company.get("/v1/leads", params={"sort": sort, "limit": "1"})
        cursor = answer["next_cursor"]
        for other in {"accept_by", "amount", "newest", "received_at"} - {sort}:
            again = await company.ask("GET", "/v1/leads", params={"sort": other, "cursor": cursor})
            assert again.status_code == 422, (sort, other)
            assert again.json()["errors"][0]["pointer"] == "/cursor"


async def test_cursors_of_another_list_or_other_filters_are_refused(company: Company) -> None:
    await company.manager()
    for number in range(3):
        await company.assigned(number)
    asked = {"state": "open", "limit": "1"}
    cursor = (await company.get("/v1/leads", params=asked))["next_cursor"]
    assert (await company.get("/v1/leads", params={**asked, "cursor": cursor}))["items"]
    another = {"state": "open", "limit": "2", "cursor": cursor}
    assert len((await company.get("/v1/leads", params=another))["items"]) == 2
    for path, filters in (
        ("/v1/leads", {}),
        ("/v1/leads", {"state": "won"}),
        ("/v1/leads", {"state": "open", "channel": "form"}),
        ("/v1/webhooks", {}),
    ):
        answer = await company.ask("GET", path, params={**filters, "cursor": cursor})
        assert answer.status_code == 422, (path, filters)
        assert answer.json()["errors"][0]["pointer"] == "/cursor"
