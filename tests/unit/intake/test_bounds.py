"""Over a bound nothing is lost: the inquiry is made of what is within, the rest stays."""

import json

import pytest

from services.intake.channels.parsing import raw_mail
from services.intake.channels.parsing.draft import MAX_POINTS
from services.intake.channels.parsing.html_text import html_text
from services.intake.channels.parsing.json_text import MAX_CONTAINERS, json_object
from services.intake.channels.parsing.mail_headers import mailboxes
from services.intake.channels.parsing.raw_mail import (
    MAX_HEADER,
    MAX_HEADERS,
    MAX_NESTING,
    MAX_PARTS,
)
from services.intake.domain.names import LONGEST_NAME, person_name
from services.intake.domain.requests import ChannelError, RawRequest
from tests.unit.intake.samples import only, parse

MIXED = "Content-Type: multipart/mixed; boundary=b{0}\n\n--b{0}\n"


def _posted(**fields: object) -> RawRequest:
    return RawRequest(body=json.dumps(fields).encode())


def test_a_hundred_numbers_are_read_and_the_others_kept_as_text() -> None:
    numbers = [f"+7921{number:07d}" for number in range(MAX_POINTS + 50)]
    contact = only(parse("generic-json", _posted(phone=numbers, name="Anna")))["contact"]

    # The list as a whole was the first try, its hundred pieces the others.
    assert contact["phones"] == numbers[:MAX_POINTS]
    assert contact["other"]["phone_raw"] == ", ".join(numbers[MAX_POINTS:])
    assert contact["name"] == "Anna"


def test_numbers_under_many_labels_share_the_hundred() -> None:
    fields = {f"phone_{number}": f"+7921{number:07d}" for number in range(MAX_POINTS + 2)}
    contact = only(parse("generic-json", _posted(**fields)))["contact"]

    assert len(contact["phones"]) == MAX_POINTS
    assert contact["other"]["phone_raw"].count("+7921") == 2


def test_a_hundred_addresses_are_read_and_the_others_kept_as_text() -> None:
    addresses = [f"a{number}@b.example" for number in range(MAX_POINTS + 50)]
    contact = only(parse("generic-json", _posted(email=addresses)))["contact"]

    assert contact["emails"] == addresses[:MAX_POINTS]
    assert contact["other"]["email_raw"] == ", ".join(addresses[MAX_POINTS:])


def test_a_name_of_marks_is_cut() -> None:
    name = person_name("Zoe\u0308" + "\u0315\u0300" * 100_000)
    assert name is not None
    assert name.startswith("Zo\xeb")
    assert len(name) == LONGEST_NAME


def test_more_objects_than_anybody_fills_in() -> None:
    few = '{"a":[' + "[]," * (MAX_CONTAINERS - 3) + "0]}"
    assert json_object(few)
    with pytest.raises(ChannelError) as error:
        json_object('{"a":[' + "[]," * MAX_CONTAINERS + "0]}")
    assert error.value.reason == "too_many_fields"


def test_a_mail_below_more_multiparts_than_any_program_makes() -> None:
    nested = "".join(MIXED.format(level) for level in range(MAX_NESTING * 100))
    mail = raw_mail.read("Subject: a\nFrom: b@c.example\n" + nested + "\ntoo deep\n")
    assert dict(mail.headers)["Subject"] == "a"
    assert not mail.plain

    nested = "".join(MIXED.format(level) for level in range(MAX_NESTING))
    words = raw_mail.read(nested + "\nhello\n").plain
    assert words is not None
    assert words.strip() == "hello"


@pytest.mark.parametrize("kind", ["text/plain", "message/delivery-status"])
def test_a_mail_of_more_parts_than_any_program_makes(kind: str) -> None:
    part = f"--b\nContent-Type: {kind}\n\nfirst: a\n\n"
    mail = raw_mail.read(MIXED.format("").replace("--b\n", "") + "--b\n\nhello\n" + part * 5000)
    assert mail.plain is not None
    assert mail.plain.startswith("hello")
    assert MAX_PARTS < 5000


def test_a_mail_of_headers() -> None:
    text = "Subject: " + "=?a?q?x" * 100_000 + "\n" + "X: y\n" * 10_000 + "From: late\n\nhello"
    mail = raw_mail.read(text)
    assert len(dict(mail.headers)["Subject"]) == MAX_HEADER
    assert "From" not in dict(mail.headers)
    assert mail.plain == "hello"
    assert MAX_HEADERS < 10_000


def test_a_mail_that_the_provider_has_decoded() -> None:
    assert raw_mail.read("Subject: a\n\nПривет\n").plain == "Привет\n"


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "nonsense", "x" * 5000])
def test_a_charset_that_no_mail_has(charset: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n"
    assert raw_mail.read(head + "hello-\\u0041\n").plain == "hello-\\u0041\n"


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        ("Anna Lee <a@b.example>", "Anna Lee", "a@b.example"),
        ("a@b.example (Anna)", "Anna", "a@b.example"),
        ("(" * 5000 + "Anna <a@b.example>", "Anna", "a@b.example"),
        ("a:" * 5000 + "<a@b.example>", "a:" * 5000, "a@b.example"),
    ],
)
def test_a_sender_of_many_brackets(header: str, name: str, address: str) -> None:
    (box,) = mailboxes(header)
    assert ((box.name or "").lstrip("("), box.address) == (name[:10_000].strip(), address)


def test_a_sender_is_found_behind_a_name_without_end() -> None:
    findings = parse("postmark", _posted(From="((" * 5000 + " <a@b.example>", TextBody="hello"))
    assert only(findings)["contact"]["emails"] == ["a@b.example"]


def test_a_mail_with_a_history_without_end_is_its_beginning() -> None:
    history = "> what was said before\n" * 50_000
    findings = parse(
        "postmark",
        _posted(From="a@b.example", Subject="Re: a", TextBody="Please ring me.\n" + history),
    )
    assert only(findings)["text"] == "Please ring me."


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two<br>three", "one\n\ntwo\nthree"),
        ("<div>a<div>b</div></div>", "a\nb"),
        ("a<b>b</b> &amp;&nbsp;c &lt;d&gt; 1 < 2", "ab & c <d> 1 < 2"),
        ("<style>p{}</style><script>if (a<b) {}</SCRIPT >x<!-- > <p> -->y", "xy"),
        ("<title>no</title>a<![endif]>b<?xml c?>d</>e", "abde"),
        ('<a title="1 > 2">x</a><a title="unclosed>y</a>', "xy"),
        ("x<script>never closed", "x"),
        ("x<!-- never closed", "x"),
        ("x<a never closed", "x"),
        ("&#" + "9" * 5000 + ";&#0;&#x41;", "\ufffd\ufffdA"),
        ("new<blockquote>old<blockquote>older</blockquote>old</blockquote>words", "newwords"),
        ("new<div class='x gmail_quote'>old<div>older</div></div>words", "newwords"),
        ("new<div id=divRplyFwdMsg>old</div>", "new"),
        ("<div>new<blockquote>old</div>words", "new\nwords"),
        ("<div data-class='gmail_quote'>new</div>", "new"),
        ("<blockquote>nothing else</blockquote>", "nothing else"),
    ],
)
def test_the_words_of_a_page(html: str, text: str) -> None:
    assert html_text(html) == text
