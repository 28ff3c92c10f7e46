"""Events of calls are read again: the call learns what they tell now, and keeps the rest."""

import pytest

from services.intake.domain.requests import Draft
from tests.integration.intake import exchanges, test_renormalising
from tests.integration.intake.harness import House, one
from tests.integration.intake.test_renormalising import mended, opened, worked


async def test_what_other_events_told_of_a_call_stays(house: House) -> None:
    await exchanges.connect(house)
    start, end, record = exchanges.zadarma("in_1")
    await exchanges.tell(house, "zadarma", [start, end, record])
    before = one((await house.get("/v1/inquiries"))["items"])
    assert before["fields"] == {"recording_id": "r-in_1"}
    updates = len(await house.emitted("inquiry.updated"))
    job = await worked(house, await opened(house, dry_run=False))
    assert (job["submissions_done"], job["inquiries_changed"]) == (3, 0)
    assert one((await house.get("/v1/inquiries"))["items"]) == before
    assert len(await house.emitted("inquiry.updated")) == updates


async def test_a_call_learns_what_its_events_tell_now_and_keeps_the_rest(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await exchanges.connect(house)
    await exchanges.tell(house, "zadarma", exchanges.zadarma("in_1"))
    before = one((await house.get("/v1/inquiries"))["items"])

    def with_region(draft: Draft) -> Draft:
        return draft.model_copy(update={"region": "69"})

    channels = mended(with_region, "zadarma")
    monkeypatch.setattr(test_renormalising, "mended", lambda _mend: channels)
    path = await opened(house)
    assert (await worked(house, path))["inquiries_changed"] == 1
    assert one((await house.get("/v1/inquiries"))["items"]) == before, "a dry run"
    for count in (1, 0):
        job = await worked(house, await opened(house, dry_run=False))
        assert job["inquiries_changed"] == count
    inquiry = one((await house.get("/v1/inquiries"))["items"])
    assert inquiry == {**before, "region": "69"}
    assert (await house.emitted("inquiry.updated"))[-1]["changes"] == {"region": "69"}
