"""Raw mails of flanker's test suite, most of them broken, as they came over SMTP."""

from tests.unit.intake.providers.sample import Sample

SAMPLES = (
    Sample(
        "email/raw/flanker--8bitmime.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "1275447987.2063.842.camel@pony",
            "occurred_at": "2010-06-02T03:06:27Z",
            "contact": {"name": "bob", "emails": ["bob@example.com"]},
            "subject": "2 RCPT MIME",
            "text": "Превел\n\n123",
        },
    ),
    Sample(
        "email/raw/flanker--bilingual-simple.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "341090.85574.qm@web50704.mail.re2.yahoo.com",
            "occurred_at": "2010-02-07T22:02:38Z",
            "contact": {"other": {"from": "hello@example.com"}},
            "subject": "Simple text. How are you? Как ты поживаешь?",
            "text": "This line is in English\nА эта линия по-русски.",
        },
    ),
    Sample("email/raw/flanker--delayed.eml", "smtp", "bounce"),
    Sample(
        "email/raw/flanker--encoded-header.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "1234567890-1234-4567@example.com",
            "contact": {"name": "Foo, Bar", "emails": ["foo.bar@example.com"]},
            "subject": "hello",
            "text": "hello, world",
        },
    ),
    Sample(
        "email/raw/flanker--false-multipart.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "12345@example.com",
            "contact": {"name": "Mime Breaker", "emails": ["broken.mime@notreallymultipart.com"]},
            "subject": "Broken MIME",
        },
    ),
    Sample("email/raw/flanker--mailbox-full.eml", "smtp", "bounce"),
    Sample(
        "email/raw/flanker--mailformed-headers.eml",
        "smtp",
        {
            "channel": "email",
            "occurred_at": "2012-07-13T12:06:49Z",
            "contact": {"name": "Юникод запрещен\ufffd", "emails": ["headers@gmail.com"]},
            "subject": "ґ!",
            "text": (
                "----fa**f__fawf\n"
                "Content-Type: text/html;\n"
                "Content-Transfer-Encoding: base64\n"
                "\n"
                "Hello"
            ),
            "fields": {"charset": "utf-8, damaged; windows-1251, guessed"},
        },
    ),
    Sample(
        "email/raw/flanker--missing-boundaries.eml",
        "smtp",
        {
            "channel": "email",
            "contact": {"emails": ["me@example.com"]},
            "text": (
                "Hi This is a broken message\n"
                "\n"
                "Content-Type: text/html;\n"
                "Subject: This part misses boundaries\n"
                "\n"
                "Body\n"
                "\n"
                "Content-Type: text/html\n"
                "Subject: Messy part\n"
                "\n"
                "Hey"
            ),
        },
    ),
    Sample(
        "email/raw/flanker--missing-final-boundary.eml",
        "smtp",
        {
            "channel": "email",
            "contact": {"emails": ["me@example.com"]},
            "subject": "Test",
            "text": "Some body",
        },
    ),
    Sample(
        "email/raw/flanker--no-ctype.eml",
        "smtp",
        {
            "channel": "email",
            "external_id": "CAEAsyCbSF1Bk7CBuu6zp3Qs8=j2iUkNi3dPkGe6z40q4dmaogQ@mail.gmail.com",
            "occurred_at": "2011-12-29T10:06:53Z",
            "contact": {"other": {"from": "bob@marley.com"}},
            "subject": "Testing message parsing",
            "text": "Hello,\nI'm just testing message parsing\n\nBR,\nBob",
        },
    ),
)
