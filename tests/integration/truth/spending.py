"""What a company spends, told to kpi line by line, corrected and taken back."""

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
    return versions
