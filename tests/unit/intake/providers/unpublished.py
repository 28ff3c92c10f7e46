"""Requests of our own making, for providers that publish no sample and for what has no provider."""

from tests.unit.intake.providers.sample import Sample

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "generic/generic-json.lead.json",
        "generic-json",
        {
            "channel": "form",
            "contact": {
                "name": "Анна Ким",
                "phones": ["+79161234567"],
                "emails": ["anna@example.com"],
            },
            "text": "Нужны окна",
            "campaign": {"utm_source": "vk"},
            "fields": {"page": "https://shop.example/order", "rooms": 3},
        },
    ),
    Sample(
        "forms/marquiz.quiz.json",
        "marquiz",
        {
            "channel": "form",
            "external_id": "q-1",
            "occurred_at": "2026-01-01T07:00:00Z",
            "contact": {"name": "Анна", "phones": ["+79161234567"]},
            "text": "Жду звонка",
            "campaign": {
                "utm_source": "vk",
                "click_ids": {"yclid": "9"},
                "page_url": "https://shop.example/quiz",
                "form_id": "7",
                "form_name": "Окна",
            },
            "fields": {"Какие окна?": ["Балкон", "Дача"], "Когда?": "В июне"},
        },
    ),
    Sample(
        "forms/tiktok-lead-gen.lead.json",
        "tiktok-lead-gen",
        {
            "channel": "form",
            "external_id": "7001",
            "occurred_at": "2021-01-05T12:20:28Z",
            "contact": {
                "name": "Anna Kim",
                "phones": ["+79161234567"],
                "emails": ["anna@example.com"],
            },
            "campaign": {
                "form_id": "22",
                "form_name": "Windows",
                "ad": {"campaign_id": "33", "campaign_name": "Autumn", "ad_id": "44"},
            },
            "fields": {"When?": "In June"},
        },
    ),
    Sample(
        "telephony/calltouch.call-completed.form",
        "calltouch",
        {
            "channel": "call",
            "external_id": "5001",
            "occurred_at": "2026-10-01T10:00:00Z",
            "contact": {"phones": ["+79161234567"]},
            "call": {
                "direction": "incoming",
                "outcome": "answered",
                "from": "+79161234567",
                "to": "+74950102030",
                "line": "+74950102030",
                "started_at": "2026-10-01T10:00:00Z",
                "wait_seconds": 6,
                "talk_seconds": 40,
                "provider_call_id": "5001",
            },
            "campaign": {"utm_source": "yandex", "utm_campaign": "autumn"},
            "city": "Москва",
            "fields": {"siteid": "7", "city": "Москва"},
        },
    ),
    Sample(
        "telephony/ringcentral.telephony-session-missed.json",
        "ringcentral",
        {
            "channel": "call",
            "external_id": "s-a6abd24ca6774373a8120a3390d3cbe8",
            "occurred_at": "2020-06-14T19:27:48.340000Z",
            "priority_class": "high",
            "contact": {"phones": ["+14083388064"]},
            "call": {
                "direction": "incoming",
                "outcome": "missed",
                "from": "+14083388064",
                "to": "+19043014558",
                "line": "+19043014558",
                "ended_at": "2020-06-14T19:27:48.340000Z",
                "talk_seconds": 0,
                "employee": "809646016",
                "provider_call_id": "s-a6abd24ca6774373a8120a3390d3cbe8",
            },
        },
    ),
    Sample(
        "email/raw/flanker--bilingual-simple.eml",
        "imap",
        {
            "channel": "email",
            "external_id": "341090.85574.qm@web50704.mail.re2.yahoo.com",
            "occurred_at": "2010-02-07T22:02:38Z",
            "contact": {"other": {"from": "hello@example.com"}},
            "subject": "Simple text. How are you? Как ты поживаешь?",
            "text": "This line is in English\nА эта линия по-русски.",
        },
    ),
)
