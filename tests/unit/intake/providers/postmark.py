"""The samples of Postmark: what it received, and the test mails of its console."""

from typing import Any

from tests.unit.intake.providers.sample import Sample

_FIRST_FILE = "5cfa66e1-e836-59fe-9ed9-02d3b392bdc9"
_MAIL = {
    "channel": "email",
    "external_id": "22c74902-a0c1-4511-804f2-341342852c90",
    "occurred_at": "2017-10-12T01:31:04Z",
    "contact": {
        "name": "Displayed From",
        "emails": ["from+test@example.org"],
        "other": {"reply_to": "from+test@milter.example.org"},
    },
    "subject": "Test subject",
    "text": "stripped plaintext body",
}


def _file(name: str, size_bytes: int) -> dict[str, Any]:
    return {
        "attachment_id": _FIRST_FILE,
        "name": name,
        "media_type": "text/plain",
        "size_bytes": size_bytes,
    }


def _test(occurred_at: str) -> dict[str, Any]:
    return {
        "channel": "email",
        "external_id": "00000000-0000-0000-0000-000000000000",
        "occurred_at": occurred_at,
        "is_test": True,
        "contact": {
            "name": "Postmarkapp Support",
            "emails": ["support@postmarkapp.com"],
            "other": {"reply_to": "replyto@example.com"},
        },
        "subject": "Test subject",
        "text": "This is the reply text",
        "attachments": [_file("test.txt", 45)],
    }


SAMPLES: tuple[Sample, ...] = (
    Sample("email/postmark.inbound-basic.json", "postmark", _MAIL),
    Sample(
        "email/postmark.inbound-rawemail.json",
        "postmark",
        {**_MAIL, "attachments": [_file("no-duplicates.txt", 15)]},
    ),
    Sample("email/postmark.test.json", "postmark", _test("2023-05-05T21:44:33Z")),
    Sample("email/postmark.test-with-raw.json", "postmark", _test("2023-05-05T21:41:16Z")),
)
