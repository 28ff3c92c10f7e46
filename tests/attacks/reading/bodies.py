"""Mischief against the readers of whole bodies: JSON, forms, multipart, and what they fill."""

import json
from typing import Any

from services.intake.channels.parsing import (
    body,
    brackets,
    draft,
    forms,
    json_text,
    multipart_lines,
    structured,
)
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.domain.requests import RawRequest
from tests.attacks.reading.multiparts import LONG_BOUNDARY, MULTIPART, MULTIPARTS, TYPES
from tests.attacks.reading.row import (
    Hostile,
    Row,
    as_bytes,
    between,
    flood,
    numbered,
    remembered,
    rows,
)
from tests.unit.intake.samples import source

FORM = "application/x-www-form-urlencoded"
SOURCE = source("generic-json")


def nested(opening: str, closing: str, *, depth: int = 60) -> Hostile:
    """As deep as is allowed, again and again."""
    unit = opening * depth + "1" + closing * depth
    return lambda size: '{"a":[' + ",".join([unit] * max(1, size // (len(unit) + 1))) + "]}"


def listed(name: str, values: Hostile) -> Hostile:
    """The words of a hostile text as a JSON list under one name."""
    return lambda size: json.dumps({name: values(size).split()}, ensure_ascii=False)


def valued(name: str, value: Hostile) -> Hostile:
    return lambda size: json.dumps({name: value(size)}, ensure_ascii=False)


NUMBERS = numbered("7921{}", glue=" ")
ADDRESSES = numbered("a{}@b.example", glue=" ")
FOREIGN = numbered("я{}@почта.рф", glue=" ")

JSON: dict[str, Hostile] = {
    "brackets": flood("["),
    "braces": flood('{"a":'),
    "just under the depth": nested("[", "]"),
    "objects just under the depth": nested('{"a":', "}"),
    "many keys": numbered('"k{}":1', before="{", after="}", glue=","),
    "short keys": numbered('"{}":1', before="{", after="}", glue=","),
    "many keys in a holder": numbered('"k{}":1', before='{"data":{', after="}}", glue=","),
    "many holders": between("{", '"data":{"a":1},', '"b":1}'),
    "doubled keys": between("{", '"a":1,', '"a":1}'),
    "keys that are cookies": numbered('"cookie {}":"a=b"', before="{", after="}", glue=","),
    "keys of another alphabet": numbered('"ключ ﷺ {}":1', before="{", after="}", glue=","),
    "labels with marks": between("{", '"' + "a\u0315\u0300" * 90 + '":1,', '"b":1}'),
    "empty objects": between('{"a":[', "{},", "{}]}"),
    "objects with a key": between('{"a":[', '{"a":1},', "{}]}"),
    "one number": between('{"a":', "9", "}"),
    "one fraction": between('{"a":0.', "9", "}"),
    "one exponent": between('{"a":1e', "9", "}"),
    "many numbers": between('{"phone":[', "1e308,", "1]}"),
    "many integers": between('{"phone":[', "999999999999999999,", "1]}"),
    "escapes": between('{"a":"', "\\u0041", '"}'),
    "backslashes": between('{"a":"', "\\\\", '"}'),
    "surrogates": between('{"a":"', "\\ud800", '"}'),
    "quotes without end": flood('"'),
    "a string without end": between('{"a":"', "\\"),
    "strings without commas": between("{", '"a"'),
    "blanks": between("{", " ", "}"),
    "marks before it": between("", "\ufeff", "{}"),
    "nulls": between('{"a":"', "\0", '"}'),
    "numbers in a list": listed("phone", NUMBERS),
    "addresses in a list": listed("email", ADDRESSES),
    "foreign addresses in a list": listed("email", FOREIGN),
    "what is no number, in a list": listed("phone", flood("a1 ")),
    "numbers in one text": valued("phone", NUMBERS),
    "addresses in one text": valued("email", ADDRESSES),
    "numbers under their own labels": numbered(
        '"phone_{}":"+79211234567"', before="{", after="}", glue=","
    ),
    "many numbers under many labels": lambda n: json.dumps(
        {f"phone_{i}": ",".join(["12345"] * 80) for i in range(max(1, n // 500))}
    ),
    "texts": between("{", '"text_1":"a",', '"b":1}'),
    "many texts": lambda n: json.dumps({f"text_{i}": "a" for i in range(min(9000, n // 15))}),
    "a name of marks": valued("name", between("a", "\u0315\u0300")),
    "nested lists of words": lambda n: json.dumps({"text": [[["a"] * 9] * 9] * (n // 450)}),
    "dates": valued("occurred_at", flood("1")),
}
FORMS: dict[str, Hostile] = {
    "ampersands": flood("&"),
    "equals": flood("="),
    "percent signs": flood("%"),
    "percent codes": between("a=", "%41"),
    "half a percent code": between("a=", "%4"),
    "pluses": between("a=", "+"),
    "semicolons": flood(";"),
    "many fields": lambda n: "&".join(f"k{i}={'a' * (n // 999)}" for i in range(999)),
    "one field again": lambda n: "&".join([f"a={'a' * (n // 999)}"] * 999),
    "phones": lambda n: "&".join(f"phone_{i}=" + "12345," * (n // 5994) for i in range(999)),
    "addresses": lambda n: "&".join(f"email_{i}=" + "я@ж.рф," * (n // 9990) for i in range(999)),
    "one phone field": between("phone=", "12345,"),
    "line ends": between("a=1", "\r\n"),
    "JSON in a field": lambda n: "payload=" + JSON["many keys"](n),
}


def posted(content: bytes | str, content_type: str = "", **others: Any) -> RawRequest:
    text = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return RawRequest(headers=(("content-type", content_type),), body=text, **others)


# Members that are there several times, behind one long name or each within the one before.
DOUBLED: dict[str, Hostile] = {
    "doubled under a long name": lambda n: between(
        '{"' + "k" * (n // 2) + '":[', '{"a":1,"a":2},', "{}]}"
    )(n),
    "doubled within each other": lambda n: '{"a":{},"a":' * 60 + "1" * (n - 1000) + "}" * 60,
    "doubled objects": between("{", '"a":{"b":1,"b":2},', '"a":1}'),
}


def typed(hostile: Hostile) -> Hostile:
    return lambda size: posted(b"--b--", hostile(size))


def requests(hostiles: dict[str, Hostile], content_type: str) -> dict[str, Hostile]:
    def made(hostile: Hostile) -> Hostile:
        return lambda size: posted(hostile(size), content_type)

    return {name: made(hostile) for name, hostile in hostiles.items()}


def _taken(label: str) -> Any:
    return lambda text: draft.add(DraftBuilder("RU"), label, text)


_DOCUMENTS: dict[str, Hostile] = {
    **requests(JSON, "application/json"),
    **{f"form, {name}": made for name, made in requests(FORMS, FORM).items()},
    **{f"multipart, {name}": made for name, made in requests(MULTIPARTS, MULTIPART).items()},
    **{f"type, {name}": typed(hostile) for name, hostile in TYPES.items()},
    "as UTF-16": lambda n: posted(("a=" + "я" * (n // 2)).encode("utf-16"), FORM),
    "query": lambda n: RawRequest(method="GET", query="a=%41" * (n // 5)),
}
DOCUMENTS = {name: remembered(made) for name, made in _DOCUMENTS.items()}
BODIES: tuple[Row, ...] = (
    *rows(json_text.json_value, {"many keys": JSON["many keys"]}),
    *rows(json_text.json_object, JSON),
    *rows(json_text.json_object_and_earlier, {**JSON, **DOUBLED}),
    *rows(forms.byte_pairs, {name: as_bytes(hostile) for name, hostile in FORMS.items()}),
    *rows(
        forms.url_pairs,
        {name: as_bytes(hostile) for name, hostile in FORMS.items()},
        read=lambda text: forms.url_pairs(text, FORM),
    ),
    *rows(
        forms.query_pairs,
        FORMS,
        read=lambda text: forms.query_pairs(RawRequest(query=text)),
    ),
    *rows(
        forms.multipart_pairs,
        {name: as_bytes(hostile) for name, hostile in MULTIPARTS.items()},
        read=lambda text: forms.multipart_pairs(text, b"b"),
    ),
    *rows(
        forms.multipart_pairs,
        {
            "a long boundary, almost": as_bytes(
                between(f"--{LONG_BOUNDARY}\r\n", "\r\n--" + LONG_BOUNDARY[:-1] + "c")
            ),
            "a boundary of its own letters": as_bytes(between(f"--{LONG_BOUNDARY}\r\n\r\n", "b")),
        },
        read=lambda text: forms.multipart_pairs(text, LONG_BOUNDARY.encode()),
        name="forms.multipart_pairs, 70",
    ),
    *rows(
        multipart_lines.with_usual_lines,
        {name: as_bytes(hostile) for name, hostile in MULTIPARTS.items()}
        | {"line feeds": as_bytes(between("--b\n", "\n")), "boundaries": as_bytes(flood("--b"))},
        read=lambda text: multipart_lines.with_usual_lines(text, b"b"),
    ),
    *rows(forms.multipart_boundary, {name: typed(made) for name, made in TYPES.items()}),
    *rows(
        forms.together,
        {
            "one name": lambda n: [("a", "b")] * (n // 4),
            "many names": lambda n: [(str(number), "b") for number in range(n // 8)],
        },
    ),
    *rows(
        brackets.nested,
        {
            "lists": lambda n: [("a[]" + "[]" * 14, "b")] * min(1000, n // 40),
            "many objects": lambda n: [
                (f"a[{i}]" + "[b]" * 15, "") for i in range(min(1000, n // 50))
            ],
            "one long name": lambda n: [("[" * n, "")],
            "closing only": lambda n: [("a" + "]" * n, "")],
            "empty brackets": lambda n: [("a" + "[]" * (n // 2), "")],
            "one name": lambda n: [("a[b]", "c")] * min(1000, n // 5),
        },
    ),
    *rows(body.document, DOCUMENTS),
    *rows(draft.add_phone, {"numbers": NUMBERS, "commas": flood("12345,")},
          read=lambda text: draft.add_phone(DraftBuilder("RU"), text)),
    *rows(draft.add_email, {"addresses": ADDRESSES, "foreign": FOREIGN, "commas": flood("a,")},
          read=lambda text: draft.add_email(DraftBuilder("RU"), text)),
    *rows(draft.add, {"a text": flood("a "), "numbers": NUMBERS}, read=_taken("phone")),
    *rows(
        draft.as_text,
        {"a list": lambda n: ["a"] * (n // 4), "big": lambda n: [1e308] * (n // 6)},
    ),
    *rows(
        structured.structured_draft,
        {
            "phones": lambda n: {"contact": {"phones": NUMBERS(n).split()}},
            "emails": lambda n: {"contact": {"emails": FOREIGN(n).split()}},
            "no phones": lambda n: {"contact": {"phones": ["a1"] * (n // 5)}},
            "others": lambda n: {"contact": {"other": dict.fromkeys(NUMBERS(n).split(), "a")}},
            "fields": lambda n: {"fields": dict.fromkeys(NUMBERS(n).split(), "a")},
            "amount": lambda n: {"amount": "9" * n},
            "call": lambda n: {"call": {"from": "9" * n, "talk_seconds": "9" * n}},
        },
        read=lambda values: structured.structured_draft(
            values, SOURCE, DraftBuilder("RU"), channel="form"
        ),
    ),
)  # fmt: skip
