"""Providers' mails at the door: exact answers, proofs that are good once, SNS's certificate."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from services.intake.channels.apart import TARGET
from services.intake.channels.email import brevo
from services.intake.routes.ingest import evidence
from services.intake.use_cases.fetch import Fetcher, start_due
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.settling import Normaliser
from shared.web.public_client import PublicClient, open_public_client
from tests.integration.intake.harness import House, open_house
from tests.support.document_server import DocumentServer, document_server
from tests.support.sns import HOST, SnsMessage, certificate

KEY = "signing-key-of-the-tests"
MAIL = "From: Anna <anna@client.example>\r\nMessage-ID: <1@x>\r\n\r\nThree, please."
STORED = (200, b"ok", "text/plain; charset=utf-8")


@pytest.fixture
async def documents() -> AsyncIterator[DocumentServer]:
    async with document_server() as server:
        yield server


@pytest.fixture
async def house(intake_url: str, tmp_path: Path, documents: DocumentServer) -> AsyncIterator[House]:
    hosts = {HOST: documents.url, brevo.API: documents.url}
    async with open_house(intake_url, tmp_path, fetch_hosts=hosts) as open_one:
        yield open_one


def answered(answer: httpx.Response) -> tuple[int, bytes, str | None]:
    return answer.status_code, answer.content, answer.headers.get("content-type")


async def names(house: House) -> list[str]:
    await house.normalise()
    rows = await house.rows("SELECT content FROM inquiry ORDER BY inquiry_id")
    return [row["content"]["contact"]["name"] for row in rows]


async def fetch(house: House, documents: DocumentServer) -> None:
    async with open_public_client() as client:
        fetcher = Fetcher(
            Normaliser(house.database, Reader(new_sandbox(TARGET)), house.time),
            PublicClient(client, {HOST: documents.url, brevo.API: documents.url}),
            most_bytes=1000,
            most_mail_bytes=1000,
        )
        async with asyncio.TaskGroup() as tasks:
            await start_due(fetcher, tasks)
        await fetcher.normaliser.reader.sandbox.close()


def mailgun(house: House, token: str = "a-token", **fields: str) -> bytes:
    timestamp = str(int(house.time().timestamp()))
    digest = hmac.new(KEY.encode(), (timestamp + token).encode(), hashlib.sha256).hexdigest()
    mail = {"recipient": "in@shop.example", "body-plain": "Hello", **fields}
    return urlencode({**mail, "timestamp": timestamp, "token": token, "signature": digest}).encode()


async def test_a_proof_that_covers_no_word_is_good_for_one_mail(house: House) -> None:
    await house.source(key="mails", adapter="mailgun", secrets={"signing_key": KEY})
    form = {"content_type": "application/x-www-form-urlencoded"}
    first = mailgun(house, **{"from": "Anna <anna@client.example>"})
    assert answered(await house.hook("mails", first, **form)) == STORED
    again = await house.hook("mails", first, **form)
    assert answered(again) == STORED
    forged = await house.hook(
        "mails", mailgun(house, **{"from": "Mallory <m@evil.example>"}), **form
    )
    assert answered(forged) == STORED
    assert await names(house) == ["Anna"]
    receipt = await house.receipt(forged)
    assert (receipt["state"], receipt["reason"]) == ("quarantined", "proof_reused")
    assert await house.count() == 2


async def test_what_came_with_a_used_proof_can_be_repaired(house: House) -> None:
    await house.source(key="mails", adapter="mailgun", secrets={"signing_key": KEY})
    form = {"content_type": "application/x-www-form-urlencoded"}
    await house.hook("mails", mailgun(house, **{"from": "Anna <anna@client.example>"}), **form)
    second = await house.hook(
        "mails", mailgun(house, **{"from": "Boris <b@client.example>"}), **form
    )
    await house.normalise()
    path = f"/v1/submissions/{second.headers['leadflow-receipt']}/repair"
    repair = {"overrides": {"subject": "is meant"}}
    answer = await house.client.post(path, json=repair, headers=house.as_("supervisor"))
    assert answer.status_code == 202, answer.text
    assert sorted(await names(house)) == ["Anna", "Boris"]


@pytest.mark.parametrize("large", [False, True])
async def test_the_proof_of_a_large_form_may_stand_at_its_end(house: House, *, large: bool) -> None:
    await house.source(key="mails", adapter="mailgun", secrets={"signing_key": KEY})
    form = {"content_type": "application/x-www-form-urlencoded"}
    text = "x" * (2_000_000 if large else 10)
    body = mailgun(house, **{"from": "Anna <anna@client.example>", "body-html": text})
    assert answered(await house.hook("mails", body, **form)) == STORED
    for key in ("mails", "unknown"):
        refused = await house.hook(key, body.replace(b"signature=", b"signature=0"), **form)
        assert refused.status_code == 401


async def test_sns_is_verified_by_its_certificate_which_is_fetched_once(
    house: House, documents: DocumentServer
) -> None:
    await house.source(key="mails", adapter="ses-sns")
    documents.give("/SimpleNotificationService-1.pem", certificate())
    content = {"mail": {"messageId": "1"}, "receipt": {"action": {"type": "SNS"}}, "content": MAIL}
    for number, version in ((1, "1"), (2, "2")):
        sns = SnsMessage(house.time(), json.dumps(content), number=number, version=version)
        assert answered(await post(house, sns)) == STORED
    sns = SnsMessage(house.time(), json.dumps(content), number=3)
    forged = sns.body().replace(b"Three", b"Seven")
    answer = await house.client.post("/v1/hooks/mails", content=forged, headers=sns.headers)
    assert answer.status_code == 401
    assert len(documents.asked) == 1
    assert await names(house) == ["Anna"]  # the mail came twice


async def post(house: House, sns: SnsMessage, key: str = "mails", **headers: str) -> httpx.Response:
    return await house.client.post(
        f"/v1/hooks/{key}", content=sns.body(), headers={**sns.headers, **headers}
    )


async def test_whether_a_key_is_known_shows_in_no_answer_about_a_certificate(
    house: House, documents: DocumentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.source(key="mails", adapter="ses-sns")
    monkeypatch.setattr(evidence, "MISSED_SECONDS", 0.0)
    sns = SnsMessage(house.time())
    answers: dict[str, list[Any]] = {"mails": [], "unknown": []}
    for key, seen in answers.items():
        for status in (404, 500):
            documents.give(sns.path, status=status)
            answer = await post(house, sns, key)
            seen.append((answer.status_code, answer.headers.get("retry-after")))
    assert answers["mails"] == answers["unknown"]
    assert [status for status, _ in answers["mails"]] == [401, 503]
    assert answers["mails"][1][1] is not None
    assert len(documents.asked) == 6  # what is not there is asked for again before the refusal


async def test_a_subscription_is_confirmed_at_amazon_and_nowhere_else(
    house: House, documents: DocumentServer
) -> None:
    await house.source(key="mails", adapter="ses-sns")
    documents.give("/SimpleNotificationService-1.pem", certificate())
    documents.give("/?Action=ConfirmSubscription&Token=t", b"<ok/>")
    receipts = []
    for number, host in ((1, HOST), (2, "evil.example")):
        more = {"SubscribeURL": f"https://{host}/?Action=ConfirmSubscription&Token=t", "Token": "t"}
        sns = SnsMessage(house.time(), kind="SubscriptionConfirmation", number=number, more=more)
        answer = await post(house, sns)
        assert answered(answer) == STORED
        receipts.append(answer)
        await house.normalise()
        await fetch(house, documents)
        await house.normalise()
    states = [await house.receipt(receipt) for receipt in receipts]
    assert [(one["state"], one["reason"]) for one in states] == [
        ("ignored", "not_an_inquiry"),
        ("quarantined", "fetch_failed"),
    ]
    assert [head.split(" ")[1] for head in documents.asked][1:] == [
        "/?Action=ConfirmSubscription&Token=t"
    ]


async def test_raw_deliveries_of_sns_are_refused(house: House, documents: DocumentServer) -> None:
    await house.source(key="mails", adapter="ses-sns")
    raw = {"x-amz-sns-message-type": "Notification", "x-amz-sns-rawdelivery": "true"}
    content = json.dumps({"mail": {"messageId": "1"}, "content": MAIL}).encode()
    answer = await house.client.post("/v1/hooks/mails", content=content, headers=raw)
    assert answer.status_code == 401
    assert documents.asked == []


async def test_a_mail_waits_only_a_while_for_its_files(
    house: House, documents: DocumentServer
) -> None:
    await house.source(key="mails", adapter="brevo", secrets={"access_token": "a-key"})
    files = [{"Name": "a.pdf", "DownloadToken": "t1"}]
    item = {"From": {"Name": "Anna", "Address": "anna@client.example"}, "RawTextBody": "Hello"}
    for status, number in ((200, 1), (401, 2), (500, 3)):
        house.time.pass_(seconds=1)
        documents.give("/v3/inbound/attachments/t1", b"PDF", status=status)
        body = {"items": [{**item, "MessageId": f"<{number}@x>", "Attachments": files}]}
        await house.hook("mails", json.dumps(body).encode(), content_type="application/json")
        assert len(await names(house)) == number - 1
        await fetch(house, documents)
        if status == 500:
            assert len(await names(house)) == number - 1
            house.time.pass_(minutes=6)
            await fetch(house, documents)
        assert len(await names(house)) == number
    assert "api-key: a-key" in documents.asked[0]
    assert len(documents.asked) == 4
    assert await saved_files(house) == [b"PDF", None, None]


async def saved_files(house: House) -> list[bytes | None]:
    """The first file of each inquiry, the oldest first; None for one that is not here."""
    contents: list[bytes | None] = []
    for inquiry in reversed((await house.get("/v1/inquiries"))["items"]):
        file = inquiry["attachments"][0]["attachment_id"]
        path = f"/v1/inquiries/{inquiry['inquiry_id']}/attachments/{file}"
        answer = await house.client.get(path, headers=house.as_("supervisor")) if file else None
        contents.append(answer.content if answer and answer.status_code == 200 else None)
    return contents


async def test_mandrill_checks_the_address_before_it_signs(house: House) -> None:
    await house.source(key="mails", adapter="mandrill", secrets={"webhook_key": KEY})
    head = await house.client.head("/v1/hooks/mails")
    assert (head.status_code, head.content) == (200, b"")
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert answered(await house.hook("mails", b"mandrill_events=%5B%5D", **form)) == STORED
    assert (await house.hook("mails", b"mandrill_events=%5B%7B%7D%5D", **form)).status_code == 401
    assert await house.count() == 0
