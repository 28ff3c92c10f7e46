"""Numbered inquiries posted to a stack, and waiting until all of its services have them."""

from tests.support.stack import Stack
from tests.support.waiting import eventually


async def post(stack: Stack, number: int) -> None:
    body = {"channel": "form", "contact": {"name": "Anna", "phones": [f"+7916123450{number}"]}}
    async with stack.client() as client:
        answer = await client.post("/intake/v1/inquiries", json=body)
        assert answer.status_code == 202, answer.text


async def until_counted(stack: Stack, inquiries: int) -> None:
    """All four services have it: the funnel counts it and every lead has an owner."""

    async def ask() -> tuple[int, int]:
        async with stack.client() as client:
            span = {"from": "2020-01-01", "to": "2100-01-01", "tz": "UTC"}
            funnel = (await client.get("/kpi/v1/funnel", params=span)).json()
            leads = (await client.get("/routing/v1/leads")).json()["items"]
            owned = sum(lead["owner_id"] is not None for lead in leads)
            return funnel["totals"]["assigned"], owned

    await eventually(
        ask, seconds=60, what="counted", until=lambda found: found == (inquiries, inquiries)
    )
