"""Sources by API and by file: secrets stay inside, rotation overlaps, a bad file names its line."""

import base64
import hashlib
import hmac
import re
from pathlib import Path

import pytest

from services.intake.routes.sources_file import SourcesFileError, read_sources_file
from tests.integration.intake.harness import House, open_house

FORM = {"content_type": "application/x-www-form-urlencoded"}


def typeform_signature(body: bytes, secret: str) -> str:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(digest).decode()


async def test_a_generated_key_is_unguessable_and_part_of_the_hook_url(house: House) -> None:
    first = await house.source(adapter="tilda")
    second = await house.source(adapter="tilda")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", first["key"])
    assert first["key"] != second["key"]
    assert first["hook_url"] == f"http://127.0.0.1:8080/intake/v1/hooks/{first['key']}"
    assert (await house.hook(first["key"], b"Name=A", **FORM)).status_code == 200


async def test_secrets_go_in_and_never_come_out(house: House) -> None:
    source = await house.source(key="tf-1", adapter="typeform", secrets={"secret": "hush-hush"})
    assert source["secrets"] == {"secret": "********"}
    for path in ("/v1/sources", "/v1/sources/tf-1", f"/v1/sources/{source['source_id']}"):
        answer = await house.client.get(path, headers=house.as_("admin"))
        assert answer.status_code == 200
        assert "hush-hush" not in answer.text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"adapter": "carrier-pigeon"}, "/adapter"),
        ({"adapter": "typeform"}, "/secrets/secret"),
        ({"adapter": "tilda", "secrets": {"apikey": "x"}}, "/secrets/apikey"),
        ({"adapter": "typeform", "secrets": {"secret": "********"}}, "/secrets/secret"),
        ({"adapter": "typeform", "secrets": {"secret": "***"}}, "/secrets/secret"),
        ({"adapter": "tilda", "key": "no"}, "/key"),
        ({"adapter": "tilda", "key": "sp ace"}, "/key"),
        ({"adapter": "tilda", "country": "Russia"}, "/country"),
        ({"adapter": "tilda", "time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"adapter": "generic-json", "mapping": {"contact.name": "a[["}}, "/mapping/contact.name"),
        ({"adapter": "tilda", "owner": "file"}, "/owner"),
    ],
)
async def test_a_bad_source_is_422(house: House, body: dict[str, object], pointer: str) -> None:
    answer = await house.client.post("/v1/sources", json=body, headers=house.as_("admin"))
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_a_taken_key_is_409(house: House) -> None:
    await house.source(key="once", adapter="tilda")
    for key in ("once", "api"):
        answer = await house.client.post(
            "/v1/sources", json={"key": key, "adapter": "tilda"}, headers=house.as_("admin")
        )
        assert answer.status_code == 409


async def test_keys_are_case_sensitive(house: House) -> None:
    await house.source(key="Case", adapter="generic-json")
    await house.source(key="case", adapter="generic-json")
    assert (await house.hook("Case", b'{"name":"A"}')).status_code == 200
    assert (await house.hook("CASE", b'{"name":"A"}')).status_code == 401


async def test_a_rotated_secret_overlaps_with_the_former(house: House) -> None:
    await house.source(key="tf-1", adapter="typeform", secrets={"secret": "old"})
    body = b'{"form_response":{"token":"t"}}'

    async def status(secret: str) -> int:
        signature = typeform_signature(body, secret)
        return (await house.hook("tf-1", body, typeform_signature=signature)).status_code

    assert await status("old") == 200
    answer_to_put = await house.client.put(
        "/v1/sources/tf-1",
        json={"adapter": "typeform", "secrets": {"secret": "new"}},
        headers=house.as_("admin"),
    )
    assert answer_to_put.json()["previous_secrets_until"] is not None
    assert [await status("new"), await status("old"), await status("none")] == [200, 200, 401]
    house.time.pass_(hours=25)
    assert [await status("new"), await status("old")] == [200, 401]


async def test_put_keeps_the_secrets_that_are_left_out_or_masked(house: House) -> None:
    await house.source(key="tf-1", adapter="typeform", secrets={"secret": "old"})
    for secrets in ({}, {"secrets": {"secret": "********"}}):
        answer = await house.client.put(
            "/v1/sources/tf-1",
            json={"adapter": "typeform", "pool": "north", **secrets},
            headers=house.as_("admin"),
        )
        assert answer.status_code == 200
        assert answer.json()["pool"] == "north"
        assert answer.json()["previous_secrets_until"] is None
    assert await house.secrets("tf-1") == {"secret": "old"}


async def test_put_takes_no_mask_for_a_secret_that_is_not_there(house: House) -> None:
    await house.source(key="own", adapter="generic-json")
    answer = await house.client.put(
        "/v1/sources/own",
        json={"adapter": "generic-json", "secrets": {"secret": "********"}},
        headers=house.as_("admin"),
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/secrets/secret"]


async def test_a_disabled_source_is_unknown_and_its_submissions_stay(house: House) -> None:
    await house.source(key="gone", adapter="generic-json")
    answer = await house.hook("gone", b'{"name":"A"}')
    deleted = await house.client.delete("/v1/sources/gone", headers=house.as_("admin"))
    assert deleted.status_code == 204
    await house.app.door.cache.reload()
    assert (await house.hook("gone", b'{"name":"B"}')).status_code == 401
    await house.normalise()
    assert (await house.receipt(answer))["state"] == "normalised"


async def test_a_full_walk_over_sources(house: House) -> None:
    for number in range(7):
        await house.source(key=f"walk-{number}", adapter="tilda")
    keys: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await house.get("/v1/sources", limit=3, **cursor)
        keys += [item["key"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(keys) == sorted(["api", *(f"walk-{number}" for number in range(7))])


FILE = """\
# the company's ways in
sources:
  - key: site-form
    adapter: tilda
    secrets:
      api_key: ${SITE_KEY}
  - key: exchange
    adapter: mango
    secrets: {api_key: "k", api_salt: "${SALT}"}
    pool: calls
"""
ENVIRONMENT = {"SITE_KEY": "from-the-environment", "SALT": "salt"}


async def test_the_file_is_upserted_by_key_and_wins(
    intake_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(FILE)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    async with open_house(intake_url, tmp_path, sources=path) as house:
        site = await house.get("/v1/sources/site-form")
        assert site["managed_by"] == "file"
        assert await house.secrets("site-form") == {"api_key": "from-the-environment"}
        for change in (
            house.client.put(
                "/v1/sources/site-form", json={"adapter": "tilda"}, headers=house.as_("admin")
            ),
            house.client.delete("/v1/sources/site-form", headers=house.as_("admin")),
        ):
            refusal = await change
            assert refusal.status_code == 409
            assert "sources file" in refusal.json()["detail"]
    path.write_text(FILE.replace("pool: calls", "pool: north").replace("site-form", "new-form"))
    async with open_house(intake_url, tmp_path, sources=path) as house:
        assert (await house.get("/v1/sources/exchange"))["pool"] == "north"
        source = await house.get("/v1/sources/site-form")
        assert source["managed_by"] == "api", "what the file no longer names is the API's"
        assert source["source_id"] == site["source_id"]
        assert (await house.get("/v1/sources/new-form"))["managed_by"] == "file"


@pytest.mark.parametrize(
    ("text", "instead", "line", "words"),
    [
        ("adapter: mango", "adapter: mongo", 8, "/adapter"),
        ("${SITE_KEY}", "${NOT_THERE}", 6, "NOT_THERE"),
        ("pool: calls", "pond: calls", 10, "/pond"),
        ("key: exchange", "key: site-form", 7, "/key"),
        ("key: exchange", "key: x", 7, "/key"),
        ("  - key: exchange\n    adapter", "  - adapter", 7, "/key"),
        ("sources:", "ways:", 2, "/ways"),
        ("    adapter: tilda", "    adapter: [tilda", 5, ""),
        ('api_key: "k", ', "", 9, "/secrets/api_key"),
        ("key: exchange", "key: api", 7, "/key"),
    ],
)
def test_a_bad_entry_stops_the_start_and_names_its_line(
    tmp_path: Path, text: str, instead: str, line: int, words: str
) -> None:
    path = tmp_path / "sources.yaml"
    assert text in FILE
    path.write_text(FILE.replace(text, instead))
    with pytest.raises(SourcesFileError) as refusal:
        read_sources_file(path, environment=ENVIRONMENT, country="RU", time_zone="Europe/Moscow")
    assert f"sources.yaml, line {line}:" in refusal.value.detail
    assert words in refusal.value.detail
    assert "from-the-environment" not in refusal.value.detail


@pytest.mark.parametrize("text", ["", "sources:\n", "sources: []\n", "# nothing yet\n"])
def test_an_empty_file_is_no_sources(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(text)
    assert not read_sources_file(path, environment={}, country="RU", time_zone="UTC")
