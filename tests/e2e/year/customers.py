"""Loyalty: who buys again and what, and people won back, beside some who are left alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from statistics import NormalDist
from typing import Any

import pytest

from shared.clock import system_clock
from tests.e2e.year import oracle
from tests.e2e.year.company import NETS, WINDOWS, Company, Order
from tests.e2e.year.office import Office, exact
from tests.e2e.year.routing import LEADS
from tests.e2e.year.seeding import SHOP
from tests.support.waiting import eventually

LOYALTY, CONTACTS = "/kpi/v1/loyalty", "/intake/v1/contacts"
WIN_BACK, SEED, HELD = "win-back", "вернуть", 0.5
AGREED, BUYERS = 6, 3
SEGMENTS = {5: "champion loyal", 3: "loyal cooling", 1: "at_risk lost"}


def baskets(orders: Iterable[Order]) -> dict[str, list[Order]]:
    return oracle.by(orders, lambda order: order.phone)


def fifth(value: Any, values: Sequence[Any]) -> int:
    """1 to 5: one more than the bounds of fifths that lie below the value."""
    ordered = sorted(values)
    bounds = [ordered[-(-len(ordered) * number // 5) - 1] for number in (1, 2, 3, 4)]
    return 1 + sum(bool(bound < value) for bound in bounds)


def segment(recency: int, frequency: int) -> str:
    if recency >= 4 and frequency <= 2:
        return "promising"
    often, seldom = SEGMENTS[5 if recency >= 4 else 3 if recency == 3 else 1].split()
    if recency >= 4:
        return often if frequency >= 4 else seldom
    return often if frequency >= 3 else seldom


async def know_customers(office: Office, company: Company) -> None:
    year = oracle.year_before(company.month)
    period = office.days(year[0], company.month)
    people = baskets(oracle.of_months(oracle.standing(company), year))
    last: dict[str, datetime] = {phone: max(one.at for one in own) for phone, own in people.items()}
    counts = {phone: len(own) for phone, own in people.items()}
    expected = Counter(
        segment(
            fifth(last[phone], list(last.values())), fifth(counts[phone], list(counts.values()))
        )
        for phone in people
    )
    found = await office.get(LOYALTY, **period)
    assert {row["segment"]: row["customers"] for row in found["rows"] if row["customers"]} == (
        expected
    )
    orders = [order for own in people.values() for order in own]
    assert (found["all"]["customers"], found["all"]["sales"]) == (len(people), len(orders))
    assert exact(found["all"]["amount"]) == oracle.worth(orders)
    await _come_back(office, company, people, period)


async def _come_back(
    office: Office, company: Company, people: dict[str, list[Order]], period: dict[str, str]
) -> None:
    cohorts: dict[date, Counter[date]] = defaultdict(Counter)
    everybody = baskets(oracle.standing(company))
    for phone, own in people.items():
        first = min(order.month for order in everybody[phone])
        cohorts[first].update({order.month for order in own})
    rows = (await office.get(f"{LOYALTY}/retention", **period))["rows"]
    assert any(row["age"] and row["customers"] for row in rows)
    for row in rows:
        cohort = cohorts[date.fromisoformat(row["cohort"])]
        assert row["customers"] == cohort[date.fromisoformat(row["month"])]
        assert row["cohort_customers"] == cohort[date.fromisoformat(row["cohort"])]
    whole = office.days(company.first_month, company.month)
    everybody = baskets(one for one in oracle.standing(company) if one.month < company.month)
    products = [{order.product for order in own} for own in everybody.values()]
    both = sum({WINDOWS, NETS} <= basket for basket in products)
    windows, nets = (sum(one in basket for basket in products) for one in (WINDOWS, NETS))
    rules = (await office.get(f"{LOYALTY}/next-products", **whole, product=WINDOWS))["rows"]
    (rule,) = [one for one in rules if one["next_product"] == NETS]
    assert rule["people"] == both
    assert rule["support"] == pytest.approx(both / len(products), abs=1e-4)
    assert rule["confidence"] == pytest.approx(both / windows, abs=1e-4)
    assert rule["lift"] == pytest.approx(both / windows / (nets / len(products)), abs=1e-3)


async def win_back(office: Office, company: Company) -> None:
    """Half of those who never came for nets may be asked; consent decides who is."""
    whole = office.days(company.first_month, company.month)
    body = {
        "name": "Сетки к окнам", "kind": "win_back", "criteria": {"without": NETS}, "seed": SEED,
        "held_back_share": HELD, "outcome_days": 30, **whole,
    }  # fmt: skip
    made = await office.post(f"{LOYALTY}/lists", body)
    place = f"{LOYALTY}/lists/{made['list']['list_id']}"
    groups = {
        group: sorted(
            one["contact_id"]
            for one in await office.pages(f"{place}/members", group=group, limit=50)
        )
        for group in ("asked", "held_back")
    }
    everybody = baskets(one for one in oracle.standing(company) if one.month < company.month)
    absent = [own for own in everybody.values() if not any(one.product == NETS for one in own)]
    assert sum(map(len, groups.values())) == len(absent)
    assert {one for one in groups["asked"] + groups["held_back"] if _is_held(one)} == {
        *groups["held_back"]
    }
    phones = await _approach(office, made["list"]["list_id"], groups)
    for number, phone in enumerate(phones[:BUYERS]):
        await _buys(office, company, f"back-{number}", phone)
    await _buys(office, company, "alone", await _phone_of(office, groups["held_back"][0]))

    def is_told(result: dict[str, Any]) -> bool:
        return (result["asked"]["bought"], result["held_back"]["bought"]) == (BUYERS, 1)

    result = await office.soon(place, is_told, what="the list's result is told")
    sizes = [len(groups[name]) for name in ("asked", "held_back")]
    assert [result[name]["people"] for name in ("asked", "held_back")] == sizes
    if min(sizes) < 30:
        assert result["missing"] == "too_few_people"
        return
    value, low, high = newcombe((BUYERS, sizes[0]), (1, sizes[1]))
    assert (result["difference"], result["low"], result["high"]) == pytest.approx(
        (value, low, high), abs=1e-4
    )


def _is_held(contact_id: str) -> bool:
    digest = sha256(f"{SEED}:{contact_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < HELD


def newcombe(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float, float]:
    """The difference of two shares, and its interval of 95 % by method 10."""
    z = NormalDist().inv_cdf(0.975)

    def wilson(bought: int, people: int) -> tuple[float, float, float]:
        share = bought / people
        reach = z * (share * (1 - share) / people + z * z / (4 * people**2)) ** 0.5
        middle, whole = share + z * z / (2 * people), 1 + z * z / people
        return share, (middle - reach) / whole, (middle + reach) / whole

    (p, low, high), (q, least, most) = wilson(*one), wilson(*other)
    below = ((p - low) ** 2 + (most - q) ** 2) ** 0.5
    above = ((high - p) ** 2 + (q - least) ** 2) ** 0.5
    return p - q, p - q - below, p - q + above


async def _phone_of(office: Office, contact_id: str) -> str:
    contact = await office.get(f"{CONTACTS}/{contact_id}")
    phone: str = contact["details"]["phones"][0]
    return phone


async def _approach(office: Office, list_id: str, groups: dict[str, list[str]]) -> list[str]:
    """Some have agreed, held back or not. Of those to be asked one has closed the door since: the
    others become leads, whose phones are given; nobody who is held back does. It is asked for once.
    """
    agreed = {"given": True, "purpose": "marketing"}
    contact_ids, held_back = groups["asked"], groups["held_back"]
    for contact_id in contact_ids[:AGREED] + held_back[:AGREED]:
        await office.post(f"{CONTACTS}/{contact_id}/consents", agreed)
    (*leads, closed), rest = contact_ids[:AGREED], contact_ids[AGREED:]
    place = f"{CONTACTS}/{closed}/do-not-contact/all"
    await office.ask("PUT", place, json={"reason": "Не звоните"})
    place = f"{LOYALTY}/lists/{list_id}/approach"
    made = await office.post(place, {"reason": "Сетки со скидкой"}, status=202)
    assert made["contacts"] == len(contact_ids)
    await office.post(place, {}, status=409)

    async def owned() -> set[str]:
        items = (await office.get(LEADS, state="open", limit=200))["items"]
        return {one["canonical_contact_id"] for one in items if one["owner_id"]}

    def are_leads(people: set[str]) -> bool:
        return set(leads) <= people

    people = await eventually(owned, seconds=30, until=are_leads, what="they are leads")
    assert not people & {closed, *rest, *held_back}
    told = await office.pages(f"{CONTACTS}/approaches/{list_id}/contacts", limit=50)
    assert {one["contact_id"]: one["outcome"] for one in told} == {
        **dict.fromkeys(leads, "stored"), closed: "refused", **dict.fromkeys(rest, "no_consent"),
    }  # fmt: skip
    assert WIN_BACK in {one["key"] for one in await office.pages("/intake/v1/sources", limit=50)}
    return [await _phone_of(office, contact_id) for contact_id in leads]


async def _buys(office: Office, company: Company, order_id: str, phone: str) -> None:
    now = system_clock().astimezone(office.zone)  # whose month it is bought in
    order = Order(order_id, phone, now, Decimal(4_500), NETS, "Тула")
    body = {
        "source_key": SHOP, "order_id": order_id, "amount": "4500", "currency": "RUB",
        "product": NETS, "region": order.region, "contact": {"phones": [phone]},
    }  # fmt: skip
    await office.post("/intake/v1/purchases", body, status=202)
    company.orders.append(order)
