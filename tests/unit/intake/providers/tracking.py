"""The samples of call tracking."""

from typing import Any

from tests.unit.intake.providers.sample import Sample

# The same call, as JSON of the documentation and as it came.
_CALLRAIL_CALL: dict[str, Any] = {
    "channel": "call",
    "external_id": "766970532",
    "occurred_at": "2018-02-19T18:41:00.236000Z",
    "priority_class": "high",
    "contact": {"name": "Kaylah Mills", "phones": ["+12148654559"]},
    "call": {
        "direction": "incoming",
        "outcome": "voicemail",
        "from": "+12148654559",
        "to": "+14045558514",
        "line": "+14045558514",
        "started_at": "2018-02-19T18:41:00.236000Z",
        "ended_at": "2018-02-19T18:41:13.236000Z",
        "wait_seconds": 13,
        "talk_seconds": 0,
        "recording_url": "https://app.callrail.com/calls/766970532/recording/redirect?access_key=aaaaccccddddeeee",
        "provider_call_id": "766970532",
    },
    "campaign": {
        "utm_source": "google",
        "utm_medium": "cpc",
        "utm_campaign": "Google AdWords",
    },
    "region": "PA",
    "city": "Rochester",
    "fields": {
        "source_name": "Google AdWords",
        "lead_status": "previously_marked_good_lead",
        "prior_calls": 16,
    },
}
SAMPLES: tuple[Sample, ...] = (
    Sample(
        "telephony/aircall.call-ended.json",
        "aircall",
        {
            "channel": "call",
            "external_id": "123",
            "occurred_at": "2020-03-23T21:16:39Z",
            "contact": {"phones": ["+33652556756"]},
            "call": {
                "direction": "incoming",
                "outcome": "answered",
                "from": "+33652556756",
                "to": "+33176360695",
                "line": "+33176360695",
                "started_at": "2020-03-23T21:16:39Z",
                "answered_at": "2020-03-23T21:16:45Z",
                "ended_at": "2020-03-23T22:03:20Z",
                "wait_seconds": 6,
                "talk_seconds": 2795,
                "employee": "john.doe@aircall.io",
                "provider_call_id": "123",
            },
        },
    ),
    Sample(
        "telephony/callrail.docs-signed.json",
        "callrail",
        _CALLRAIL_CALL,
    ),
    Sample(
        "telephony/callrail.docs-signed.http",
        "callrail",
        _CALLRAIL_CALL,
    ),
    Sample(
        "telephony/callrail.post-call-v3.json",
        "callrail",
        {
            "channel": "call",
            "external_id": "CAL8154748ae6bd4e278a7cddd38a662f4f",
            "occurred_at": "2017-01-24T16:27:48.119000Z",
            "priority_class": "high",
            "contact": {"name": "Jimmy Pesto, Sr.", "phones": ["+13036231131"]},
            "call": {
                "direction": "incoming",
                "outcome": "missed",
                "from": "+13036231131",
                "to": "+13038163491",
                "line": "+13038163491",
                "started_at": "2017-01-24T16:27:48.119000Z",
                "ended_at": "2017-01-24T16:27:52.119000Z",
                "wait_seconds": 4,
                "talk_seconds": 0,
                "employee": "gil@televised.com",
                "recording_url": "https://api.callrail.com/v3/a/227799611/calls/111222333/recording.json",
                "provider_call_id": "CAL8154748ae6bd4e278a7cddd38a662f4f",
            },
            "region": "NY",
            "city": "New York City",
        },
    ),
    Sample(
        "telephony/roistat.after-call.json",
        "roistat",
        {
            "channel": "call",
            "external_id": "123456",
            "occurred_at": "2024-01-15T07:30:00Z",
            "contact": {"phones": ["+37368879173"]},
            "call": {
                "direction": "incoming",
                "outcome": "answered",
                "from": "+37368879173",
                "to": "+37322000000",
                "line": "+37322000000",
                "started_at": "2024-01-15T07:30:00Z",
                "talk_seconds": 62,
                "recording_url": "https://example.test/rec.mp3",
                "provider_call_id": "123456",
            },
            "campaign": {"utm_source": "google", "page_url": "https://example.test/"},
            "fields": {
                "project_id": "p1",
                "visit_id": "1234567",
                "marker": "google",
                "domain": "example.test",
            },
        },
    ),
)
