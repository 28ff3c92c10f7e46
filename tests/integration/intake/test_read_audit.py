"""Intake notes who is shown inquiries, contacts and submissions."""

from tests.integration.intake.harness import House, one
from tests.support.waiting import eventually


async def test_who_is_shown_what_customers_wrote_is_noted(house: House) -> None:
    body = {"channel": "form", "contact": {"name": "Анна", "phones": ["+79161234567"]}}
    receipt = (await house.native(body)).json()["receipt_id"]
    await house.normalise()
    inquiry = one((await house.get("/v1/inquiries", role="supervisor"))["items"])
    inquiry_id, contact_id = inquiry["inquiry_id"], inquiry["contact_id"]
    await house.get(f"/v1/inquiries/{inquiry_id}", role="supervisor")
    await house.get("/v1/contacts", phone="+79161234567")
    await house.get(f"/v1/contacts/{contact_id}")
    await house.get(f"/v1/submissions/{receipt}")
    raw = await house.client.get(f"/v1/submissions/{receipt}/body", headers=house.as_("admin"))
    assert raw.status_code == 200
    missing = await house.client.get(f"/v1/contacts/{receipt}", headers=house.as_("supervisor"))
    assert missing.status_code == 404

    async def written() -> bool:
        return len((await house.get("/v1/read-audit"))["items"]) == 6

    await eventually(written, seconds=10, what="all are written")
    reads = (await house.get("/v1/read-audit"))["items"]
    assert {(one["what"], one["role"], *one["subject_ids"]) for one in reads} == {
        ("inquiries", "supervisor", contact_id),
        ("inquiry", "supervisor", inquiry_id),
        ("contacts", "admin", contact_id),
        ("contact", "admin", contact_id),
        ("submission", "admin", receipt),
        ("body", "admin", receipt),
    }
    assert "9161234567" not in str([one["shape"] for one in reads])
