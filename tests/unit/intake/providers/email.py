"""The samples of providers that post the mails they receive."""

import json
from email.utils import parsedate_to_datetime
from typing import Any

from tests.unit.intake.providers.sample import SAMPLES as FOLDER
from tests.unit.intake.providers.sample import Sample

_RELAYED = json.loads((FOLDER / "email/sparkpost.relay.json").read_text())[0]["msys"]
_MIME = _RELAYED["relay_message"]["content"]["email_rfc822"].encode()
_FIRST = "5cfa66e1-e836-59fe-9ed9-02d3b392bdc9"
_SECOND = "e344bf01-c8d5-59d0-ad41-e5e3264892ec"
_THIRD = "986c0f1c-10b4-5d8f-83f4-93ba1798f7d0"
_AWS = {"access_key_id": "an-id", "secret_access_key": "a-secret"}


def mail(
    sender: str, date: str, message_id: str | None, subject: str, text: str, **more: Any
) -> dict[str, Any]:
    name, _, address = sender.rpartition(" ")
    members = {
        "channel": "email",
        "external_id": message_id,
        "occurred_at": f"{parsedate_to_datetime(date):%Y-%m-%dT%H:%M:%S}Z",
        "contact": {"name": name, "emails": [address], **more.pop("contact", {})},
        "subject": subject,
        "text": text,
        **more,
    }
    return {name: value for name, value in members.items() if value is not None}


_DISPLAYED = (
    "Displayed From from+test@example.org",
    "Thu, 12 Oct 2017 01:31:04",
    "CAEPk3R+4Zr@mail.example.org",
    "Test subject",
)
_TESTER = ("A tester test@example.org", "Fri, 13 Oct 2017 01:03:30", "CAEPk3RKEx@mail.example.org")
_SES = (
    "Sender, Inc. from@example.org",
    "Fri, 30 Mar 2018 17:21:50",
    "jili9m351il3gkburn7o2f0u6788stij94c8ld01",
    "Test inbound message",
    "It's a body…",
)
_BODY = "It's a body…"

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "email/mailgun.route-fields.http", "mailgun", mail(*_DISPLAYED, "stripped plaintext body")
    ),
    Sample("email/mailgun.route-mime.http", "mailgun", mail(*_TESTER, "Raw MIME test", _BODY)),
    Sample(
        "email/mailgun.store-notify.form",
        "mailgun",
        {
            "channel": "email",
            "contact": {"emails": ["envelope-from@example.org"]},
            "text": "Test body plain",
            "attachments": [
                {"name": "attachment.pdf", "media_type": "application/pdf", "size_bytes": 20202}
            ],
        },
    ),
    Sample("email/sendgrid.parsed.http", "sendgrid", mail(*_DISPLAYED, "Test body plain")),
    Sample(
        "email/sendgrid.mixed-charsets.http",
        "sendgrid",
        mail(
            "Opérateur de test sender@example.com",
            "Fri, 24 Jul 2020 16:43:46",
            None,
            "Como usted pidió",
            "Test the ESP’s inbound charset handling…",
        ),
    ),
    Sample("email/sendgrid.raw-mime.http", "sendgrid", mail(*_TESTER, "Raw MIME test", _BODY)),
    Sample("email/sendgrid.event-webhook-signed.body", "sendgrid", "not_an_inquiry"),
    Sample("email/ses-sns.utf8.http", "ses-sns", mail(*_SES)),
    Sample(
        "email/ses-sns.base64.http",
        "ses-sns",
        mail(*_SES, spam={"score": 1.0, "reasons": ["spam"]}),
    ),
    Sample("email/ses-sns.s3.http", "ses-sns", "needs_credentials"),
    *(
        Sample(f"email/ses-sns.{kind}.inner.json", "ses-sns", "not_an_inquiry")  # a raw delivery
        for kind in ("utf8", "base64", "s3")
    ),
    Sample(
        "email/brevo.inbound.json",
        "brevo",
        mail(
            "Sender Name from@example.com",
            "Mon, 17 Jul 2023 18:11:22",
            "ABCDE12345@mail.example.com",
            "Testing Brevo inbound",
            "This is a test message.",
        ),
    ),
    Sample(
        "email/mailjet.parse.json",
        "mailjet",
        mail(
            *_DISPLAYED,
            "Test body plain",
            contact={"other": {"reply_to": "from+test@milter.example.org"}},
        ),
    ),
    Sample(
        "email/mailjet.parse-attachments.json",
        "mailjet",
        {
            "channel": "email",
            "text": "Test body plain",
            "attachments": [
                {
                    "attachment_id": _FIRST,
                    "name": "test.txt",
                    "media_type": "text/plain",
                    "size_bytes": 15,
                },
                {
                    "attachment_id": _SECOND,
                    "name": "image.png",
                    "media_type": "image/png",
                    "size_bytes": 0,
                },
                {"attachment_id": _THIRD, "media_type": "message/rfc822", "size_bytes": 1195},
            ],
        },
    ),
    Sample("email/mandrill.inbound.form", "mandrill", mail(*_TESTER, "Test subject", _BODY)),
    Sample("email/sparkpost.relay.json", "sparkpost", mail(*_DISPLAYED, _BODY)),
    Sample(
        "email/mailersend.inbound.json",
        "mailersend",
        mail(
            "Sender Name sender@example.org",
            "Sat, 04 Mar 2023 02:22:03",
            "6402ab57f79d39d7e10f2523",
            "Testing inbound 🌎",
            "This is a *test*!\n\n[image: sample_image.png]",
            attachments=[
                {
                    "attachment_id": _FIRST,
                    "name": "sample_image.png",
                    "media_type": "image/png",
                    "size_bytes": 579,
                },
                {
                    "attachment_id": _SECOND,
                    "name": "sample_data.csv",
                    "media_type": "text/csv",
                    "size_bytes": 26,
                },
            ],
        ),
    ),
    Sample("email/postal.inbound.json", "postal", mail(*_DISPLAYED, _BODY)),
)
# The same file, once its mail has been fetched from the bucket.
FETCHED = (
    Sample(
        "email/ses-sns.s3.http",
        "ses-sns",
        {
            **mail(*_DISPLAYED, _BODY),
            "external_id": "fqef5sop459utgdf4o9lqbsv7jeo73pejig34301",
        },
        source={"secrets": _AWS},
        fetched={"mail": _MIME},
    ),
)
