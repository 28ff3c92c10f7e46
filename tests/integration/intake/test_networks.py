"""A source that names its networks is called from nowhere else."""

import pytest

from tests.integration.intake.harness import House

LEAD = b'{"phone": "+79161234567"}'
JSON = {"content_type": "application/json"}


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ("203.0.113.9", 200),
        ("2001:db8::77", 200),
        ("203.0.113.200, 203.0.113.9", 200),
        ("203.0.114.9", 401),
        ("203.0.113.9, 198.51.100.1", 401),
        ("nowhere", 401),
        ("", 401),
    ],
)
async def test_only_its_networks_reach_a_source(house: House, forwarded: str, status: int) -> None:
    networks = ["203.0.113.9", "2001:db8::/64"]
    source = await house.source(key="from-one-place", adapter="generic-json", networks=networks)
    assert source["networks"] == ["203.0.113.9/32", "2001:db8::/64"]
    answer = await house.hook("from-one-place", LEAD, x_forwarded_for=forwarded, **JSON)
    assert answer.status_code == status
    (count,) = await house.rows("SELECT count(*) AS n FROM submission")
    assert count["n"] == (status == 200)


async def test_the_refusal_is_that_of_an_unknown_key(house: House) -> None:
    await house.source(key="from-one-place", adapter="generic-json", networks=["203.0.113.9"])
    elsewhere = await house.hook("from-one-place", LEAD, x_forwarded_for="198.51.100.1", **JSON)
    unknown = await house.hook("never-made-key", LEAD, x_forwarded_for="198.51.100.1", **JSON)

    def shown(document: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in document.items() if name != "trace_id"}

    assert elsewhere.status_code == unknown.status_code == 401
    assert shown(elsewhere.json()) == shown(unknown.json())


@pytest.mark.parametrize("network", ["203.0.113.0/33", "example.com", "203.0.113", "::/129"])
async def test_what_is_no_network_is_named(house: House, network: str) -> None:
    body = {"adapter": "generic-json", "networks": ["203.0.113.9", network]}
    answer = await house.client.post("/v1/sources", json=body, headers=house.as_("admin"))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/networks/1"]


async def test_a_test_source_makes_test_inquiries(house: House) -> None:
    await house.source(key="trial", adapter="generic-json", is_test=True)
    await house.hook("trial", LEAD, **JSON)
    assert await house.normalise() == 1
    (inquiry,) = (await house.get("/v1/inquiries"))["items"]
    assert inquiry["is_test"] is True
