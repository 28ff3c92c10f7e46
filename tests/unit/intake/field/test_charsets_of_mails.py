"""Kind J: charsets by any name or by guess, invisible plain parts, MIME that is nearly right."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.parsing import raw_mail
from services.intake.channels.parsing.charsets import codec_of, mail_text
from services.intake.domain.requests import RawRequest
from tests.unit.intake.field.letters import inquiry, letter, text
from tests.unit.intake.samples import only, parse

RUSSIAN = "Здравствуйте! Сколько стоит окно?"
ALIASES = {
    "windows-1251": "cp1251", "cp-1251": "cp1251", "cp1251": "cp1251", "CP1251": "cp1251",
    "windows1251": "cp1251", "win-1251": "cp1251", "x-cp1251": "cp1251", "1251": "cp1251",
    "x-mac-cyrillic": "mac-cyrillic", "koi8-r": "koi8-r", "koi8r": "koi8-r", "KOI8_R": "koi8-r",
    "koi8-u": "koi8-u", "iso-8859-5": "iso8859-5", "ISO_8859-5": "iso8859-5", "iso8859-5": "iso8859-5",
    "ibm866": "cp866", "cp866": "cp866", "ansi_x3.4-1968": "ascii", "ansi_x3.4": "ascii", "us-ascii": "ascii",
    "utf8": "utf-8", "UTF_8": "utf-8", "unicode-1-1-utf-8": "utf-8", "iso-8859-1": "latin-1", "latin1": "latin-1",
    "windows-1252": "cp1252", "windows-1250": "cp1250", "iso-8859-2": "iso8859-2", "windows-1254": "cp1254",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs", "shift-jis": "cp932",
    "Shift_JIS": "cp932", "x-sjis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949",
    "euc-jp": "euc-jp", "iso-2022-jp": "iso2022-jp", "tis-620": "cp874", "utf-16": "utf-16",
}  # fmt: skip
WIDE = {
    "gb2312": "你好，窗户多少钱？", "big5": "你好，窗戶多少錢？", "shift-jis": "こんにちは、窓はいくらですか",
    "euc-jp": "こんにちは、窓はいくらですか", "euc-kr": "안녕하세요, 창문은 얼마입니까", "iso-2022-jp": "こんにちは",
    "iso-8859-2": "Ile kosztuje okno? Zażółć gęślą", "windows-1254": "Pencere kaç lira? Şu ğ", "utf-16": RUSSIAN,
    "iso-8859-1": "Was kostet ein Fenster in Köln? Grüße", "windows-1252": "Combien coûte une fenêtre ?",
}  # fmt: skip


@pytest.mark.parametrize(("name", "codec"), ALIASES.items(), ids=ALIASES.keys())
def test_charsets_have_many_names(name: str, codec: str) -> None:
    assert codec_of(name) == codec


@pytest.mark.parametrize(
    "name", ["base64", "rot13", "idna", "punycode", "x-unknown", "", "hex", "undefined"]
)
def test_what_is_no_charset(name: str) -> None:
    assert codec_of(name) is None


@pytest.mark.parametrize("name", [name for name, codec in ALIASES.items() if codec in {
    "cp1251", "koi8-r", "koi8-u", "mac-cyrillic", "cp866", "iso8859-5"}])  # fmt: skip
def test_russian_by_its_declared_charset(name: str) -> None:
    raw = RUSSIAN.encode(ALIASES[name])
    assert mail_text(raw, name) == (RUSSIAN, None)
    head = f"From: a@b.example\nSubject: x\nContent-Type: text/plain; charset={name}\n"
    coded = base64.b64encode(raw).decode()
    mail = raw_mail.read(f"{head}Content-Transfer-Encoding: base64\n\n{coded}".encode())
    assert mail.plain == RUSSIAN


@pytest.mark.parametrize(("name", "words"), WIDE.items(), ids=WIDE.keys())
def test_other_alphabets(name: str, words: str) -> None:
    assert mail_text(words.encode(codec_of(name) or ""), name) == (words, None)


@pytest.mark.parametrize("words", [
    RUSSIAN, "Нет", "счёт", "ПРИВЕТ", "Анна", "Хочу окно 2x3, тел. 89160102053", "Нужен щит ЩО-70, цена?",
    "Добрый день! Пришлите, пожалуйста, прайс-лист на двери.", "ЗАЯВКА НА РАСЧЁТ", "Объём 5 м³", "Ёлка",
])  # fmt: skip
@pytest.mark.parametrize("codec", ["cp1251", "koi8-r"])
@pytest.mark.parametrize("declared", [None, "us-ascii", "iso-8859-1", "x-unknown", "utf-8"])
def test_undeclared_russian_is_guessed_and_noted(
    words: str, codec: str, declared: str | None
) -> None:
    raw = words.encode(codec, "ignore")
    shown, note = mail_text(raw, declared)
    assert shown == raw.decode(codec)
    assert note == {"cp1251": "windows-1251, guessed", "koi8-r": "koi8-r, guessed"}[codec]


@pytest.mark.parametrize(
    "words", ["Köln, Grüße", "Combien coûte une fenêtre à Orléans ?", "¿Cuánto cuesta? Mañana"]
)
def test_western_letters_are_not_russian(words: str) -> None:
    assert mail_text(words.encode("cp1252"), "iso-8859-1").text == words
    assert mail_text(words.encode("cp1252"), None) == (words, "windows-1252, guessed")


@pytest.mark.parametrize("declared", ["windows-1251", "koi8-r", "iso-8859-1", "us-ascii", None])
def test_utf8_is_recognised_whatever_was_declared(declared: str | None) -> None:
    assert mail_text(RUSSIAN.encode(), declared) == (RUSSIAN, None)


@given(
    raw=st.binary(max_size=200),
    declared=st.sampled_from([None, "utf-8", "gb2312", "utf-16", "cp1251", "x"]),
)
def test_nothing_becomes_a_replacement_in_silence(raw: bytes, declared: str | None) -> None:
    shown, note = mail_text(raw, declared)
    assert (
        note is not None
        or "\ufffd" not in shown
        or "\ufffd".encode() in raw
        or declared == "utf-16"
    )


@pytest.mark.parametrize("codec", ["cp1251", "koi8-r", "utf-8"])
def test_raw_headers_are_read_from_bytes(codec: str) -> None:
    head = f"From: Анна Петрова <anna@client.example>\nSubject: {RUSSIAN}\n\nДобрый день, хочу окно"
    mail = raw_mail.read(head.encode(codec))
    seen = inquiry(mail)
    assert (seen["subject"], seen["contact"]["name"]) == (RUSSIAN, "Анна Петрова")
    assert seen["text"] == "Добрый день, хочу окно"
    assert seen.get("fields", {}) == ({} if codec == "utf-8" else {
        "charset": {"cp1251": "windows-1251, guessed", "koi8-r": "koi8-r, guessed"}[codec]})  # fmt: skip


def test_raw_headers_take_the_charset_of_the_words() -> None:
    head = "From: Ян <a@client.example>\nSubject: Щит\nContent-Type: text/plain; charset=koi8-r\n\nпривет"
    mail = raw_mail.read(head.encode("koi8-r"))
    assert dict(mail.headers)["Subject"] == "Щит"
    assert mail.notes == ()


@pytest.mark.parametrize("name", ["cp-1251", "koi8r", "windows1251", "x-mac-cyrillic"])
def test_a_hook_may_declare_any_alias(name: str) -> None:
    body = '{"name": "Анна", "phone": "89160102053"}'.encode(codec_of(name) or "")
    request = RawRequest(
        headers=(("content-type", f"application/json; charset={name}"),), body=body
    )
    assert only(parse("generic-json", request))["contact"]["name"] == "Анна"


INVISIBLE = [" \n\t ", "\u200b", "\ufeff\u200b\u200c\u200d", "\u00ad\u2060", "\u034f\u2007", "\u3164", "\u2800", "\u180e", "\x00\x01", "\ufffc"]  # fmt: skip


@pytest.mark.parametrize("plain", INVISIBLE)
def test_an_invisible_plain_part_is_empty(plain: str) -> None:
    assert text(letter(plain, html="<p>Хочу <b>окно</b></p>")) == "Хочу окно"
    assert text(letter("Хочу окно", stripped=plain)) == "Хочу окно"


@pytest.mark.parametrize("plain", [".", "да", "🙂", "\u200bда"])
def test_a_short_plain_part_is_not_empty(plain: str) -> None:
    assert text(letter(plain, html="<p>x</p>")) == plain


PARTS = (
    "--b\nContent-Type: text/plain; charset=utf-8\n\nХочу окно\n--b\nContent-Type: text/html\n\n<p>x</p>\n"
)  # fmt: skip
HEAD = 'From: a@client.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"\n\n'
MIME = {
    "bare line feeds": HEAD + PARTS + "--b--\n",
    "carriage returns": (HEAD + PARTS + "--b--\n").replace("\n", "\r\n"),
    "a preamble": HEAD + "This is a multi-part message in MIME format.\n\n" + PARTS + "--b--\n",
    "no final boundary": HEAD + PARTS,
    "an epilogue": HEAD + PARTS + "--b--\n\n-- \nсписок рассылки",
    "an empty first part": HEAD + "--b\nContent-Type: text/plain\n\n\n" + PARTS + "--b--",
    "mixed line ends": (HEAD + PARTS).replace("\n", "\r\n", 3) + "--b--",
    "spaces around the boundary": HEAD.replace('="b"', ' = "b" ') + PARTS + "--b--",
    "a folded content type": HEAD.replace("alternative; ", "alternative;\n\t") + PARTS + "--b--",
}  # fmt: skip


@pytest.mark.parametrize("whole", MIME.values(), ids=MIME.keys())
def test_multiparts_that_are_nearly_right(whole: str) -> None:
    assert text(raw_mail.read(whole.encode())) == "Хочу окно"


def test_words_around_a_picture_belong_together() -> None:
    picture = '--b\nContent-Type: image/png; name="=?utf-8?b?0L7QutC90L4ucG5n?="\n\nxx\n'
    whole = (
        HEAD.replace("alternative", "mixed") + PARTS.partition("--b\nContent-Type: text/html")[0]
    )
    mail = raw_mail.read((whole + picture + "--b\n\nМой телефон 8 916 010-20-53\n--b--").encode())
    assert text(mail) == "Хочу окно\nМой телефон 8 916 010-20-53"


def test_words_that_claim_to_be_base64() -> None:
    head = "From: a@client.example\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    assert text(raw_mail.read((head + "Хочу окно").encode())) == "Хочу окно"
    assert text(raw_mail.read((head + "Hello").encode())) == "Hello"


@pytest.mark.parametrize(("header", "shown"), {
    "=?utf-8?B?0J/RgNC40LI=?= =?utf-8?B?0LXRgg==?=": "Привет",
    "=?utf-8?B?0J/RgNC40LLQ?= =?utf-8?B?tdGC?=": "Привет",
    "=?koi8-r?Q?=F0=D2=C9=D7=C5=D4?=": "Привет",
    "=?windows-1251?q?=CF=F0=E8=E2=E5=F2=2C_=EC=E8=F0?=": "Привет, мир",
    "Re: =?cp-1251?B?z/Do4uXy?=": "Re: Привет",
    "Привет =?utf-8?q?=D0=BC=D0=B8=D1=80?=": "Привет мир",
    "=?utf-8?Q?a_b?=": "a b", "=?utf-8?x?a?=": "=?utf-8?x?a?=", "=?broken": "=?broken",
}.items())  # fmt: skip
def test_encoded_words(header: str, shown: str) -> None:
    assert dict(raw_mail.read(f"Subject: {header}\n\nx".encode()).headers)["Subject"] == shown
