"""What the platforms give when a lead is fetched, and the sources that may fetch it."""

import json

META = {
    "secrets": {"app_secret": "s", "verify_token": "meatyhamhock", "access_token": "page-token"}
}
META_LEAD = {
    "123123123123": json.dumps(
        {
            "id": "123123123123",
            "created_time": "2015-08-21T01:23:04+0000",
            "field_data": [
                {"name": "full_name", "values": ["Анна Ким"]},
                {"name": "phone_number", "values": ["+79161234567"]},
                {"name": "email", "values": ["anna@example.com"]},
                {"name": "city", "values": ["Казань"]},
                {"name": "когда_вам_позвонить?", "values": ["утром", "вечером"]},
            ],
            "form_id": "12312312312",
            "campaign_name": "Autumn",
        }
    ).encode()
}
VK = {"secrets": {"secret": "E64XhVwb84nf@wPumC.JXFMo", "confirmation": "c0ffee"}}
LINKEDIN = {"secrets": {"client_secret": "s", "access_token": "t"}}
LINKEDIN_LEAD = {
    "4e5e3e9b-0000-0000-0000-000000000000-4": json.dumps(
        {
            "submittedAt": 1704067201000,
            "formResponse": {
                "answers": [
                    {"questionId": 1, "answerDetails": {"textQuestionAnswer": {"answer": "Ann"}}},
                    {
                        "questionId": 2,
                        "answerDetails": {"textQuestionAnswer": {"answer": "a@b.example"}},
                    },
                    {"questionId": 3, "answerDetails": {"multipleChoiceAnswer": {"options": [2]}}},
                ]
            },
        }
    ).encode(),
    "form 3162": json.dumps(
        {
            "name": "Autumn",
            "content": {
                "questions": [
                    {"questionId": 1, "predefinedField": "FIRST_NAME"},
                    {
                        "questionId": 2,
                        "predefinedField": "EMAIL",
                        "question": {"localized": {"en_US": "Mail"}},
                    },
                    {
                        "questionId": 3,
                        "name": "size",
                        "question": {"localized": {"en_US": "How many of you?"}},
                    },
                ]
            },
        }
    ).encode(),
}
HUBSPOT = {"secrets": {"client_secret": "s", "access_token": "t"}}
HUBSPOT_CONTACT = {
    "123": json.dumps(
        {
            "id": "123",
            "properties": {
                "email": "anna@example.com",
                "firstname": "Анна",
                "phone": "+7 916 123-45-67",
                "company": None,
                "city": "Казань",
                "hs_object_id": "123",
            },
        }
    ).encode()
}
