"""Raw mails of the test suites of mail libraries, as they came over SMTP."""

from tests.unit.intake.providers.sample import Sample

SAMPLES = (
    Sample("email/raw/cpython--msg_02.eml", "smtp", "list"),
    Sample(
        "email/raw/cpython--msg_12a.eml",
        "smtp",
        {
            "channel": "email",
            "occurred_at": "2001-04-20T23:35:02Z",
            "contact": {"name": "Barry Warsaw", "emails": ["barry@python.org"]},
            "subject": "Lyrics",
        },
    ),
    Sample(
        "email/raw/cpython--msg_15.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "xxxx",
            "contact": {"emails": ["xx@xx.dk"]},
            "subject": "XX",
            "text": "Some removed test.",
        },
    ),
    Sample("email/raw/cpython--msg_16.eml", "smtp", "bounce"),
    Sample(
        "email/raw/cpython--msg_35.eml",
        "smtp",
        {
            "channel": "email",
            "contact": {"emails": ["aperson@dom.ain"]},
            "subject": "here's something interesting",
            "text": "counter to RFC 2822, there's no separating newline here",
        },
    ),
    Sample(
        "email/raw/cpython--msg_46.eml",
        "smtp",
        {
            "channel": "email",
            "occurred_at": "2010-02-01T11:21:16Z",
            "contact": {"name": "Sender", "emails": ["sender@example.net"]},
            "subject": "GroupwiseForwardingTest",
            "text": (
                "---------- Forwarded message ----------\n"
                'From: "Dr. Sender" <sender@example.net>\n'
                "Date: Mon, 01 Feb 2010 12:18:40 +0100\n"
                "Subject: GroupwiseForwardingTest\n"
                'To: "Recipient" <recipient@example.com>\n'
                "\n"
                "Testing email forwarding with Groupwise 1.2.2010"
            ),
        },
    ),
    Sample(
        "email/raw/cpython--msg_47.eml",
        "smtp",
        {
            "channel": "email",
            "occurred_at": "2001-01-01T00:01:00Z",
            "contact": {"emails": ["arthur@example.example"]},
            "text": "bar",
        },
    ),
    Sample(
        "email/raw/imap_tools--encoding_madness.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "201009220730.o8M7Urh3018672@aquila.el-example.org",
            "occurred_at": "2010-09-22T07:30:53Z",
            "contact": {"other": {"from": "no-reply@crm.el-example.org"}},
            "subject": (
                "eBay Bid - 2008 Ford Super Duty F-350 DRW King Ranch Crew Cab 4x4 "
                "(156) - Stock# XXXX"
            ),
            "text": "Body Text",
        },
    ),
    Sample(
        "email/raw/imap_tools--forwarded_message.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "2405271c-86ac-0a65-e50c-d1ebccfcc644@company.ru",
            "occurred_at": "2017-10-12T04:41:56Z",
            "contact": {
                "emails": ["i.kor@company.ru"],
                "mentioned": {"emails": ["group@company.ru"]},
            },
            "subject": "статус",
            "text": (
                "---------- Forwarded message ----------\n"
                "From: group@company.ru\n"
                "Date: Wed, 11 Oct 2017 08:54:32 -0000\n"
                "Subject: статус\n"
                "To: group@company.ru\n"
                "\n"
                "Новый заказ №28922 "
                "http://group.company.ru/ru/order/28922/process/\n"
                "Создал:\n"
                "Клиент Ковчег (Гусев Дмитрий)\n"
                "\n"
                "Сегменты:\n"
                "\n"
                "- Москва - Тель-Авив, some-889, 15.03.2018, эконом: (15 взр.)\n"
                "\n"
                "- Тель-Авив - Москва, some-890, 22.03.2018, эконом: (15 взр.)"
            ),
            "attachments": [
                {
                    "attachment_id": "5cfa66e1-e836-59fe-9ed9-02d3b392bdc9",
                    "media_type": "message/rfc822",
                    "size_bytes": 1947,
                }
            ],
        },
    ),
    Sample(
        "email/raw/imap_tools--missing_body.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "001301c17797$9cd0ef30$a3ab620c@vaio",
            "occurred_at": "2001-11-27T23:02:35Z",
            "contact": {"name": "SCS_2", "emails": ["redacted@attglobal.net"]},
            "subject": "REDACTED",
        },
    ),
    Sample(
        "email/raw/imap_tools--multiple_content_types.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "105647271315.NCV17523@x263.net",
            "contact": {"emails": ["redacted@flashmail.net"]},
            "subject": "Redacted",
            "text": "foo",
        },
    ),
    Sample(
        "email/raw/imap_tools--new_line_in_to_header.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "4cb5c7d0a3cce_120e..fdbed2b861958562@s.t-example.com.tmail",
            "occurred_at": "2010-10-13T14:53:04Z",
            "contact": {"other": {"from": "l@gcn-example.com"}},
            "subject": "[Online Lead] Online Lead #1111111",
            "text": (
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                '<?ADF version="1.0"?><adf>\n'
                "  <prospect>\n"
                "    <requestdate>2010-10-13T07:53:04-09:00</requestdate>\n"
                "    ... (not important) ..."
            ),
            "fields": {"requestdate": "2010-10-13T07:53:04-09:00"},
        },
    ),
    Sample(
        "email/raw/rails--invalid_utf.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "05988AA6EC0D44318855A5E39E3B6F9E@jansterba.com",
            "contact": {"emails": ["info@sender.com"]},
            "text": (
                "Vážený zákazníku,\n\nv příloze zasíláme aktuální informace o skladových zásobách."
            ),
        },
    ),
)
