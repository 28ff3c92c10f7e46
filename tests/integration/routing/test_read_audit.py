"""Routing notes who is shown a lead with what its customer wrote."""

from tests.integration.routing.harness import Company
from tests.support.waiting import eventually


async def test_who_is_shown_a_lead_is_noted(company: Company) -> None:
    anna, boris = await company.manager(), await company.manager("Борис", status=None)
    lead = await company.assigned()
    path = f"/v1/leads/{lead['lead_id']}"
    await company.get(path, role="manager", manager_id=anna)
    stranger = await company.ask("GET", path, role="manager", manager_id=boris)
    assert stranger.status_code == 404

    async def written() -> bool:
        reads = (await company.get("/v1/read-audit", role="supervisor"))["items"]
        return f"manager:{anna}" in {one["actor"] for one in reads}

    await eventually(written, seconds=10, what="it is written")
    reads = (await company.get(f"/v1/read-audit?subject_id={lead['lead_id']}"))["items"]
    assert {one["what"] for one in reads} == {"lead"}
    assert f"manager:{boris}" not in {one["actor"] for one in reads}
