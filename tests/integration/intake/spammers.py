"""Forms that robots send, and what a supervisor does with them."""

from typing import Any
from urllib.parse import urlencode

from tests.integration.intake.harness import House, one

FORM = {
    "content_type": "application/x-www-form-urlencoded",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
}
SPAMMER = {"name": "SEO", "phone": "+79161234567", "email": "seo@mail.spam.example"}
AD = "Продвижение сайтов в топ выдачи за неделю, гарантия и договор, пишите https://spam.example/x"
TRAPPED = {**SPAMMER, "message": AD, "lf_website": "x"}


async def send(house: House, key: str = "site", **fields: str) -> dict[str, Any]:
    """What becomes of one form: its receipt."""
    house.time.pass_(seconds=10)
    answer = await house.hook(key, urlencode(fields).encode(), **FORM)
    await house.normalise()
    receipt: dict[str, Any] = await house.receipt(answer)
    return receipt


async def call(house: House, path: str, status: int, *, method: str = "POST", **body: Any) -> Any:
    answer = await house.client.request(
        method, path, json=body or None, headers=house.as_("supervisor")
    )
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def inquiry(house: House, receipt: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await house.get(f"/v1/inquiries/{one(receipt['inquiry_ids'])}")
    return found


async def blocked(house: House, **filters: Any) -> set[tuple[str, str]]:
    listed = await house.get("/v1/blocked", **filters)
    return {(item["kind"], item["value"]) for item in listed["items"]}
