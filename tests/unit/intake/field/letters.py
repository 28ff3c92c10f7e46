"""Mails as tables write them, and what the reader makes of them."""

from typing import Any
from uuid import UUID

from services.intake.channels.parsing import raw_mail
from services.intake.channels.parsing.mail import Mail, mail_content
from services.intake.domain.requests import Content, SourceView

CUSTOMER = "Инна <inna@client.example>"
SALES = "sales@shop.example"


def letter(plain: str | None = None, **particulars: Any) -> Mail:
    """A person's mail to the company; headers may be given as a mapping."""
    headers = particulars.pop("headers", {})
    return Mail(
        **{
            "sender": CUSTOMER,
            "to": SALES,
            "plain": plain,
            "headers": tuple(headers.items()),
            **particulars,
        }
    )


def raw(head: str, body: str = "", *, charset: str = "utf-8") -> Mail:
    """A whole mail, whose head and body stand in one charset."""
    return raw_mail.read(f"{head}\n\n{body}".encode(charset))


def content(mail: Mail, **settings: Any) -> Content:
    source = SourceView(source_id=UUID(int=1), key="site-1", adapter="smtp", **settings)
    return mail_content(mail, source)


def inquiry(mail: Mail, **settings: Any) -> dict[str, Any]:
    """The inquiry of a mail as JSON, without whatever is null, empty or default."""
    findings = content(mail, **settings)
    assert findings.ignored is None, findings.ignored
    return findings.drafts[0].model_dump(mode="json", exclude_defaults=True)


def contact(mail: Mail, **settings: Any) -> dict[str, Any]:
    return dict(inquiry(mail, **settings).get("contact", {}))


def text(mail: Mail, **settings: Any) -> str | None:
    return inquiry(mail, **settings).get("text")
