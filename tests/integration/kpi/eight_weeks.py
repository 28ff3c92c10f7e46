"""Eight weeks of leads and sales, more of them on some weekdays than on others."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.contracts.inquiry import Campaign
from shared.contracts.leads import LeadWon
from tests.integration.kpi.week import ANNA
from tests.support.event_streams import EventStreams, some_id

FIRST = date(2026, 1, 5)  # a Monday
DAYS = 56
LEADS = (4, 3, 3, 2, 2, 1, 1)  # by weekday
SALES = (2, 1, 1, 1, 1, 1, 0)
CHECK = 1_000


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def eight_weeks(currencies: Sequence[str] = ("RUB",)) -> EventStreams:
    """Leads of noon of each day; the first ones of a day are sold within a minute or
    two, those of each day in the next currency.
    """
    streams = EventStreams()
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        currency = currencies[number % len(currencies)]
        for place in range(LEADS[day.weekday()]):
            name = f"{day}-{place}"
            contact = some_id("contact", name)
            streams.at = at_noon(day)
            came: dict[str, Any] = {"contact": contact, "received_at": streams.at}
            campaign = Campaign(utm_campaign="зима" if place == 0 else None)
            inquiry = streams.inquiry(name, **came, campaign=campaign)
            lead = streams.opened(name, inquiry=inquiry, **came)
            streams.assigned(lead, contact, ANNA)
            if place < SALES[day.weekday()]:
                sale = {"manager_id": ANNA, "amount": CHECK, "currency": currency}
                streams.on_lead(LeadWon, lead, contact, **sale)
    return streams
