"""What a company tells kpi itself: what it spends, and what is one sale."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from tests.integration.truth.conftest import Office
from tests.integration.truth.money import Spent
from tests.integration.truth.state import Company

PLACES = (
    *(("", "Yandex", "SPRING"), ("", "google", "brand"), ("", "vk", ""), ("pbx", "", "")),
    *(("radio", "", ""), ("site", "yandex", "spring"), ("", "", "letters")),
)


async def spend(office: Office, company: Company, days: list[datetime]) -> list[Spent]:
    """Tell some lines on each of these days; kpi's clock is set to them."""
    choice, versions = company.choice, []
    for day in days:
        office.clock.now = day + timedelta(hours=choice.randrange(24))
        for source, ad_channel, campaign in choice.sample(PLACES, 3):
            line = Spent(
                day=(day - timedelta(days=choice.randrange(4))).date(),
                source=source,
                ad_channel=ad_channel.lower(),
                campaign=campaign.lower(),
                amount=Decimal(choice.choice(("40", "0.01", "999.99", "0"))),
                currency=choice.choice(("RUB", "RUB", "RUB", "USD")),
                known_at=office.clock.now,
            )
            body = {
                "day": str(line.day),
                "source": source,
                "ad_channel": ad_channel,
                "campaign": campaign,
                "amount": str(line.amount),
                "currency": line.currency,
            }
            answer = await office.door.client.put(
                "/v1/spend", json={"lines": [body]}, headers=office.door.as_("admin")
            )
            assert answer.status_code == 200, answer.text
            versions.append(line)
        if choice.random() < 0.3:
            versions.append(await _take_back(office, choice.choice(versions)))
    return versions


async def _take_back(office: Office, line: Spent) -> Spent:
    """Delete the line of a day and place, if it is there; a moment after it was told."""
    office.clock.now += timedelta(seconds=1)
    query = {"from": str(line.day), "to": str(line.day + timedelta(days=1)), "limit": "200"}
    headers = office.door.as_("admin")
    page = (await office.door.client.get("/v1/spend", params=query, headers=headers)).json()
    for item in page["items"]:
        if (item["source"], item["ad_channel"], item["campaign"]) == line.names()[1:]:
            path = f"/v1/spend/{item['spend_id']}"
            answer = await office.door.client.delete(path, headers=headers)
            assert answer.status_code == 204, answer.text
    return replace(line, amount=None, known_at=office.clock.now)


async def put_rule(office: Office, hours: int) -> None:
    """How far a win and an order may lie apart, and be one sale."""
    answer = await office.door.client.put(
        "/v1/sales/rule", json={"same_sale_hours": hours}, headers=office.door.as_("admin")
    )
    assert answer.status_code == 200, answer.text
