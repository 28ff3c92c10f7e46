"""The samples of shared schemes: Standard Webhooks and CloudEvents."""

from tests.unit.intake.providers.sample import Sample

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "generic/standard-webhooks.basic.http",
        "standard-webhooks",
        {
            "channel": "form",
            "external_id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "fields": {"test": 2432232314},
        },
    ),
    Sample(
        "generic/standard-webhooks.rotation-multi.http",
        "standard-webhooks",
        {
            "channel": "form",
            "external_id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "fields": {"test": 2432232314},
        },
    ),
    Sample(
        "generic/standard-webhooks.contact-created-full.json",
        "standard-webhooks",
        {
            "channel": "form",
            "occurred_at": "2022-11-03T20:26:10.344522Z",
            "contact": {"name": "John Smith", "phones": ["+12813322575"]},
            "fields": {
                "event_type": "contact.created",
                "id": "1f81eb52-5198-4599-803e-771906343485",
                "type": "contact",
                "address": "800 W NASA Pkwy, Webster, TX 77598, USA",
                "birthday": "1980-04-19",
                "occupation": "Engineer, ACME",
            },
        },
        source={"country": "US"},
    ),
    Sample(
        "generic/standard-webhooks.contact-created-thin.json",
        "standard-webhooks",
        {
            "channel": "form",
            "occurred_at": "2022-11-03T20:26:10.344522Z",
            "fields": {
                "event_type": "contact.created",
                "id": "1f81eb52-5198-4599-803e-771906343485",
            },
        },
    ),
    Sample(
        "generic/cloudevents.binary.http",
        "cloudevents",
        {
            "channel": "form",
            "external_id": "/mycontext/subcontext 1234-1234-1234",
            "occurred_at": "2018-04-05T03:56:24Z",
            "fields": {
                "event_type": "com.example.someevent",
                "event_source": "/mycontext/subcontext",
                "data": "filled in by us, the spec elides it",
            },
        },
    ),
    Sample(
        "generic/cloudevents.structured.http",
        "cloudevents",
        {
            "channel": "form",
            "external_id": "/mycontext/subcontext 1234-1234-1234",
            "fields": {
                "event_type": "com.example.someevent",
                "event_source": "/mycontext/subcontext",
            },
        },
    ),
    Sample(
        "generic/cloudevents.batch.http",
        "cloudevents",
        [
            {
                "channel": "form",
                "external_id": "/mycontext/subcontext 1",
                "fields": {
                    "event_type": "com.example.someevent",
                    "event_source": "/mycontext/subcontext",
                },
            },
            {
                "channel": "form",
                "external_id": "/mycontext/subcontext 2",
                "fields": {
                    "event_type": "com.example.someotherevent",
                    "event_source": "/mycontext/subcontext",
                },
            },
        ],
    ),
)
