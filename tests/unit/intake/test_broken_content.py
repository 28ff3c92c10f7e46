"""Bodies broken, disguised, huge or oddly encoded: a reason or an inquiry, no third way."""

import json
import time
from typing import Any

import pytest

from services.intake.domain.requests import ChannelError, RawRequest
from tests.unit.intake.samples import FORM, JSON, only, parse

BOUNDARY = (("content-type", "multipart/form-data; boundary=xyz"),)
PART = b'--xyz\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
NAME = PART % (b"name", "Анна".encode())


def typed(kind: str) -> tuple[tuple[str, str], ...]:
    return (("content-type", kind),)


def reason(body: bytes, headers: tuple[tuple[str, str], ...] = JSON) -> str:
    with pytest.raises(ChannelError) as failure:
        parse("generic-json", RawRequest(headers=headers, body=body))
    return failure.value.reason


def made(body: bytes, headers: tuple[tuple[str, str], ...] = JSON) -> dict[str, Any]:
    return only(parse("generic-json", RawRequest(headers=headers, body=body)))


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": 1,}',
        b'{"a": NaN}',
        b'{"a": [Infinity]}',
        b'{"a": -Infinity}',
        b"not json",
        b'{"a": "\\ud8"}',
        b'{"a": 1} x',
        b'{"name": "A',
    ],
)
def test_bad_json(body: bytes) -> None:
    assert reason(body) == "bad_json"
    assert reason(body, typed("text/plain")) == "bad_json"


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"\xef\xbb\xbf", b"{}", b'{"name": ""}'])
def test_empty(body: bytes) -> None:
    assert reason(body) == "empty"
    assert reason(body, ()) == "empty"


@pytest.mark.parametrize("body", [b"[]", b"[{}]", b"1", b'"text"', b"null", b"true"])
def test_not_an_object(body: bytes) -> None:
    assert reason(body) == "not_an_object"


@pytest.mark.parametrize("body", [b'{"name": "\xcf\xf0"}', b'{"name": "\xff"}', b"\xff\xff"])
def test_bad_encoding(body: bytes) -> None:
    assert reason(body) == "bad_encoding"


def test_a_form_that_is_not_in_its_charset() -> None:
    assert reason(b"name=%cf%f0", FORM) == "bad_encoding"
    assert reason(b"name=\xcf\xf0", FORM) == "bad_encoding"


@pytest.mark.parametrize("opening", ['{"a":', "[", '[{"b":'])
def test_nesting_of_thousands(opening: str) -> None:
    assert reason(('{"x":' + opening * 5000).encode()) == "too_deep"


def test_depth_64_is_read_and_65_is_not() -> None:
    assert made(b'{"a":' * 64 + b"1" + b"}" * 64)["fields"]
    assert reason(b'{"a":' * 65 + b"1" + b"}" * 65) == "too_deep"


def test_brackets_inside_strings_do_not_nest() -> None:
    text = "[" * 200 + '\\"{'
    assert made(json.dumps({"comment": text}).encode())["text"] == text


def test_numbers_of_any_length() -> None:
    body = b'{"a": ' + b"9" * 5000 + b', "b": 12345678901234567890, "c": 1e999, "d": 123}'
    assert made(body)["fields"] == {
        "a": "9" * 5000,
        "b": "12345678901234567890",
        "c": "1e999",
        "d": 123,
    }


def test_nul_and_lone_surrogates_become_replacement_characters() -> None:
    draft = made(b'{"name": "A\\u0000B", "comment": "\\ud800!", "k\\udfff": "\\ud83d\\ude00"}')
    assert draft["contact"]["name"] == "A\ufffdB"
    assert draft["text"] == "\ufffd!"
    assert draft["fields"] == {"k\ufffd": "😀"}
    assert made(b"name=A%00B", FORM)["contact"]["name"] == "A\ufffdB"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("windows-1251", "cp1251"),
        ("Windows-1251", "cp1251"),
        ('"koi8-r"', "koi8-r"),
        ("utf-16", "utf-16"),
        ("utf-16le", "utf-16-le"),
        ("utf-8", "utf-8-sig"),
        ("windows-1251", "utf-8-sig"),
        ("no-such", "utf-8"),
    ],
)
def test_declared_charsets_are_honoured_and_a_mark_wins(declared: str, codec: str) -> None:
    body = '{"имя": "Анна", "phone": "89991112233"}'.encode(codec)
    draft = made(body, typed(f"application/json; charset={declared}"))
    assert draft["contact"] == {"name": "Анна", "phones": ["+79991112233"]}


@pytest.mark.parametrize("body", ["name=%C0%ED%ED%E0", "name=Анна"])
def test_forms_in_windows_1251(body: str) -> None:
    kind = "application/x-www-form-urlencoded; charset=windows-1251"
    assert made(body.encode("cp1251"), typed(kind))["contact"]["name"] == "Анна"


def test_forms_in_utf_16() -> None:
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    assert made("name=Анна".encode("utf-16"), typed(kind))["contact"]["name"] == "Анна"


@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/octet-stream", *dict(FORM).values()]
)
def test_json_under_another_type(kind: str) -> None:
    assert made(b' {"name": "A"}', typed(kind))["contact"]["name"] == "A"


@pytest.mark.parametrize("headers", [(), typed("text/plain"), JSON])
def test_a_form_under_another_type(headers: tuple[tuple[str, str], ...]) -> None:
    assert made(b"name=A+B&phone=89991112233", headers)["contact"] == {
        "name": "A B",
        "phones": ["+79991112233"],
    }


def test_json_in_one_form_field() -> None:
    assert made(b"payload=%7B%22name%22%3A%22A%22%7D", FORM)["contact"]["name"] == "A"
    assert reason(b"payload=%7B%22name%22", FORM) == "bad_json"


def test_twenty_thousand_pairs_are_bounded() -> None:
    assert reason(b"&".join(b"a%d=1" % number for number in range(20_000)), FORM) == (
        "too_many_fields"
    )
    assert reason(PART % (b"a", b"1") * 1001 + b"--xyz--\r\n", BOUNDARY) == "too_many_fields"


def test_multipart_with_a_file_and_its_own_charset() -> None:
    body = (
        PART % (b"name", "Анна".encode())
        + b'--xyz\r\nContent-Disposition: form-data; name="comment"\r\n'
        + b"Content-Type: text/plain; charset=windows-1251\r\n\r\n"
        + "Привет".encode("cp1251")
        + b'\r\n--xyz\r\nContent-Disposition: form-data; name="plan"; filename="a.pdf"\r\n\r\n'
        + b"\x00\xff\xfe%PDF\r\n--xyz--\r\n"
    )
    draft = made(body, BOUNDARY)
    assert (draft["contact"]["name"], draft["text"]) == ("Анна", "Привет")
    assert draft["fields"] == {"plan": "a.pdf"}
    assert made(body, ())["contact"]["name"] == "Анна"


@pytest.mark.parametrize(
    "body",
    [
        NAME,
        NAME + b"--xyz",
        NAME + b"--xy",
        NAME[:-9],
        NAME[:30],
        b"--xyz\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xyz--\r\n",
        b"--other\r\n\r\n--other--\r\n",
        b"garbage",
    ],
)
def test_multipart_cut_short_or_nameless(body: bytes) -> None:
    assert reason(body, BOUNDARY) == "bad_multipart"


def test_multipart_without_a_boundary() -> None:
    assert reason(NAME + b"--xyz--\r\n", typed("multipart/form-data")) == "bad_multipart"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "' + b'\\"' * 250_000,
        b'"' * 500_000 + b"[" * 70,
        b'{"a": "' + b"\\" * 500_000,
        b"[" * 70 + b'"\\' * 250_000,
        PART % (b"a", b"\r" * 500_000),
        b"name=" + b"%" * 500_000,
        b'{"phone": "' + b"1-" * 250_000 + b'"}',
        b'{"email": "' + b"a." * 250_000 + b'@"}',
        b'{"cookie x": "' + b"a=" * 250_000 + b'"}',
    ],
)
def test_half_a_megabyte_of_mischief_takes_little_time(body: bytes) -> None:
    began = time.process_time()
    for headers in (JSON, FORM, BOUNDARY):
        try:
            parse("generic-json", RawRequest(headers=headers, body=body))
        except ChannelError:
            continue
    assert time.process_time() - began < 3
