"""The samples of site builders and ad platforms."""

from tests.unit.intake.providers import lead_ads, wordpress
from tests.unit.intake.providers.sample import Sample

_BUILDERS: tuple[Sample, ...] = (
    Sample(
        "forms/html-form.form",
        "html-form",
        {
            "channel": "form",
            "external_id": "0198f6a0-0000-4000-8000-000000000001:d549d8d199a8d6e7",
            "contact": {
                "name": "Анна Ким",
                "phones": ["+79161234567"],
                "emails": ["anna@example.com"],
            },
            "text": "Нужны окна",
            "campaign": {
                "utm_source": "vk",
                "click_ids": {"yclid": "77"},
                "page_url": "https://shop.example/order",
                "referrer": "https://ya.example/",
                "form_name": "Замер",
            },
            "fields": {"consent": "yes"},
            "consent": {
                "given": True,
                "text_version": "2026-01",
                "at": "2026-10-01T12:00:00Z",
                "page_url": "https://shop.example/order",
            },
        },
    ),
    Sample(
        "forms/tilda.handshake.http",
        "tilda",
        "handshake",
    ),
    Sample(
        "forms/tilda.lead.form",
        "tilda",
        {
            "channel": "form",
            "external_id": "123:456",
            "contact": {"name": "Анна", "phones": ["+79991112233"]},
            "text": "Хочу CRM для салона",
            "campaign": {
                "utm_source": "vk",
                "utm_medium": "social",
                "utm_campaign": "autumn",
                "form_id": "form789",
            },
            "fields": {"Checkbox": "yes"},
        },
    ),
    Sample(
        "forms/tilda.lead-cookies.form",
        "tilda",
        {
            "channel": "form",
            "external_id": "467251:8442970",
            "contact": {
                "name": "Родитель",
                "phones": ["+79991234567"],
                "emails": ["parent@example.invalid"],
            },
            "campaign": {
                "utm_source": "tilda",
                "utm_campaign": "autumn",
                "form_id": "form97341897",
            },
            "fields": {"childName": "Ребёнок"},
        },
    ),
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
    Sample(
        "forms/typeform.docs-example.json",
        "typeform",
        {
            "channel": "form",
            "external_id": "a3a12ec67a1365927098a606107fac15",
            "occurred_at": "2018-01-18T18:17:02Z",
            "contact": {"name": "Laura", "first_name": "Laura", "emails": ["laura@example.com"]},
            "text": "It's cold right now! I live in an older medium-sized city with a university. "
            "Geographically, the area is hilly.",
            "campaign": {"form_id": "lT4Z3j", "form_name": "Webhooks example"},
            "fields": {
                "When did you move to the place where you live?": "2005-10-15",
                "Which pictures do you like? You can choose as many as you like.": [
                    "London",
                    "Sydney",
                ],
                "On a scale of 1 to 5, what rating would you give the weather in Sydney? "
                "1 is poor weather, 5 is excellent weather": 5,
                "Which of these cities is your favorite?": "London",
                "Do you have a favorite city we haven't listed?": False,
                "user_id": "abc123456",
            },
        },
    ),
    Sample(
        "forms/typeform.pipedream.json",
        "typeform",
        {
            "channel": "form",
            "external_id": "20gh4opy9jh1jh6s0bd2n20gh4fy4rf4",
            "occurred_at": "2030-01-01T00:00:01Z",
            "contact": {"name": "NAME NAME"},
            "campaign": {"form_id": "mXYzPFAJ", "form_name": "Your typeform"},
        },
    ),
    Sample(
        "forms/calendly.invitee-created.json",
        "calendly",
        {
            "channel": "form",
            "external_id": "https://api.calendly.com/scheduled_events/evt123/invitees/inv456",
            "occurred_at": "2024-01-15T10:30:00Z",
            "contact": {"name": "Jane Doe", "emails": ["jane@example.com"]},
            "fields": {"timezone": "America/New_York"},
        },
    ),
    Sample(
        "forms/calendly.invitee-canceled.json",
        "calendly",
        "not_an_inquiry",
    ),
    Sample(
        "forms/jotform.minimal.http",
        "jotform",
        {
            "channel": "form",
            "external_id": "5123456789012345678",
            "contact": {
                "name": "Kin Lane",
                "first_name": "Kin",
                "last_name": "Lane",
                "emails": ["kin@example.com"],
            },
            "campaign": {"form_id": "203112345678901"},
        },
    ),
    Sample(
        "forms/webflow.form-submission.json",
        "webflow",
        {
            "channel": "form",
            "external_id": "65a5d3c8f7e2b40012345678",
            "occurred_at": "2024-01-15T14:30:00Z",
            "contact": {
                "name": "John Doe",
                "first_name": "John",
                "last_name": "Doe",
                "emails": ["john.doe@example.com"],
            },
            "text": "I'd like to learn more about your services",
            "campaign": {"form_name": "Contact Us Form"},
        },
    ),
    Sample(
        "forms/elementor.advanced.form",
        "elementor",
        {
            "channel": "form",
            "contact": {
                "name": "Maria Teste",
                "other": {"phone_raw": "11900000001"},
                "emails": ["lead@example.test"],
            },
            "campaign": {
                "page_url": "https://example.test/",
                "form_id": "55f8b75",
                "form_name": "Dados de Contato",
            },
            "fields": {
                "Qual o faturamento mensal atual da sua clínica?": "Até R$5.000/mês",
                "Qual o seu Instagram?": "@lead",
            },
        },
    ),
    Sample(
        "forms/elementor.flat.form",
        "elementor",
        {
            "channel": "form",
            "campaign": {
                "page_url": "https://example.test/",
                "form_id": "55f8b75",
                "form_name": "Dados de Contato",
            },
            "fields": {
                "Seu Nome": "Maria Teste",
                "Seu WhatsApp": "11900000001",
                "Seu E-mail": "lead@example.test",
            },
        },
    ),
    Sample(
        "forms/unbounce.form-submit.json",
        "unbounce",
        {
            "channel": "form",
            "occurred_at": "2023-06-06T22:57:00Z",
            "contact": {"emails": ["test@test.com"]},
            "campaign": {
                "page_url": "http://my-landing-page.ca/",
                "form_id": "a2838d98-4cf4-11df-a3fd-00163e372d58",
                "form_name": "My Landing Page",
            },
            "fields": {"variant": "a"},
        },
    ),
    Sample(
        "forms/unbounce.form-submit.form",
        "unbounce",
        {
            "channel": "form",
            "occurred_at": "2023-06-06T22:57:00Z",
            "contact": {"emails": ["test@test.com"]},
            "campaign": {
                "page_url": "http://my-landing-page.ca/",
                "form_id": "a2838d98-4cf4-11df-a3fd-00163e372d58",
                "form_name": "My Landing Page",
            },
            "fields": {"variant": "a"},
        },
    ),
)
SAMPLES = (*_BUILDERS, *lead_ads.SAMPLES, *wordpress.SAMPLES)
