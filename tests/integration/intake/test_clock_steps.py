"""The clock is set while requests come in: nothing is lost, doubled, passed over or refused."""

from types import SimpleNamespace

import pytest

from shared import ids
from tests.integration.intake.harness import House

pytestmark = pytest.mark.attacks
STEPS = {"hours": -1.0}, {"days": 1.0}, {"days": -1.0, "hours": -2.0}, {"hours": 3.0}


@pytest.fixture
def one_clock(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Ids take their time from the same clock as everything else."""

    def time_ns() -> int:
        return int(house.time().timestamp() * 1e9)

    monkeypatch.setattr(ids, "time", SimpleNamespace(time_ns=time_ns))
    return house


def _inquiry(number: int) -> dict[str, object]:
    return {"channel": "form", "contact": {"phones": [f"+7916{number:07d}"]}}


async def _post(house: House, number: int) -> str:
    answer = await house.native(_inquiry(number), key=f"key-{number}")
    assert answer.status_code == 202, answer.text
    receipt: str = answer.json()["receipt_id"]
    return receipt


async def test_ids_out_of_order_pass_nothing_over(one_clock: House) -> None:
    """The normaliser walks by id; what is stored later may have a lower one."""
    house = one_clock
    receipts = [await _post(house, 0)]
    for number, step in enumerate(STEPS, start=1):
        house.time.pass_(**step)
        receipts.append(await _post(house, 10 * number))
        assert await house.normalise() == (2 if number == 1 else 1)
        receipts.append(await _post(house, 10 * number + 1))
        assert await house.normalise() == 1
    assert receipts != sorted(receipts), "the steps did not reach the ids"
    assert await house.rows("SELECT 1 FROM submission WHERE state <> 'normalised'") == []
    assert await house.count("inquiry") == len(receipts)
    assert len(await house.emitted("inquiry.received")) == len(receipts)


async def test_a_repeat_after_a_step_gets_its_first_receipt(one_clock: House) -> None:
    house = one_clock
    first = await _post(house, 1)
    for step in STEPS:
        house.time.pass_(**step)
        again = await house.native(_inquiry(1), key="key-1")
        assert again.json() == {"receipt_id": first, "duplicate": True}
    assert await house.count() == 1


async def test_sources_go_on_being_read(one_clock: House) -> None:
    house = one_clock
    for number, step in enumerate(STEPS):
        house.time.pass_(**step)
        await house.source(adapter="tilda", key=f"made-{number}")
        answer = await house.hook(
            f"made-{number}",
            b"Phone=%2B79161234567",
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == 200, answer.text
