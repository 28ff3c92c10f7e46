"""The company is founded, and its past is told to it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.e2e.year.company import Company, Lead, month_before
from tests.e2e.year.office import Office
from tests.e2e.year.seeding import SHOP, SITE, body_of, remember_leads
from tests.support.stack import Stack
from tests.support.waiting import eventually

WEEK = {
    "shifts": [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00", "kind": "shift"}],
}
AT_ONCE = 4  # as many as the door has connections for: nobody waits for one, however slow it is
RECENT = 4  # months whose leads were called and met


async def found(stack: Stack, office: Office, company: Company) -> None:
    """Two managers, a site and a shop; three years of leads, orders and spend."""
    await office.post("/intake/v1/sources", {"key": SHOP, "adapter": "native"})
    site = await office.post("/intake/v1/sources", {"key": SITE, "adapter": "native"})
    for name in ("Анна", "Борис"):
        manager = {"name": name, "email": f"{len(name)}@example.org", "capacity": 20}
        made = await office.post(
            "/routing/v1/managers", {**manager, "pools": ["default"], "time_zone": office.zone.key}
        )
        office.managers[name] = made["manager_id"]
        place = f"/routing/v1/managers/{made['manager_id']}/calendar"
        await office.ask("PUT", place, json=WEEK)
    await remember_leads(stack, company, managers=office.managers, source_id=site["source_id"])
    await _tell(office, "/intake/v1/purchases", [body_of(order) for order in company.orders], 202)
    since = month_before(company.month, RECENT)
    worked = [lead for lead in company.leads if lead.month >= since]
    await _is_known(office, worked)
    bodies = [body for lead in worked for body in _work_of(lead)]
    await _tell(office, "/history/v1/activities", bodies, 201)
    lines = [
        {"day": month.isoformat(), "ad_channel": channel, "amount": str(amount), "currency": "RUB"}
        for (month, channel), amount in company.spend.items()
    ]
    await office.ask("PUT", "/kpi/v1/spend", json={"lines": lines})
    await _is_told(office, company)


async def _tell(office: Office, path: str, bodies: Sequence[Any], status: int) -> None:
    for first in range(0, len(bodies), AT_ONCE):
        part = bodies[first : first + AT_ONCE]
        await asyncio.gather(*(office.post(path, body, status=status) for body in part))


async def _is_known(office: Office, leads: Sequence[Lead]) -> None:
    """History has heard of each lead, so that what is done about it is confirmed at once."""
    for lead in leads:

        async def look(place: str = f"/history/v1/leads/{lead.lead_id}/timeline") -> int:
            return (await office.client.get(place)).status_code

        await eventually(look, seconds=60, what=f"{lead.name} is known", until=(200).__eq__)


def _work_of(lead: Lead) -> list[dict[str, Any]]:
    """Two calls, and a meeting with whoever bought."""
    kinds = ("call", "call", "meeting") if lead.order else ("call", "call")
    moments = (lead.at + timedelta(minutes=30 + number) for number in range(len(kinds)))
    return [
        {"kind": kind, "direction": "outgoing", "lead_id": lead.lead_id, "at": at.isoformat()}
        for kind, at in zip(kinds, moments, strict=True)
    ]


async def _is_told(office: Office, company: Company) -> None:
    """All of it is counted before anything is asked."""
    whole = office.days(company.first_month, company.month)
    amount = float(sum((order.amount for order in company.orders), Decimal(0)))

    def is_whole(sales: dict[str, Any]) -> bool:
        money = sales["totals"]["figures"]["money"].get("RUB", {})
        return bool(sales["waiting"] == 0 and money.get("amount") == amount)

    await office.soon("/kpi/v1/sales", is_whole, what="all sales are told", **whole)

    def has_all(funnel: dict[str, Any]) -> bool:
        return bool(funnel["totals"]["received"] == len(company.leads))

    await office.soon("/kpi/v1/funnel", has_all, what="all leads are counted", **whole)
