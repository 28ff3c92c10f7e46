"""What sources prove themselves by lies sealed in the table, and goes when it is over."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest

from services.intake.service import INTAKE
from services.intake.use_cases.sources import tidy_sources
from shared.application import create_app
from shared.database import transaction
from shared.sealing import rotate_sealing_keys
from shared.secret_files import SecretFileError
from shared.worker import open_worker
from tests.attacks.spellings import undone
from tests.integration.intake.harness import House, open_house, settings_for
from tests.support.signer import sealing_file, sealing_in

CANARY = 'canary-Pa$$ "w\\rd'
FORMER = "former-canary-1"


async def typeform(house: House, secret: str = CANARY) -> None:
    await house.source(key="tf-1", adapter="typeform", secrets={"secret": secret})


async def replace_secret(house: House, secret: str) -> None:
    answer = await house.client.put(
        "/v1/sources/tf-1",
        json={"adapter": "typeform", "secrets": {"secret": secret}},
        headers=house.as_("admin"),
    )
    assert answer.status_code == 200, answer.text


async def tidy(house: House) -> int:
    async with transaction(house.database) as session:
        return await tidy_sources(session, now=house.time())


async def stored(house: House) -> str:
    return str(await house.rows("SELECT * FROM source"))


async def test_the_table_holds_no_secret(house: House) -> None:
    """Not in another spelling either, nor that two sources have the same one."""
    await typeform(house, FORMER)
    await replace_secret(house, CANARY)
    await house.source(key="tf-2", adapter="typeform", secrets={"secret": CANARY})
    for text in undone(await stored(house)):
        for secret in (CANARY, FORMER, "canary"):
            assert secret not in text
    rows = await house.rows("SELECT secrets FROM source WHERE key IN ('tf-1', 'tf-2')")
    first, second = (row["secrets"].partition(".")[2] for row in rows)
    assert all(one != other for one, other in zip(_blocks(first), _blocks(second), strict=True))
    assert await house.secrets("tf-1") == await house.secrets("tf-2") == {"secret": CANARY}


def _blocks(sealed: str) -> list[bytes]:
    """What a cipher without a nonce would make equal of equal texts."""
    box = base64.urlsafe_b64decode(sealed)
    return [box[at : at + 16] for at in range(0, len(box) - 15, 16)]


async def test_a_former_secret_is_gone_after_its_overlap(house: House) -> None:
    await typeform(house, FORMER)
    await replace_secret(house, CANARY)
    assert await tidy(house) == 0, "it is still good"
    house.time.now += timedelta(hours=25)
    assert await tidy(house) == 1
    (row,) = await house.rows(
        "SELECT previous_secrets, previous_until FROM source WHERE key = 'tf-1'"
    )
    assert row == {"previous_secrets": None, "previous_until": None}
    assert await house.secrets("tf-1") == {"secret": CANARY}
    assert await tidy(house) == 0


async def test_a_new_key_seals_everything_anew(house: House, tmp_path: Path) -> None:
    await typeform(house)
    before = await house.rows("SELECT key, secrets FROM source ORDER BY key")
    rotate_sealing_keys(sealing_file(tmp_path))
    house.database.sealing = sealing_in(tmp_path)
    assert await tidy(house) == len(before)
    after = await house.rows("SELECT key, secrets FROM source ORDER BY key")
    oldest = {row["secrets"].partition(".")[0] for row in before}
    newest = {row["secrets"].partition(".")[0] for row in after}
    assert len(newest) == 1
    assert not oldest & newest
    # The API's process still has the old keys: it looks again before it gives up.
    answer = await house.client.get("/v1/sources/tf-1", headers=house.as_("admin"))
    assert answer.json()["secrets"] == {"secret": "********"}
    assert await house.secrets("tf-1") == {"secret": CANARY}
    assert await tidy(house) == 0


async def test_swapped_rows_open_nothing_and_harm_no_other_source(house: House) -> None:
    await typeform(house)
    await house.source(key="tf-2", adapter="typeform", secrets={"secret": "another one"})
    await house.source(key="open", adapter="generic-json")
    await house.change(
        "UPDATE source SET secrets = (SELECT secrets FROM source WHERE key = 'tf-1')"
        " WHERE key = 'tf-2'"
    )
    refusal = await house.hook("tf-2", b"{}", content_type="application/json")
    assert refusal.status_code == 503, "a sender is not told 401 for what is our trouble"
    assert "retry-after" in refusal.headers
    well = await house.hook("open", b'{"name": "Anna"}', content_type="application/json")
    assert well.status_code == 200
    assert await house.normalise() == 1
    answer_to_put = await house.client.put(
        "/v1/sources/tf-2", json={"adapter": "typeform"}, headers=house.as_("admin")
    )
    assert answer_to_put.status_code == 422, "what cannot be opened is not taken for what was given"
    answer = await house.client.put(
        "/v1/sources/tf-2",
        json={"adapter": "typeform", "secrets": {"secret": "a new one"}},
        headers=house.as_("admin"),
    )
    assert answer.status_code == 200, answer.text
    assert await house.secrets("tf-2") == {"secret": "a new one"}


@pytest.mark.parametrize("content", [None, "", "{}", '{"newest": "a", "keys": {"a": "c2hvcnQ="}}'])
async def test_without_its_keys_a_process_does_not_start(
    intake_url: str, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "no-keys.json"
    if content is not None:
        path.write_text(content)
        path.chmod(0o600)
    settings = settings_for(intake_url, tmp_path / "keys.json", sealing_keys_file=path)
    with pytest.raises(SecretFileError, match=r"no-keys\.json"):
        create_app(INTAKE, settings)
    with pytest.raises(SecretFileError, match=r"no-keys\.json"):
        open_worker(INTAKE, settings)


async def test_keys_that_others_may_read_are_refused(intake_url: str, tmp_path: Path) -> None:
    settings = settings_for(intake_url, tmp_path / "keys.json")
    settings.sealing_keys_file.chmod(0o644)
    with pytest.raises(SecretFileError, match="open to others"):
        create_app(INTAKE, settings)
    settings.sealing_keys_file.chmod(0o640)
    async with open_house(intake_url, tmp_path) as house:
        assert await house.secrets("api") == {}
