"""Mischief against the readers of single values: names, labels, times, quotes, secrets."""

from services.intake.channels import signatures
from services.intake.channels.parsing import charsets
from services.intake.domain import (
    keys,
    labels,
    masking,
    names,
    quotes,
    redaction,
    secret_search,
    times,
)
from services.intake.domain.requests import Draft, RawRequest
from shared import text
from tests.attacks.reading.row import Hostile, Row, as_bytes, between, flood, numbered, rows

TEXTS: dict[str, Hostile] = {
    "one letter": flood("a"),
    "blanks": flood(" "),
    "line ends": flood("\n"),
    "carriage returns": flood("\r"),
    "blank lines of blanks": flood("   \n"),
    "marks out of order": between("a", "\u0315\u0300"),
    "marks against their order": lambda n: "a" + "\u0345" * (n // 4) + "\u0334" * (n // 4),
    "ligatures that grow": flood("\ufdfa"),
    "zero width": flood("\u200b\u200d\ufeff"),
    "lone surrogates": lambda n: "\ud800" * (n // 3),
    "nulls": flood("\0"),
    "digits": flood("9"),
    "pluses and digits": flood("+7 "),
    "brackets of numbers": flood("(9"),
    "dashes of numbers": flood("9-"),
    "numbers": numbered("+7921{} "),
    "half numbers": flood("8 (921) "),
    "addresses": numbered("a{}@b.example "),
    "addresses of other alphabets": numbered("я{0}@почта{0}.рф, "),
    "at signs": flood("@"),
    "quoted lines": flood("> a\n"),
    "quote signs": flood(">"),
    "announcements": flood("On 1 May 2020 at 10:10, A <a@b.c> wrote:\n"),
    "announcements and quotes": flood("On 1 May 2020, A wrote:\n> b\n"),
    "angles and at signs": flood("<" + "@" * 299 + "\n"),
    "angles": flood("<"),
    "angles in one line": between("x", "<a@b> "),
    "headers of other mails": flood("From: a\n"),
    "Outlook's headers": flood("From: a\nSent: b\nTo: c\n"),
    "rules": flood("_____\n"),
    "dashes": flood("-"),
    "dashes and words": flood("-- original "),
    "wrapped announcements": flood("On 1 May 2020\nA <a@b.c> wrote:\n"),
    "cookies": flood("cookie=a; "),
}
LABELS: dict[str, Hostile] = {
    **TEXTS,
    "suffixes": flood("_1"),
    "words that ask": flood("your "),
}
SECRET = 'k"%\\secret'
SECRETS = secret_search.secret_set([SECRET])
MASKED: dict[str, Hostile] = {
    "spelt secrets": flood("k%22%25%5Csecret"),
    "secrets spelt twice": flood("k%2522%2525%255Csecret"),
    "entities": flood("&amp;quot;"),
    "escapes": flood("\\u005c"),
    "quoted-printable": flood("=3D22"),
    "wrongly read letters": flood("Ã\u0083"),
    "secrets": flood("k"),
    "cookies": flood("cookie"),
    "cookies and blanks": flood("cookie     "),
    "quoted cookies": flood('cookie: "'),
    "pairs in cookies": between('cookie: "', "\\a"),
    "parts": flood('name="cookie'),
    "parts and lines": flood('name="cookie"\r\na'),
    "a part and lines": between('name="cookie"', "\r\na"),
    "names": flood("name="),
    "pairs": flood("a=b&"),
    "JSON": between('{"a":[', "{},", "{}]}"),
    "JSON without end": flood('{"a":'),
}
TREES: dict[str, Hostile] = {
    "many keys": lambda n: {f"k{number}": "a" for number in range(n // 12)},
    "many lists": lambda n: [[] for _ in range(n // 3)],
    "many cookies": lambda n: [{"cookie": "a=b"} for _ in range(n // 17)],
}


def _proof(header: str) -> dict[str, Hostile]:
    def made(unit: str) -> Hostile:
        return lambda n: RawRequest(
            headers=((header, "Basic " + unit * n),), body=unit.encode() * n
        )

    return {"letters": made("a"), "equals": made("="), "blanks": made(" ")}


WORDS: tuple[Row, ...] = (
    *rows(text.storable, TEXTS),
    *rows(text.storable_tree, TREES),
    *rows(names.person_name, TEXTS),
    *rows(names.full_name, TEXTS),
    *rows(labels.folded, LABELS),
    *rows(labels.meaning, LABELS),
    *rows(labels.is_cookie, LABELS, read=lambda text: labels.is_cookie("cookies x", text)),
    *rows(labels.without_cookies, TREES),
    *rows(quotes.unquoted, TEXTS),
    *rows(quotes.is_quoted, TEXTS),
    *rows(quotes.tidy, TEXTS, read=lambda text: quotes.tidy(text.split("\n"))),
    *rows(times.zone, TEXTS),
    *rows(times.zone_exists, TEXTS),
    *rows(times.whole, TEXTS),
    *rows(times.from_epoch, TEXTS),
    *rows(times.from_iso, TEXTS, read=lambda text: times.from_iso(text, time_zone="UTC")),
    *rows(times.from_mail, TEXTS, read=lambda text: times.from_mail(text, time_zone="UTC")),
    *rows(times.from_any, TEXTS, read=lambda text: times.from_any(text, time_zone="UTC")),
    *rows(keys.key_digest, {"letters": flood("a")}),
    *rows(keys.body_digest, {"letters": as_bytes(flood("a"))}),
    *rows(SECRETS.found_in, MASKED, name="secret_search.found_in"),
    *rows(secret_search.decodings, MASKED, read=lambda text: list(secret_search.decodings(text))),
    *rows(masking.masked_text, MASKED, read=lambda text: masking.masked_text(text, SECRETS)),
    *rows(masking.masked_tree, MASKED, read=lambda text: masking.masked_tree([text], SECRETS)),
    *rows(
        masking.masked_tree,
        {"labels": lambda n: {f"label{number}": SECRET for number in range(n // 20)}},
        read=lambda tree: masking.masked_tree(tree, SECRETS),
    ),
    *rows(
        masking.masked_query,
        {"pairs": lambda n: [(SECRET, "b")] * (n // 12)},
        read=lambda pairs: masking.masked_query(pairs, SECRETS),
    ),
    *rows(
        masking.masked_headers,
        {"headers": lambda n: [("a", "b")] * (n // 4)},
        read=lambda headers: masking.masked_headers(headers, SECRETS),
    ),
    *rows(
        redaction.redact_draft,
        {
            "text": lambda n: Draft(channel="form", text=SECRET * (n // len(SECRET))),
            "fields": lambda n: Draft(
                channel="form", fields={f"f{number}": SECRET for number in range(n // 20)}
            ),
        },
        read=lambda draft: redaction.redact_draft(draft, SECRETS),
    ),
    *rows(charsets.codec_of, TEXTS),
    *rows(charsets.guessed, {"letters": as_bytes(flood("я")), "wide": as_bytes(flood("é"))}),
    *rows(
        charsets.mail_text,
        {
            "of one byte": lambda n: b"\xd4" * n,
            "damaged": lambda n: "я".encode() * (n // 2) + b"\xd4",
            "wide": as_bytes(flood("я")),
        },
        read=lambda raw: charsets.mail_text(raw, None),
    ),
    *rows(charsets.declared, {**TEXTS, "charsets": flood("charset = ")}),
    *rows(
        charsets.text_of,
        {name: as_bytes(flood(unit)) for name, unit in {"letters": "a", "wide": "я"}.items()},
        read=lambda body: charsets.text_of(body, "text/plain; charset=utf-16"),
    ),
    *rows(
        charsets.decoded,
        {"wide": as_bytes(flood("я"))},
        read=lambda body: charsets.decoded(body, "cp1251"),
    ),
    *rows(
        signatures.url_spellings,
        {**TEXTS, "codes": flood("%27"), "half codes": flood("%"), "pairs": flood("a=%40&")},
        read=lambda text: list(signatures.url_spellings("https://a.example/?" + text)),
    ),
    *rows(signatures.same, TEXTS, read=lambda text: signatures.same(text, text)),
    *rows(
        signatures.require_hmac_hex,
        _proof("x"),
        read=lambda request: signatures.require_hmac_hex(request, header="x", key=b"k"),
    ),
    *rows(
        signatures.require_hmac_base64,
        _proof("x"),
        read=lambda request: signatures.require_hmac_base64(request, header="x", key=b"k"),
    ),
    *rows(
        signatures.require_basic,
        _proof("authorization"),
        read=lambda request: signatures.require_basic(request, username=b"u", password=b"p"),
    ),
)
