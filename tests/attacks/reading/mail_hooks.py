"""Mischief against what providers' webhooks of mails share, and against each of their adapters."""

import json
from typing import Any
from urllib.parse import quote

from services.intake.channels.email import mailgun, ses_sns
from services.intake.channels.parsing import form_parts, forms, mail_hooks
from services.intake.channels.signatures import require_hex_digest
from services.intake.domain import fetching
from services.intake.domain.requests import RawRequest
from tests.attacks.reading.bodies import FORM, JSON, posted
from tests.attacks.reading.mails import MIME
from tests.attacks.reading.multiparts import MULTIPART, MULTIPARTS
from tests.attacks.reading.row import Hostile, Row, between, every, flood, rows
from tests.attacks.reading.words import TEXTS
from tests.unit.intake.providers.sample import NOON

NAMES = (b"timestamp", b"token", b"signature")
HEADERS: dict[str, Hostile] = {
    "pairs": lambda n: [["A", "b"]] * (n // 10),
    "objects": lambda n: [{"name": "a", "value": "b"}] * (n // 28),
    "lists": lambda n: {"a": ["b"] * (n // 4)},
    "a block": flood("A: b\n"),
    "one long line": flood("a"),
    "folded": between("A: b\n", " c\n"),
}
FIELDS: dict[str, Hostile] = {
    "tokens": flood("token=&"),
    "almost tokens": flood("token="),
    "ampersands": flood("&"),
    "percents": between("token=", "%41"),
    "recipients": flood("recipient"),
}


def _form(hostile: Hostile) -> Hostile:
    return lambda size: posted(hostile(size), FORM)


def _parts(hostile: Hostile) -> Hostile:
    return lambda size: posted(hostile(size), MULTIPART)


def _json(wrap: Any, hostile: Hostile) -> Hostile:
    return lambda size: posted(json.dumps(wrap(hostile(size))), "application/json")


def _labels(text: str) -> tuple[tuple[str, str], ...]:
    return (("content-type", text), ("content-disposition", text))


SHORT = {
    **{f"a form, {name}": _form(made) for name, made in FIELDS.items()},
    **{f"parts, {name}": _parts(made) for name, made in MULTIPARTS.items()},
    "boundaries": lambda n: posted("--b" * (n // 3), MULTIPART),
    "heads": lambda n: posted('--b\r\nform-data; name="token"' * (n // 27), MULTIPART),
}
# How the raw mail, or the words, lie in each provider's request.
WRAPPED: dict[str, Any] = {
    "brevo": lambda text: {"items": [{"RawTextBody": text, "Headers": {"a": text}}]},
    "mailersend": lambda text: {"data": {"raw": text}},
    "mailjet": lambda text: {"Text-part": text, "Headers": {"From": text}},
    "postal": lambda text: {"message": text, "base64": False},
    "ses-sns": lambda text: {
        "Type": "Notification",
        "Message": json.dumps({"mail": {"a": 1}, "content": text}),
    },
    "sparkpost": lambda text: [{"msys": {"relay_message": {"content": {"email_rfc822": text}}}}],
}


def _field(name: str, hostile: Hostile) -> Hostile:
    return lambda size: posted(f"{name}={quote(hostile(size // 3), errors='surrogatepass')}", FORM)


def _event(text: str) -> str:
    return json.dumps([{"event": "inbound", "msg": {"raw_msg": text}}])


# What unwraps them gives them to `raw_mail.read`, which has rows for all.
SOME_MIME = every(8, MIME)
SOME_TEXTS = every(4, TEXTS)
OWN: dict[str, dict[str, Hostile]] = {
    **{
        adapter: {name: _json(wrap, made) for name, made in SOME_MIME.items()}
        for adapter, wrap in WRAPPED.items()
    },
    "mailgun": {
        **{f"raw, {name}": _field("body-mime", made) for name, made in SOME_MIME.items()},
        **{f"text, {name}": _field("body-plain", made) for name, made in SOME_TEXTS.items()},
        "headers": _field("body-plain=a&message-headers", lambda n: '[["a","b"]]' * (n // 11)),
    },
    "sendgrid": {
        **{f"raw, {name}": _field("email", made) for name, made in SOME_MIME.items()},
        "headers": _field("headers", flood("A: b\n")),
        "charsets": _field("text=a&charsets", between("{", '"a":"b",', '"a":"b"}')),
    },
    "mandrill": {
        name: _field("mandrill_events", lambda n, made=made: _event(made(n)))  # type: ignore[misc]
        for name, made in SOME_MIME.items()
    },
}

HOOKS: tuple[Row, ...] = (
    *rows(
        form_parts.short_fields, SHORT, read=lambda request: form_parts.short_fields(request, NAMES)
    ),
    *rows(form_parts.parts_of, SHORT),
    *rows(
        form_parts.last_fields,
        {"fields": lambda n: [form_parts.FormPart("a", b"b")] * min(1000, n)},
    ),
    *rows(
        forms.names_of,
        TEXTS,
        read=lambda text: forms.names_of(
            {b"content-disposition": text[:60_000].encode("utf-8", "replace")}
        ),
    ),
    *rows(
        forms.byte_parts,
        MULTIPARTS,
        read=lambda body: forms.byte_parts(body.encode(), b"b"),
    ),
    *rows(mail_hooks.header_pairs, HEADERS),
    *rows(mail_hooks.mailbox, {"words": flood("a")}),
    *rows(mail_hooks.mailbox_line, {"many": lambda n: [{"email": "a@b.c"}] * (n // 20)}),
    *rows(mail_hooks.texts, {"many": lambda n: ["a"] * (n // 4)}),
    *rows(
        mail_hooks.words,
        {"blanks": lambda n: {"a": " " * n}},
        read=lambda members: mail_hooks.words(members, "a"),
    ),
    *rows(
        mail_hooks.object_of,
        {"members": lambda n: {"a": dict.fromkeys(range(n // 8))}},
        read=lambda members: mail_hooks.object_of(members, "a"),
    ),
    *rows(mail_hooks.objects, {"many": lambda n: [{}] * min(200, n)}),
    *rows(mail_hooks.inner_json, {name: JSON[name] for name in ("brackets", "many keys")}),
    *rows(mail_hooks.raw, MIME, read=lambda text: mail_hooks.raw(text, is_base64=False)),
    *rows(
        mail_hooks.raw,
        {"letters": flood("QUJD"), "no letters": flood("!")},
        read=lambda text: mail_hooks.raw(text, is_base64=True),
    ),
    *rows(
        mail_hooks.raw_bytes,
        {"letters": flood("QUJD"), "no letters": flood("!")},
        read=lambda text: mail_hooks.raw_bytes(text, is_base64=True),
    ),
    *rows(
        mail_hooks.file_of,
        {"names": lambda n: {"n": "a" * n}},
        read=lambda item: mail_hooks.file_of(item, name="n", media_type="n", size="n"),
    ),
    *rows(form_parts.files_of, {"many": lambda n: [form_parts.FormPart("a", b"b", "c")] * n}),
    *rows(
        mail_hooks.labels_of,
        {
            **TEXTS,
            "options": between("text/plain", "; a=b"),
            "quotes": between("text/plain; a=", '"\\'),
        },
        read=lambda text: mail_hooks.labels_of(_labels(text)),
    ),
    *rows(mail_hooks.spam_assassin, {"digits": flood("9"), "letters": flood("a")}),
    *rows(mail_hooks.failed, {"verdicts": lambda n: [("a", "FAIL")] * (n // 10)}),
    *rows(mailgun.proof_follows, SHORT),
    *rows(
        ses_sns.evidence,
        {
            "an address": lambda n: _signed({"SigningCertURL": "https://sns." + "a" * n}),
            "members": lambda n: _signed({f"k{number}": 1 for number in range(n // 10)}),
        },
    ),
    *rows(
        require_hex_digest,
        {"a body": lambda n: posted("a" * n, FORM)},
        read=lambda request: require_hex_digest(request, header="signature", key=b"k"),
    ),
    *rows(
        fetching.wish,
        {**{name: TEXTS[name] for name in TEXTS}, "digits": flood("9")},
        read=lambda text: fetching.wish(text, now=NOON),
    ),
)  # fmt: skip


def _signed(members: dict[str, Any]) -> RawRequest:
    headers = (("x-amz-sns-message-type", "Notification"),)
    return RawRequest(headers=headers, body=json.dumps(members).encode())
