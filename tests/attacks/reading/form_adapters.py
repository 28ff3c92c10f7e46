"""Mischief against the adapters of site builders and ad platforms: floods of their own members."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from services.intake.channels import signatures
from services.intake.channels.forms import thank_you
from services.intake.channels.parsing import consents, forms, page_address
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.domain.requests import RawRequest
from tests.attacks.reading.bodies import ADDRESSES, FORM, JSON, NUMBERS, posted
from tests.attacks.reading.multiparts import MULTIPARTS
from tests.attacks.reading.row import Hostile, Row, as_bytes, between, flood, numbered, rows
from tests.attacks.reading.words import TEXTS
from tests.unit.intake.providers.sample import NOON

FORM_SECRETS: dict[str, dict[str, str]] = {
    "google-ads": {"google_key": "k"},
    "meta-lead-ads": {"app_secret": "k", "verify_token": "v", "access_token": "a"},
    "vk-lead-forms": {"secret": "k", "confirmation": "c"},
    "tiktok-lead-gen": {"app_secret": "k"},
    "linkedin-lead-gen": {"client_secret": "k", "access_token": "a"},
    "hubspot": {"client_secret": "k", "access_token": "a"},
    "calendly": {"signing_key": "k"},
    "webflow": {"secret": "k"},
}


def _many(item: Any, *around: str) -> Hostile:
    """One member again and again, in a list within these members."""
    length = len(json.dumps(item))

    def made(size: int) -> RawRequest:
        value: Any = [item] * max(1, size // length)
        for name in reversed(around):
            value = {name: value}
        return posted(json.dumps(value), "application/json")

    return made


def _labelled(before: str, after: str = "") -> Hostile:
    return lambda size: posted(
        before + numbered('"phone {}":"+79211234567"', glue=",")(size) + after, "application/json"
    )


def _fields(name: str) -> Hostile:
    """As many fields of that name as are read, each as long as the size lets it be."""

    def made(size: int) -> RawRequest:
        share = "7921123" * max(1, size // 7000)
        return posted("&".join(f"{quote(name.format(n))}={share}" for n in range(999)), FORM)

    return made


def _carried(name: str, hostile: Hostile, **others: str) -> Hostile:
    return lambda size: posted(urlencode({**others, name: hostile(size)}), FORM)


def _snippet(**hostiles: Hostile) -> Hostile:
    return lambda size: posted(
        urlencode({name: made(size // len(hostiles)) for name, made in hostiles.items()}), FORM
    )


FORM_ADAPTERS: dict[str, dict[str, Hostile]] = {
    "google-ads": {
        "columns": _many({"column_id": "PHONE_NUMBER", "string_value": "1"}, "user_column_data"),
        "cities": _many({"column_id": "CITY", "string_value": "a"}, "user_column_data"),
    },
    "meta-lead-ads": {
        "entries": _many({"changes": [{"value": {"leadgen_id": "1"}}]}, "entry"),
        "answers": _many({"name": "email", "values": ["я@ж.рф"]}, "field_data"),
        "values": lambda n: posted(
            json.dumps({"field_data": [{"name": "phone", "values": NUMBERS(n).split()}]})
        ),
    },
    "vk-lead-forms": {
        "answers": lambda n: posted(
            json.dumps({"type": "lead_forms_new", "object": {"answers": [{"key": ""}] * (n // 13)}})
        ),
    },
    "tiktok-lead-gen": {
        "entries": _many({"lead_id": "1", "changes": []}, "entry"),
        "content": lambda n: posted(json.dumps({"content": JSON["many keys"](n)})),
    },
    "linkedin-lead-gen": {
        "urns": lambda n: posted(json.dumps({
            "leadGenFormResponse": "a", "leadGenForm": "urn:li:leadGenForm:" * (n // 19)})),
        "letters": lambda n: posted(json.dumps({"leadGenFormResponse": "a" * n})),
    },
    "hubspot": {
        "events": lambda n: posted(json.dumps(
            [{"objectId": 1, "subscriptionType": "contact.creation"}] * (n // 60))),
        "properties": _labelled('{"vid":1,"properties":{', "}}"),
    },
    "calendly": {
        "answers": lambda n: posted(json.dumps({"event": "invitee.created", "payload": {
            "questions_and_answers": [{"question": "phone", "answer": "1"}] * (n // 40)}})),
    },
    "webflow": {"labels": _labelled('{"payload":{"data":{', "}}}")},
    "jotform": {
        "questions": lambda n: posted(json.dumps({"rawRequest": "{" + numbered(
            '"q1_phone{}":"+79211234567"', glue=",")(n) + "}"})),
        "digits": lambda n: posted(json.dumps({"rawRequest": json.dumps({"q" + "1" * n: "a"})})),
        "in a form": _carried("rawRequest", JSON["many keys"], submissionID="1"),
    },
    "elementor": {
        "fields": _fields("fields[a{}][value]"),
        "types": _many({"type": "tel", "value": "1"}, "fields"),
        "flat": _labelled("{", "}"),
    },
    "unbounce": {
        "data": _carried("data.json", JSON["numbers in a list"]),
        "times": lambda n: posted(json.dumps({"time_submitted": ["9" * n], "date_submitted": "1"})),
    },
    "gravity-forms": {
        "parts": lambda n: posted(json.dumps({f"{i}.3": "a" for i in range(n // 14)})),
        "one field": lambda n: posted(json.dumps({f"1.{i}": "a" for i in range(n // 14)})),
    },
    "contact-form-7": {
        "line ends": lambda n: posted('{"your-message": "' + "\n" * n + '"}'),
        "quotes": lambda n: posted('{"your-message": "' + '"a" ' * (n // 4) + '"}'),
    },
    "wpforms": {"fields": _fields("fields[{}][value]")},
    "marquiz": {
        "answers": _many({"q": "phone", "a": "12345"}, "answers"),
        "marks": _labelled('{"extra":{"utm":{', "}}}"),
    },
    "html-form": {
        "pages": _snippet(lf_page=lambda n: "https://a.example/?" + "utm_source=a&" * (n // 13)),
        "addresses": _snippet(lf_page=flood("https://["), email=ADDRESSES),
        "consents": _fields("согласие_{}"),
        "files": lambda n: posted(
            "--b\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\na\r\n"
            * min(999, n // 66) + "--b--\r\n", "multipart/form-data; boundary=b"),
    },
}  # fmt: skip


def _headed(name: str, hostile: Hostile) -> Hostile:
    """Heads are bounded by the door."""
    return lambda size: RawRequest(headers=((name, hostile(min(size, 64_000))),), received_at=NOON)


def _timed(request: RawRequest) -> None:
    signatures.require_timed_hex(request, header="a", key=b"k", name="v1")


FORM_READERS: tuple[Row, ...] = (
    *rows(
        thank_you.language_of,
        {**TEXTS, "commas": flood(","), "languages": flood("en;q=0.5,")},
        read=lambda text: thank_you.language_of(text, country="RU"),
    ),
    *rows(consents.agreement, TEXTS),
    *rows(
        consents.note,
        TEXTS,
        read=lambda text: consents.note(consents.ConsentAnswers(), text, text),
    ),
    *rows(
        consents.take_answer,
        TEXTS,
        read=lambda text: consents.take_answer(consents.ConsentAnswers(), text),
    ),
    *rows(consents.text_digest, TEXTS),
    *rows(
        page_address.add_page,
        {
            **TEXTS,
            "marks": between("https://a.example/?", "utm_source=a&"),
            "brackets": between("https://", "["),
        },
        read=lambda text: page_address.add_page(DraftBuilder("RU"), text),
    ),
    *rows(
        signatures.require_timed_hex,
        {
            "commas": _headed("a", flood(",")),
            "signatures": _headed("a", between("t=1790856000", ",v1=a")),
            "moments": _headed("a", flood("t=1,")),
        },
        read=_timed,
    ),
    *rows(
        forms.multipart_parts,
        {name: as_bytes(MULTIPARTS[name]) for name in ("parts", "header parameters")},
        read=lambda text: forms.multipart_parts(text, b"b"),
    ),
)
