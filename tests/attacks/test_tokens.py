"""Forged, stretched and broken tokens: every one of them is nobody's, in the same words."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import UnauthenticatedError, UnavailableError
from shared.ids import new_id
from shared.minting import ledger, mint
from shared.minting.files import MintFiles, mint_files
from shared.web import tokens
from shared.web.service_token import ServiceToken
from shared.web.tokens import LONGEST_LIFE, TokenKeys
from tests.attacks.forging import NOW, TABLE, Forger, claims, encoded
from tests.integration.intake.harness import House, open_house
from tests.support.chance import examples
from tests.support.infrastructure import DatabaseFactory
from tests.support.waiting import eventually

pytestmark = pytest.mark.attacks


@pytest.fixture
def files(tmp_path: Path) -> MintFiles:
    found = mint_files(own=tmp_path, published=tmp_path)
    mint.create(found)
    return found


@pytest.fixture
def forger(files: MintFiles) -> Forger:
    return Forger(files, mint.mint(files, role="admin", now=NOW))


def test_the_tables_own_token_is_good(forger: Forger) -> None:
    keys = TokenKeys(forger.files.public)
    assert keys.read(forger.good, now=NOW).role == "admin"
    assert keys.read(forger.signed(claims()), now=NOW).role == "admin"


@pytest.mark.parametrize("name", TABLE)
def test_a_forged_token_is_refused(forger: Forger, name: str) -> None:
    with pytest.raises(UnauthenticatedError) as refusal:
        TokenKeys(forger.files.public).read(TABLE[name](forger), now=NOW)
    assert str(refusal.value) == "The bearer token is missing, wrong or expired."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@examples(80)
@given(
    header=JSON,
    changes=st.dictionaries(
        st.sampled_from(["role", "iat", "exp", "jti", "manager_id", "source_id", "x"]), JSON,
        min_size=1,
    ),
    noise=st.binary(max_size=60),
    text=st.text(max_size=60),
)  # fmt: skip
def test_whatever_is_signed_or_sent_is_a_token_or_nobodys(
    forger: Forger, header: Any, changes: dict[str, Any], noise: bytes, text: str
) -> None:
    keys = TokenKeys(forger.files.public)
    tried = [text, f"{text}.{text}.{text}", forger.signed(noise), f"{encoded(noise)}.e30.AAAA"]
    tried += [f"{encoded(header)}.{forger.good.split('.', 1)[1]}", forger.signed(claims(**changes))]
    for token in tried:
        try:
            caller = keys.read(token, now=NOW)
        except UnauthenticatedError:
            continue
        assert caller.role == "admin", "only what the changes left as it was"
        assert changes.keys() <= {"iat", "exp", "jti"}


def test_a_service_cannot_sign(forger: Forger) -> None:
    """What a service is given has no private half, and nothing it loads could sign."""
    published = forger.files.public.read_text()
    private = json.loads(forger.files.signing.read_text())["keys"][0]["d"]
    assert private not in published
    assert all("d" not in member for member in json.loads(published)["keys"])
    assert not any(hasattr(TokenKeys, name) for name in ("mint", "sign"))


def test_an_ended_token_is_refused_alone(forger: Forger) -> None:
    files, other = forger.files, mint.mint(forger.files, role="ops", now=NOW)
    keys = TokenKeys(files.public)
    assert keys.read(forger.good, now=NOW).role == "admin"
    mint.end(files, forger.good, now=NOW)
    keys = TokenKeys(files.public)
    with pytest.raises(UnauthenticatedError):
        keys.read(forger.good, now=NOW)
    assert keys.read(other, now=NOW).role == "ops"
    (entry,) = [entry for entry in ledger.living(files, now=NOW) if entry.role == "ops"]
    mint.end(files, entry.token_id, now=NOW)
    with pytest.raises(UnauthenticatedError):
        TokenKeys(files.public).read(other, now=NOW)


@pytest.mark.parametrize("end", ["token", "key", "life", "first second"])
def test_what_was_verified_once_ends_as_soon(
    forger: Forger, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    monkeypatch.setattr(tokens, "RELOAD_SECONDS", 0.0)
    files, keys = forger.files, TokenKeys(forger.files.public)
    assert keys.read(forger.good, now=NOW).role == "admin"
    assert keys.recall(forger.good, now=NOW) is not None
    assert keys.recall(forger.good + "A", now=NOW) is None
    now = {"life": NOW + LONGEST_LIFE, "first second": NOW - LONGEST_LIFE}.get(end, NOW)
    if end == "token":
        mint.end(files, forger.good, now=NOW)
    elif end == "key":
        mint.rotate(files, now=NOW, revoke=True)
    assert keys.recall(forger.good, now=now) is None
    with pytest.raises(UnauthenticatedError):
        keys.read(forger.good, now=now)


def test_the_list_of_ended_tokens_does_not_grow_for_ever(forger: Forger) -> None:
    files = forger.files
    mint.end(files, forger.good, now=NOW)
    later = NOW + LONGEST_LIFE + timedelta(minutes=1)
    mint.end(files, str(new_id()), now=later)
    assert len(json.loads(files.ended.read_text())["ended"]) == 1
    assert ledger.living(files, now=later) == []


def test_a_key_that_no_longer_signs_goes_when_its_last_token_has(forger: Forger) -> None:
    files = forger.files
    mint.rotate(files, now=NOW, revoke=False)
    assert TokenKeys(files.public).read(forger.good, now=NOW).role == "admin"
    mint.rotate(files, now=NOW + LONGEST_LIFE, revoke=False)
    assert len(json.loads(files.public.read_text())["keys"]) == 2


def test_without_keys_nobody_is_told_that_they_are_nobody(tmp_path: Path) -> None:
    keys = TokenKeys(tmp_path / "public-keys.json")
    with pytest.raises(UnavailableError):
        keys.read("x.y.z", now=NOW)
    (tmp_path / "public-keys.json").write_text('{"keys": []}')
    with pytest.raises(UnavailableError):
        keys.read("x.y.z", now=NOW)


def test_the_services_token_is_renewed_and_read_anew(files: MintFiles) -> None:
    token = ServiceToken(files.service_token)
    with pytest.raises(UnavailableError):
        token()
    first = mint.renew_service_token(files, now=NOW)
    assert token() == first
    assert mint.renew_service_token(files, now=NOW + timedelta(days=9)) == first
    second = mint.renew_service_token(files, now=NOW + timedelta(days=11))
    assert second != first
    assert files.service_token.stat().st_mode & 0o037 == 0
    keys = TokenKeys(files.public)
    assert keys.read(second, now=NOW + timedelta(days=11)).role == "service"
    mint.rotate(files, now=NOW, revoke=True)
    assert mint.renew_service_token(files, now=NOW) not in {first, second}


@pytest.fixture
async def intake(migrated_database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(await migrated_database("intake"), tmp_path) as house:
        house.time.now = NOW
        yield house


async def test_the_doors_say_401_to_each_of_them_and_never_500(intake: House) -> None:
    """Both doors: the framework's, and the hot one that remembers tokens for a second."""
    keys = Path(intake.keys.public)
    own = replace(intake.keys.keys)
    files = mint_files(own=keys.parent, published=keys.parent)
    own.save(files.signing)
    good = own.sign(role="admin", now=intake.time()).token
    forger = Forger(replace(files, public=keys), good)
    schemes = {f"bearer {good}", f"BEARER {good}", f"Bearer   {good}"}
    for scheme in schemes:
        answer = await intake.client.get("/v1/sources", headers={"Authorization": scheme})
        assert answer.status_code == 200, scheme[:12]
    words = [make(forger) for name, make in TABLE.items() if name != "a line end inside"]
    lines = [f"Bearer {word}" for word in words]
    lines += ["", "Bearer", f"Basic {good}", good, f"Bearer, {good}", f"Bearer {good} {good}"]
    for line in lines:
        header = {b"Authorization": line.encode()}
        for method, path in (("GET", "/v1/sources"), ("POST", "/v1/inquiries")):
            answer = await intake.client.request(method, path, headers=header, content=b"{}")
            assert answer.status_code == 401, (path, line[:80], answer.status_code)
            assert answer.json()["detail"] == "The bearer token is missing, wrong or expired."


async def test_an_ended_token_ends_at_the_hot_door_within_seconds(intake: House) -> None:
    keys = Path(intake.keys.public)
    files = replace(mint_files(own=keys.parent, published=keys.parent), public=keys)
    intake.keys.keys.save(files.signing)
    token = mint.mint(files, role="admin", now=intake.time())

    async def post() -> int:
        header = {"Authorization": f"Bearer {token}"}
        answer = await intake.client.post("/v1/inquiries", json={"channel": "form"}, headers=header)
        return answer.status_code

    assert await post() == 202
    mint.end(files, token, now=intake.time())
    await eventually(post, seconds=3, what="the token ends", until=lambda code: code == 401)
