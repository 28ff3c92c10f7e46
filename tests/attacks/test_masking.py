"""Whatever a source proves itself by is shown to nobody: not in its submission, not in what is
made of it, however it was spelt and wherever it was put.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from services.intake.channels import CHANNELS
from services.intake.domain.masking import MASK
from services.intake.domain.redaction import secrets_of
from services.intake.domain.requests import ChannelError, Draft, RawRequest, SourceView
from services.intake.routes.masked import show_masked
from tests.attacks.masked_requests import FORM, JSON, SECRET_OF, requests, source
from tests.attacks.spellings import NASTY, SPELLINGS, assert_nowhere
from tests.integration.intake.harness import House, open_house
from tests.support.chance import examples
from tests.support.infrastructure import DatabaseFactory
from tests.unit.intake.samples import settled

pytestmark = pytest.mark.attacks


def shown(request: RawRequest, view: SourceView) -> list[str]:
    """Everything a supervisor or another service is given of this request."""
    try:
        parsed = settled(CHANNELS[view.adapter].parse(request, view))
        drafts: tuple[Draft, ...] = (*parsed.inquiries, *parsed.observed)
        spoken = [draft.model_dump_json() for draft in drafts]
        spoken.append(json.dumps({"external_id": parsed.external_id}))
    except ChannelError:
        spoken = []
    return [*spoken, json.dumps(show_masked(request, secrets_of(view)))]


@pytest.mark.parametrize("adapter", sorted(SECRET_OF))
@pytest.mark.parametrize("secret", NASTY, ids=range(len(NASTY)))
def test_a_secret_in_any_spelling_is_shown_to_no_supervisor(adapter: str, secret: str) -> None:
    view = source(adapter, secret)
    for spell in SPELLINGS.values():
        for request in requests(adapter, spell(secret)):
            assert_nowhere(secret, shown(request, view))


# Surrogates are no text; a NUL cannot be configured, nor the mask. What is shown of any secret are
# our own words.
OTHER = "Zq9-another-9qZ"
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=8)


@examples(60)
@given(
    secret=TEXTS.filter(lambda text: len("".join(text.split())) >= 8 and text not in MASK),
    adapter=st.sampled_from(sorted(SECRET_OF)),
    spelling=st.sampled_from(sorted(SPELLINGS)),
)
@example("%41%42%43%44", "tilda", "percent")
@example("++++++++ +", "generic-json", "percent and plus")
def test_any_secret_is_shown_to_no_supervisor(secret: str, adapter: str, spelling: str) -> None:
    assume(not any(secret in text for text in _shown_of(OTHER, adapter, spelling)))
    for text in _shown_of(secret, adapter, spelling):
        assert_nowhere(secret, [text])


def _shown_of(secret: str, adapter: str, spelling: str) -> list[str]:
    view = source(adapter, secret)
    return [
        text
        for request in requests(adapter, SPELLINGS[spelling](secret))
        for text in shown(request, view)
    ]


def test_what_is_no_secret_stays_readable() -> None:
    told = {"name": "Анна", "phone": "+79161234567", "note": "100% sure & happy", "mailbox": "x"}
    request = RawRequest(headers=JSON, query="utm=a+b&c=%D0%90", body=json.dumps(told).encode())
    seen = show_masked(request, secrets_of(source("generic-json", "S3CRET-KEY-1")))
    assert json.loads(seen["body"] or "") == told
    assert seen["query"] == "utm=a+b&c=%D0%90"
    (draft,) = CHANNELS["generic-json"].parse(request, source("generic-json", "S3CRET-1")).inquiries
    assert draft.contact.phones == ("+79161234567",)
    assert draft.fields == {"note": "100% sure & happy", "mailbox": "x"}


def test_a_users_name_is_no_secret_and_costs_no_customer_their_address() -> None:
    view = source("postmark", "a mail password")
    told = {"From": "olga@mailbox.example", "TextBody": "the mailbox is red"}
    (draft,) = (
        CHANNELS["postmark"]
        .parse(RawRequest(headers=JSON, body=json.dumps(told).encode()), view)
        .inquiries
    )
    assert draft.contact.emails == ("olga@mailbox.example",)
    assert draft.text == "the mailbox is red"


def test_the_words_around_a_secret_stay() -> None:
    view = source("tilda", "S3CRET-KEY-1")
    body = urlencode({"Comment": "call me, S3CRET-KEY-1, please", "k": "S3CRET-KEY-1"})
    (draft,) = CHANNELS["tilda"].parse(RawRequest(headers=FORM, body=body.encode()), view).inquiries
    assert draft.text == "call me, ********, please"
    assert draft.fields == {}


def test_what_cannot_be_taken_apart_is_not_shown() -> None:
    secrets = secrets_of(source("generic-json", "S3CRET-KEY-1"))
    for body in (b'{"cookies": "sid=1", ', b"\xff\xfe\xff", b'["S3CRET-KEY-1"]', b"[" * 10_000):
        assert show_masked(RawRequest(headers=JSON, body=body), secrets)["body"] is None
    assert show_masked(RawRequest(query="a=%FF%FE"), secrets)["query"] is None


@pytest.fixture
async def intake(migrated_database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(await migrated_database("intake"), tmp_path) as house:
        yield house


@pytest.mark.parametrize("secret", NASTY[:5], ids=range(5))
async def test_nothing_that_a_supervisor_can_ask_for_shows_it(intake: House, secret: str) -> None:
    await intake.source(key="tilda-1", adapter="tilda", secrets={"api_key": secret})
    pairs = [
        ("Name", "Anna"),
        ("tranid", secret),
        ("k", secret),
        ("k", "x"),
        ("note", f"a {secret}"),
    ]
    pairs += [("cookies", f"sid={secret}"), ("more", quote(secret, safe=""))]
    answer = await intake.hook(
        "tilda-1",
        urlencode(pairs).encode(),
        content_type="application/x-www-form-urlencoded",
        x_own=quote(secret, safe=""),
    )
    assert answer.status_code == 200, answer.text
    await intake.normalise()
    receipt = await intake.receipt(answer)
    assert receipt["state"] == "normalised"
    documents = [json.dumps(event) for event in await intake.emitted()]
    paths = [f"/v1/submissions/{receipt['receipt_id']}", "/v1/submissions", "/v1/contacts"]
    paths += [f"/v1/inquiries/{receipt['inquiry_ids'][0]}", "/v1/inquiries"]
    documents += [json.dumps(await intake.get(path, role="supervisor")) for path in paths]
    assert_nowhere(secret, documents)


async def test_what_is_repaired_is_shown_without_it_too(intake: House) -> None:
    secret = NASTY[1]
    await intake.source(key="tilda-1", adapter="tilda", secrets={"api_key": secret})
    answer = await intake.hook("tilda-1", b"[]", content_type="application/json", x_own=secret)
    await intake.normalise()
    receipt = (await intake.receipt(answer))["receipt_id"]
    repaired = await intake.client.post(
        f"/v1/submissions/{receipt}/repair",
        json={
            "body": json.dumps({"Name": "Anna", "k": [secret]}),
            "overrides": {"text": f"said {secret}", "fields": {secret: secret}},
        },
        headers=intake.as_("supervisor"),
    )
    assert repaired.status_code == 202, repaired.text
    await intake.normalise()
    documents = [repaired.text, *(json.dumps(event) for event in await intake.emitted())]
    shown_to_them = await intake.get(f"/v1/submissions/{receipt}", role="supervisor")
    assert_nowhere(secret, [*documents, json.dumps(shown_to_them)])
    assert "Anna" in shown_to_them["repaired_body"]


async def test_an_address_that_is_the_only_proof_does_not_travel(intake: House) -> None:
    await intake.source(key="short", adapter="generic-json")
    body = json.dumps({"name": "Anna", "page": "https://leads.example/intake/v1/hooks/short"})
    answer = await intake.hook("short", body.encode(), content_type="application/json")
    await intake.normalise()
    (event,) = await intake.emitted("inquiry.received")
    assert event["source_key"] is None
    assert "hooks/short" not in json.dumps(event)
    receipt = (await intake.receipt(answer))["receipt_id"]
    seen = await intake.get(f"/v1/submissions/{receipt}", role="supervisor")
    assert "hooks/short" not in json.dumps(seen)
