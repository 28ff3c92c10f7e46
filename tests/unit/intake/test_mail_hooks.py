"""Odd bodies of providers' webhooks of mails: read, ignored or quarantined, never an error."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from services.intake.channels.email.s3 import place_of, presigned
from services.intake.channels.parsing import mail_hooks
from services.intake.domain.requests import ChannelError, RawRequest
from services.intake.domain.times import from_iso
from tests.unit.intake.providers.sample import NOON
from tests.unit.intake.samples import FORM, JSON, only, parse

RAW = "From: Anna <anna@client.example>\r\nMessage-ID: <1@x>\r\n\r\nHello"
ADAPTERS = ("brevo", "mailersend", "mailgun", "mailjet", "mandrill", "postal", "sendgrid",
            "ses-sns", "sparkpost")  # fmt: skip
ODD = (
    b"", b" ", b"{}", b"[]", b"null", b"17", b"[[]]", b"{", b"\xff\xfe", b"a=b", b"--b\r\n",
    b'{"items": [1, null, {}]}', b'{"items": {"a": 1}}', b'{"data": []}', b'{"message": 5}',
    b'{"message": "!"}', b'{"From": {"a": []}, "Headers": 5, "Parts": {}}', b"mandrill_events=",
    b"mandrill_events=%5B5%5D", b"mandrill_events={}", b"mandrill_events=[{}]",
    b'[{"msys": {"relay_message": {"content": {"email_rfc822": 5}}}}]',
    b'{"Type": "Notification", "Message": "[]"}', b'{"Type": "SubscriptionConfirmation"}',
    b'{"Type": "Notification", "Message": "{\\"mail\\": {\\"a\\": 1}, \\"receipt\\": 5}"}',
    b"body-plain=%00&recipient=&message-headers=[[1]]&attachments={&sender=%ff",
    b"body-mime=%00%ff&recipient[]=a", b"from=%ff&charsets={&envelope=5&headers=%00",
)  # fmt: skip


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("headers", [FORM, JSON, ()])
def test_odd_bodies_have_a_reason_or_are_read(
    adapter: str, headers: tuple[tuple[str, str], ...]
) -> None:
    for body in ODD:
        try:
            content = parse(adapter, RawRequest(headers=headers, body=body, received_at=NOON))
        except ChannelError:
            continue
        assert content.drafts or content.ignored or content.follow_ups


def posted(adapter: str, value: Any) -> dict[str, Any]:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    headers = FORM if isinstance(value, bytes) else JSON
    return only(parse(adapter, RawRequest(headers=headers, body=body, received_at=NOON)))


def test_the_raw_mail_in_every_wrapping() -> None:
    encoded = base64.b64encode(RAW.encode()).decode()
    relayed = {"email_rfc822": encoded, "email_rfc822_is_base64": True}
    events = json.dumps([{"event": "inbound", "msg": {"raw_msg": RAW}}])
    inner = {"mail": {"messageId": "s"}, "content": RAW}
    mails = [
        posted("postal", {"message": encoded, "base64": True}),
        posted("postal", {"message": RAW, "base64": False}),
        posted("sparkpost", [{"msys": {"relay_message": {"content": relayed}}}]),
        posted("mandrill", urlencode({"mandrill_events": events}).encode()),
        posted("mailgun", urlencode({"body-mime": RAW, "recipient": "a"}).encode()),
        posted("mailersend", {"type": "inbound.message", "data": {"raw": RAW}}),
        posted("ses-sns", {"Type": "Notification", "Message": json.dumps(inner)}),
    ]
    assert [mail["contact"]["name"] for mail in mails] == ["Anna"] * 7
    assert [mail["text"] for mail in mails] == ["Hello"] * 7


def test_several_mails_of_one_delivery_are_several_inquiries() -> None:
    def item(number: int) -> dict[str, Any]:
        return {"From": f"a{number}@client.example", "MessageId": f"<{number}@x>",
                "RawTextBody": "Hello"}  # fmt: skip

    request = RawRequest(headers=JSON, body=json.dumps({"items": [item(1), item(2)]}).encode())
    content = parse("brevo", request)
    assert [draft.external_id for draft in content.drafts] == ["1@x", "2@x"]
    assert content.external_id is None
    request = RawRequest(headers=JSON, body=json.dumps({"items": [item(1)] * 201}).encode())
    with pytest.raises(ChannelError, match="too_many_fields"):
        parse("brevo", request)


def test_the_last_of_repeated_fields_counts() -> None:
    body = urlencode([("subject", "variable"), ("subject", "real"), ("body-plain", "Hello")])
    assert posted("mailgun", body.encode())["subject"] == "real"


def test_events_about_mails_that_were_sent_are_ignored() -> None:
    event = {"signature": {}, "event-data": {"event": "opened"}}
    bodies = [
        ("mailgun", JSON, json.dumps(event)),
        ("sendgrid", JSON, '[{"event": "open"}]'),
        ("mailersend", JSON, '{"type": "activity.opened", "data": {"from": "a"}}'),
        ("postal", JSON, '{"event": "MessageSent", "payload": {}}'),
        ("sparkpost", JSON, '[{"msys": {}}]'),
        ("mandrill", FORM, urlencode({"mandrill_events": '[{"event": "open", "msg": {}}]'})),
        ("ses-sns", JSON, '{"Type": "UnsubscribeConfirmation"}'),
    ]
    for adapter, headers, body in bodies:
        content = parse(adapter, RawRequest(headers=headers, body=body.encode()))
        assert content.ignored == "not_an_inquiry", adapter


@pytest.mark.parametrize(
    "headers",
    [
        [["From", "a"], ["X", "1"]],
        [{"name": "From", "value": "a"}, {"Name": "X", "Value": 1}],
        {"From": "a", "X": ["1"]},
        "From: a\r\nX: 1",
    ],
)
def test_headers_in_every_shape(headers: Any) -> None:
    pairs = [(name.title(), value) for name, value in mail_hooks.header_pairs(headers)]
    assert pairs == [("From", "a"), ("X", "1")]


def test_verdicts_of_spam_filters() -> None:
    assert mail_hooks.spam_assassin("4.9") is mail_hooks.spam_assassin("?") is None
    spam = mail_hooks.spam_assassin(5.5)
    assert spam is not None
    assert spam.reasons == ("spamassassin",)
    assert mail_hooks.failed([("spam", "GRAY"), ("virus", None)]) is None


def test_an_address_in_s3_is_signed_as_in_amazons_own_example() -> None:
    now = from_iso("2013-05-24T00:00:00Z", time_zone="UTC")
    assert now is not None
    url = presigned(
        "examplebucket.s3.amazonaws.com",
        "/test.txt",
        region="us-east-1",
        access_key_id="AKIA" + "IOSFODNN7EXAMPLE",
        secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        now=now,
        seconds=86_400,
    )
    signature = url.partition("&X-Amz-Signature=")[2]
    assert signature == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    assert place_of("In-Box", "a b/c", region="cn-north-1") == (
        "s3.cn-north-1.amazonaws.com.cn",
        "/In-Box/a%20b/c",
    )
