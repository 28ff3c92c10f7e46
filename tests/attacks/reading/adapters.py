"""Mischief against whole adapters: what each does with a request before and after it is stored."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from services.intake.channels import CHANNELS
from services.intake.channels.channel import Channel
from services.intake.channels.parsing import short_values
from services.intake.domain.requests import RawRequest, SourceView
from services.intake.domain.secret_search import secret_set
from services.intake.routes import masked
from services.intake.routes.ingest import native
from shared.errors import InvalidError
from tests.attacks.reading import exchanges, mail_hooks
from tests.attacks.reading.bodies import DOCUMENTS, FOREIGN, FORM, JSON, NUMBERS, posted
from tests.attacks.reading.files import RAW_MAILS
from tests.attacks.reading.form_adapters import FORM_ADAPTERS, FORM_SECRETS
from tests.attacks.reading.mails import FROM, MARKUP, MIME
from tests.attacks.reading.row import Hostile, Row, between, every, flood, rows
from tests.attacks.reading.tracking import NUMBERLIKE
from tests.attacks.reading.tracking import OWN as OF_TRACKING
from tests.attacks.reading.words import TEXTS
from tests.support.provider_signatures import SECRETS as PROVEN_BY
from tests.unit.intake.samples import source

SECRETS: dict[str, Mapping[str, str]] = {
    "tilda": {"api_key": "k"},
    "typeform": {"secret": "k"},
    "mango": {"api_key": "k", "api_salt": "s"},
    "twilio": {"auth_token": "k"},
    "postmark": {"username": "u", "password": "p"},
    "generic-json": {"secret": "k"},
    **exchanges.SECRETS,
    **PROVEN_BY,
    **FORM_SECRETS,
    "mailgun": {"signing_key": "k"},
    "mandrill": {"webhook_key": "k"},
    "mailersend": {"secret": "k"},
}
MAPPING = {
    "contact.phones": "items[].phone", "contact.name": "join(' ', items[].name)",
    "fields.sorted": "sort(items[].name)", "fields.some": "items[?name=='a'].phone | [0]",
    "contact.emails": "items[*].mails[] | [?contains(@, '@')]",
}  # fmt: skip


def json_of(**values: Hostile) -> Hostile:
    """A JSON request whose values are made together, each of its share of the size."""

    def made(size: int) -> RawRequest:
        content = {name: hostile(size // len(values)) for name, hostile in values.items()}
        return posted(json.dumps(content), "application/json")

    return made


def _answers(kind: str, value: Any) -> Hostile:
    def made(size: int) -> RawRequest:
        answers = [
            {"type": kind, kind: value, "field": {"id": str(n), "type": kind, "title": "a"}}
            for n in range(max(1, size // 90))
        ]
        return posted(json.dumps({"form_response": {"answers": answers}}))

    return made


def _groups(size: int) -> RawRequest:
    fields = [{"id": str(n), "title": "phone", "properties": {}} for n in range(size // 50)]
    return posted(json.dumps({"form_response": {"definition": {"fields": fields}}}))


def _mango(hostile: Hostile) -> Hostile:
    def made(size: int) -> RawRequest:
        call = {"entry_id": "a", "call_direction": 1, "from": {"number": hostile(size)}}
        return posted("json=" + quote(json.dumps(call)), FORM, rest="events/summary")

    return made


def _quoted(text: str) -> str:
    return quote(text, errors="surrogatepass")


def _twilio(**values: Hostile) -> Hostile:
    def made(size: int) -> RawRequest:
        fixed = "CallSid=a&CallStatus=completed&"
        said = (f"{name}={_quoted(make(size // len(values)))}" for name, make in values.items())
        return posted(fixed + "&".join(said), FORM, public_url="https://a.example/x")

    return made


def _form(_size: int) -> str:
    return "form"


def _items(size: int) -> RawRequest:
    items = [{"name": "a", "phone": "1", "mails": ["@"]} for _ in range(size // 45)]
    return posted(json.dumps({"items": items}))


def _header(name: str, hostile: Hostile) -> Hostile:
    """Heads are bounded by the door, so a header has some thousand letters at most."""
    return lambda size: RawRequest(headers=((name, hostile(min(size, 64_000))),))


OWN: dict[str, dict[str, Hostile]] = {
    **OF_TRACKING,
    "smtp": every(3, RAW_MAILS),
    "imap": {},  # reads as smtp does
    "csv-import": {},
    "tilda": {
        "cookies": lambda n: posted("COOKIES=" + quote("TILDAUTM=utm_term=a|||; ") * (n // 30)),
        "utm": lambda n: posted("COOKIES=TILDAUTM%3D" + quote("utm_term=a|||") * (n // 25)),
        "bars": lambda n: posted("COOKIES=TILDAUTM%3D" + "|" * n),
    },
    "typeform": {
        "phones": _answers("phone_number", "+79211234567"),
        "emails": _answers("email", "я@почта.рф"),
        "choices": _answers("choices", {"labels": ["a"] * 9}),
        "questions": _groups,
    },
    "mango": {name: _mango(TEXTS[name]) for name in NUMBERLIKE},
    "twilio": {
        **{f"from, {name}": _twilio(From=hostile) for name, hostile in NUMBERLIKE.items()},
        "times": _twilio(Timestamp=flood("1"), CallDuration=flood("9")),
        "names": _twilio(CallerName=between("a", "\u0315\u0300")),
    },
    "postmark": {
        **{f"raw, {name}": json_of(RawEmail=hostile) for name, hostile in MIME.items()},
        **{f"HTML, {name}": json_of(HtmlBody=make) for name, make in every(4, MARKUP).items()},
        **{f"text, {name}": json_of(TextBody=hostile) for name, hostile in every(4, TEXTS).items()},
        **{f"from, {name}": json_of(From=it, ReplyTo=it) for name, it in every(2, FROM).items()},
        "a long name": json_of(From=flood("a"), FromName=between("a", "\u0315\u0300")),
        "headers": json_of(
            From=flood("a"), Headers=lambda n: [{"Name": "a", "Value": "b"}] * (n // 26)
        ),
        "attachments": json_of(From=flood("a"), Attachments=lambda n: [{"Name": "a"}] * (n // 13)),
    },
    "generic-json": {"items of a mapping": _items},
    **FORM_ADAPTERS,
    "native": {
        "phones": json_of(channel=_form, contact=lambda n: {"phones": NUMBERS(n).split()}),
        "emails": json_of(channel=_form, contact=lambda n: {"emails": FOREIGN(n).split()}),
        "lists": json_of(channel=_form, fields=lambda n: {"a": [[]] * (n // 4)}),
    },
    **exchanges.OWN,
}  # fmt: skip


# Two hand whatever a body holds to the label table, and some do so in their turn; the others look
# for what they know, by readers that have rows of their own.
SOME, FEW = every(3, DOCUMENTS), every(20, DOCUMENTS)
BY_LABEL = {
    **dict.fromkeys(("tilda", "generic-json"), DOCUMENTS),
    **dict.fromkeys(("standard-webhooks", "cloudevents", "calltouch"), SOME),
}


_SIGNATURES = ("x-twilio-signature", "webhook-signature", "x-plivo-signature-v3")


def view(adapter: str) -> SourceView:
    return source(adapter, secrets=SECRETS.get(adapter, {}), mapping=(
        MAPPING if adapter == "generic-json" else {}
    ))  # fmt: skip


def _of(channel: Channel) -> tuple[Row, ...]:
    name, seen = channel.name, view(channel.name)
    own = OWN.get(name, mail_hooks.OWN.get(name, {}))
    everything = {**BY_LABEL.get(name, FEW), **own}
    headers = {
        made: _header(header, TEXTS[made])
        for header in ("authorization", "idempotency-key", *_SIGNATURES)
        for made in ("one letter", "blanks")
    }
    return (
        *rows(
            channel.parse,
            everything,
            read=lambda request: channel.parse(request, seen),
            name=f"{name}.parse",
        ),
        *rows(
            channel.verify,
            {**FEW, **headers},
            read=lambda request: channel.verify(request, seen),
            name=f"{name}.verify",
        ),
        *rows(
            channel.verify_early,
            headers,
            read=lambda request: channel.verify_early(request, seen),
            name=f"{name}.verify_early",
        ),
        *rows(
            channel.handshake,
            {"a field": lambda n: posted("a=%41" * (min(n, 500) // 5)), **headers},
            read=lambda request: channel.handshake(request, seen),
            name=f"{name}.handshake",
        ),
        *rows(channel.delivery_key, headers, name=f"{name}.delivery_key"),
        *rows(channel.files, every(4, own), name=f"{name}.files"),
        *rows(
            channel.lookup,
            SOME if channel.lookup is not CHANNELS["native"].lookup else {},
            read=lambda request: channel.lookup(request, seen),
            name=f"{name}.lookup",
        ),
    )  # fmt: skip


def _validated(text: str) -> None:
    try:
        native.read_inquiry(text.encode("utf-8", "surrogatepass"), [])
    except InvalidError:
        return


def _adapters() -> Iterator[Row]:
    """The rows of every adapter; what several share has the rows of the first."""
    readers: set[Callable[..., object]] = set()
    for channel in CHANNELS.values():
        table = [row for row in _of(channel) if row.reader not in readers]
        readers.update(row.reader for row in table)
        yield from table


ADAPTERS: tuple[Row, ...] = (
    *_adapters(),
    *rows(native.read_inquiry, JSON, read=_validated),
    *rows(
        short_values.short_values,
        SOME,
        read=lambda request: short_values.short_values(request.body, longest=500),
    ),
    *rows(
        masked.show_masked,
        SOME,
        read=lambda request: masked.show_masked(request, secret_set(["secret"])),
    ),
)
