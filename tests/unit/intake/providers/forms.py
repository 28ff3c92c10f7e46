"""The samples of site builders and ad platforms."""

from tests.unit.intake.providers.sample import Sample

SAMPLES: tuple[Sample, ...] = (
    Sample("forms/tilda.handshake.http", "tilda", "handshake"),
    Sample(
        "forms/typeform.minimal.json",
        "typeform",
        {
            "channel": "form",
            "external_id": "a3a12ec67a1365927098a606107fac15",
            "occurred_at": "2018-01-18T18:17:02Z",
            "campaign": {"form_id": "lT4Z3j", "form_name": "Webhooks example"},
        },
    ),
)
