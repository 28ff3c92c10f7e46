"""The samples of ad platforms."""

from tests.unit.intake.providers.fetched_leads import (
    HUBSPOT,
    HUBSPOT_CONTACT,
    LINKEDIN,
    LINKEDIN_LEAD,
    META,
    META_LEAD,
    VK,
)
from tests.unit.intake.providers.sample import Sample

# All tests of Google have the same lead and click.
TEST = (
    "TeSter-123-ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqrstuvwxyz-0123456789"
    "-AaBbCcDdEeFfGgHhIiJjKkLl"
)

SAMPLES: tuple[Sample, ...] = (
    Sample(
        "forms/google-ads.test-full-name.json",
        "google-ads",
        {
            "channel": "form",
            "external_id": TEST,
            "is_test": True,
            "contact": {
                "name": "FirstName LastName",
                "phones": ["+16505550123"],
                "emails": ["test@example.com"],
            },
            "campaign": {
                "click_ids": {"gclid": TEST},
                "form_id": "18698608977",
                "ad": {
                    "campaign_id": "991214827",
                    "adgroup_id": "20000000000",
                    "creative_id": "30000000000",
                },
            },
            "fields": {"Postal Code": "94043", "SERVICE": "Roofing"},
        },
    ),
    Sample(
        "forms/google-ads.test-company.json",
        "google-ads",
        {
            "channel": "form",
            "external_id": TEST,
            "is_test": True,
            "contact": {
                "name": "FirstName LastName",
                "company": "CompanyName",
                "emails": ["work-test@example.com"],
            },
            "campaign": {
                "click_ids": {"gclid": TEST},
                "form_id": "52083961646",
                "ad": {
                    "campaign_id": "10000000000",
                    "adgroup_id": "20000000000",
                    "creative_id": "30000000000",
                },
            },
            "fields": {"Job Title": "JobTitle"},
        },
    ),
    Sample(
        "forms/google-ads.custom-question-column-id.json",
        "google-ads",
        {
            "channel": "form",
            "external_id": TEST,
            "is_test": True,
            "contact": {
                "name": "FirstName LastName",
                "first_name": "FirstName",
                "last_name": "LastName",
                "phones": ["+16505550123"],
                "emails": ["test@example.com"],
            },
            "campaign": {"click_ids": {"gclid": TEST}},
            "region": "California",
            "fields": {"what_type_of_insurance_are_you_looking_for?": "Condo"},
        },
    ),
    Sample(
        "forms/google-ads.lead-submit-time.json",
        "google-ads",
        {
            "channel": "form",
            "external_id": TEST.removesuffix("HhIiJjKkLl"),
            "occurred_at": "2026-10-09T18:02:11Z",
            "contact": {
                "name": "Ana Ruiz",
                "emails": ["ana@example.com"],
                "phones": ["+13055550123"],
            },
            "campaign": {
                "click_ids": {"gclid": "Cj0KCQjw-test"},
                "form_id": "40000000000",
                "ad": {
                    "campaign_id": "20000000000",
                    "adgroup_id": "20000000001",
                    "creative_id": "30000000000",
                },
            },
            "fields": {"Postal Code": "33101", "What do you need help with?": "AC not cooling"},
        },
    ),
    Sample(
        "forms/meta.verify.http",
        "meta-lead-ads",
        "handshake",
        source=META,
    ),
    Sample(
        "forms/meta.leadgen.json",
        "meta-lead-ads",
        {
            "channel": "form",
            "external_id": "123123123123",
            "occurred_at": "2015-08-21T01:23:04Z",
            "contact": {
                "name": "Анна Ким",
                "phones": ["+79161234567"],
                "emails": ["anna@example.com"],
            },
            "campaign": {
                "form_id": "12312312312",
                "ad": {
                    "ad_id": "12312312312",
                    "adgroup_id": "12312312312",
                    "campaign_name": "Autumn",
                    "page_id": "123123123",
                },
            },
            "city": "Казань",
            "fields": {"когда_вам_позвонить?": ["утром", "вечером"]},
        },
        source=META,
        fetched=META_LEAD,
    ),
    Sample(
        "forms/vk.confirmation.json",
        "vk-lead-forms",
        "handshake",
        source=VK,
    ),
    Sample(
        "forms/vk.lead-forms-new.json",
        "vk-lead-forms",
        {
            "channel": "form",
            "external_id": "790143",
            "contact": {
                "name": "Анна",
                "first_name": "Анна",
                "phones": ["+79000000001"],
                "other": {"vk": "222222222"},
            },
            "campaign": {
                "form_id": "1",
                "form_name": "Форма 20.04.20",
                "ad": {"group_id": "22222222"},
            },
        },
        source=VK,
    ),
    Sample(
        "forms/vk.lead-forms-new-secret.json",
        "vk-lead-forms",
        {
            "channel": "form",
            "external_id": "39842910",
            "contact": {
                "name": "Ivan Ivanov",
                "first_name": "Ivan",
                "last_name": "Ivanov",
                "phones": ["+78005553535"],
                "other": {"vk": "111111111"},
            },
            "campaign": {
                "form_id": "1",
                "form_name": "Оформить заказ",
                "ad": {"group_id": "11111111"},
            },
        },
        source=VK,
    ),
    Sample(
        "forms/linkedin.challenge.http",
        "linkedin-lead-gen",
        "handshake",
        source=LINKEDIN,
    ),
    Sample(
        "forms/linkedin.lead-action.json",
        "linkedin-lead-gen",
        {
            "channel": "form",
            "external_id": "4e5e3e9b-0000-0000-0000-000000000000-4",
            "occurred_at": "2024-01-01T00:00:01Z",
            "contact": {"name": "Ann", "first_name": "Ann", "emails": ["a@b.example"]},
            "campaign": {
                "form_id": "3162",
                "form_name": "Autumn",
                "ad": {
                    "creative": "urn:li:sponsoredCreative:123456",
                    "sponsoredAccount": "urn:li:sponsoredAccount:512916196",
                },
            },
            "fields": {"How many of you?": [2]},
        },
        source=LINKEDIN,
        fetched=LINKEDIN_LEAD,
    ),
    Sample(
        "forms/hubspot.contact-creation.json",
        "hubspot",
        {
            "channel": "form",
            "external_id": "123",
            "occurred_at": "2019-07-26T04:00:00Z",
            "contact": {
                "name": "Анна",
                "first_name": "Анна",
                "phones": ["+79161234567"],
                "emails": ["anna@example.com"],
                "other": {"hubspot": "123"},
            },
            "city": "Казань",
        },
        source=HUBSPOT,
        fetched=HUBSPOT_CONTACT,
    ),
)
