"""What bounds the webhooks of providers of mail, and what is fetched from providers."""

from tests.contract.limits import BYTES, COUNT, SECONDS, Chapter, Limit

_INTAKE = "services.intake"

FETCHED = (
    Chapter(
        "Providers of mail, and what is fetched from providers",
        (
            Limit(
                "mails of one delivery of a provider",
                f"{_INTAKE}.channels.parsing.mail_hooks:MAX_MAILS",
                COUNT,
                "quarantined, `too_many_fields`",
            ),
            Limit(
                "an event of Mailgun's about a mail that was sent",
                f"{_INTAKE}.channels.email.mailgun:MAX_EVENT_BYTES",
                BYTES,
                "401",
            ),
            Limit(
                "a message of Amazon SNS",
                f"{_INTAKE}.channels.email.ses_sns:MAX_ENVELOPE_BYTES",
                BYTES,
                "401",
            ),
            Limit(
                "certificates of SNS that are fetched together",
                f"{_INTAKE}.routes.ingest.evidence:MOST_FETCHED",
                COUNT,
                "503 with `Retry-After`",
            ),
            Limit(
                "a certificate of SNS",
                f"{_INTAKE}.routes.ingest.evidence:MAX_BYTES",
                BYTES,
                "401",
            ),
            Limit(
                "documents of one submission that are fetched from its provider",
                f"{_INTAKE}.channels.reading:MAX_FOLLOW_UPS",
                COUNT,
                "quarantined, `too_many_fields`",
            ),
            Limit(
                "a fetch of one document",
                "shared.web.public_client:DEADLINE_SECONDS",
                SECONDS,
                "tried again for 36 hours",
            ),
        ),
    ),
)
