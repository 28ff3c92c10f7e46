"""The samples of WordPress plugins."""

import json
from typing import Any

from tests.unit.intake.providers.sample import SAMPLES as FILES
from tests.unit.intake.providers.sample import Sample

GRAVITY_452 = {"options": {"fields": {"3": "email", "4": "phone", "5": "Choice"}}, "country": "US"}
GRAVITY_ALL = {"options": {"fields": {"14": "phone", "17": "email", "2": "text"}}, "country": "US"}
_ENTRY: dict[str, Any] = json.loads((FILES / "forms/gravity-forms.all-fields.json").read_text())
_READ = frozenset({"2", "14", "17", "11.3", "11.4", "11.6"})
GRAVITY_OUTCOME = {
    "channel": "form",
    "occurred_at": "2015-01-20T01:15:58Z",
    "contact": {
        "name": "Jake Middle Jackson",
        "first_name": "Jake",
        "last_name": "Jackson",
        "middle_name": "Middle",
        "other": {"phone_raw": "(555) 678-1210"},
        "emails": ["support@gravitypdf.com"],
    },
    "text": "My paragraph text response over...\r\n\r\nMultiple lines.",
    "campaign": {"page_url": "http://example.org/?gf_page=preview&id=58", "form_id": "1"},
    # Every other field that is filled in stays under its number.
    "fields": {
        number: value
        for number, value in _ENTRY.items()
        if value and number not in _READ and (number[0].isdigit() or number.startswith("gquiz_"))
    },
}
SAMPLES: tuple[Sample, ...] = (
    Sample(
        "forms/cf7.webhook.json",
        "contact-form-7",
        {
            "channel": "form",
            "contact": {
                "name": "Ivan Petrov",
                "phones": ["+79161234567"],
                "emails": ["ivan@example.com"],
            },
            "subject": "Question",
            "text": "Hello",
            "fields": {"acceptance": "1", "menu": ["First"]},
            "consent": {"given": True, "at": "2026-10-01T12:00:00Z"},
        },
    ),
    Sample(
        "forms/wpforms.webhook.json",
        "wpforms",
        {
            "channel": "form",
            "external_id": "17",
            "contact": {
                "name": "Ivan Petrov",
                "phones": ["+79161234567"],
                "emails": ["ivan@example.com"],
            },
            "campaign": {"form_id": "42"},
        },
    ),
    Sample(
        "forms/gravity-forms.entry-452.json",
        "gravity-forms",
        {
            "channel": "form",
            "external_id": "47:452",
            "occurred_at": "2014-09-14T02:47:06Z",
            "contact": {
                "name": "First Last",
                "first_name": "First",
                "last_name": "Last",
                "other": {"phone_raw": "(345)445-4566"},
                "emails": ["my@test.com"],
            },
            "campaign": {
                "page_url": "http://example.test/gfpdf3/gf1_7/wordpress/?gf_page=preview&id=47",
                "form_id": "47",
            },
            "fields": {
                "2.1": "12 Alister St",
                "2.3": "Ali",
                "2.4": "State",
                "2.5": "2678",
                "2.6": "Barbados",
                "Choice": "Second Choice",
                "6": "First Choice,Second Choice,Third Choice",
            },
        },
        source=GRAVITY_452,
    ),
    Sample(
        "forms/gravity-forms.all-fields.json",
        "gravity-forms",
        GRAVITY_OUTCOME,
        source=GRAVITY_ALL,
    ),
)
