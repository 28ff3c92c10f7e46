"""Mischief against the readers of mails as they came: HTML, MIME, headers."""

from services.intake.channels.parsing import html_text, mail_headers, raw_mail
from tests.attacks.reading.row import Hostile, Row, between, flood, numbered, rows
from tests.attacks.reading.words import TEXTS

MARKUP: dict[str, Hostile] = {
    "lists in lists": flood("<ul><li>"),
    "blocks in blocks": flood("<div>"),
    "blocks closed": lambda n: "<div>" * (n // 11) + "a" + "</div>" * (n // 11),
    "fonts": flood("<font color=red>"),
    "different fonts": numbered("<font c={}>"),
    "tables in tables": flood("<table><tr><td>"),
    "quotes in quotes": flood("<blockquote>a"),
    "quotes beside quotes": flood("<blockquote>a</blockquote>"),
    "quotes that do not begin": flood("</blockquote>"),
    "quotes of another kind": flood('<div class="gmail_quote"><blockquote></div>'),
    "forms": flood("<form><i></form>"),
    "misnested": flood("<b><p></b>"),
    "links": flood("<a><b></a>"),
    "bodies": numbered("<body c{}=b>"),
    "many attributes": numbered("c{}=b ", before="<a ", after=">"),
    "one attribute": between("<a ", "b=c ", ">"),
    "quoted attributes": flood("<a b=c d='e'>"),
    "a quote in each tag": flood('<a ">'),
    "both quotes in each tag": flood("<a b=\"'>"),
    "tags in quotes": flood('<a "<b>" '),
    "unclosed tags": flood("<a "),
    "unclosed tags with quotes": flood('<a "'),
    "unclosed tags with equals": flood("<a ="),
    "unclosed ends": flood("</a "),
    "ends": flood("</a>"),
    "ends without a name": flood("</"),
    "blanks in tags": flood("<a " + " " * 97),
    "unclosed comments": flood("<!--"),
    "comments": flood("<!---->"),
    "odd comments": flood("<!-->--!>"),
    "almost comments": flood("<!-"),
    "declarations": flood("<!a"),
    "character data": flood("<![CDATA["),
    "instructions": flood("<?"),
    "scripts": flood("<script>"),
    "closed scripts": flood("<script></script>"),
    "almost closed scripts": between("<script>", "</scrip"),
    "closed scripts without end": between("<script>", "</script "),
    "styles": flood("<style>a"),
    "titles": flood("<title>"),
    "templates": flood("<template>"),
    "drawings": flood("<svg><desc>"),
    "choices": flood("<select><option>"),
    "a long name": between("<", "a"),
    "long names": flood("<" + "a" * 99),
    "colons": flood("<a:b>"),
    "entities": flood("&amp;"),
    "entities without end": flood("&a"),
    "entities in entities": between("", "&amp", ";" * 9),
    "long entities": flood("&" + "a" * 32),
    "numbers as entities": flood("&#65;"),
    "one number as entity": between("&#", "9", ";"),
    "hexadecimal entities": between("&#x", "f", ";"),
    "long numbers as entities": flood("&#" + "9" * 4000 + ";"),
    "breaks": flood("<br>"),
    "rows": flood("<tr><td>a"),
    "paragraphs": flood("<p>a"),
}


def words(unit: str) -> Hostile:
    return between("Subject: ", unit, "\n\na")


def nested_parts(depth: int) -> Hostile:
    """Multiparts in multiparts, then lines that are compared with each open boundary."""

    def made(size: int) -> str:
        heads = "".join(
            f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"
            for level in range(depth)
        )
        lines: str = flood("\n--b")(size)
        return heads + lines

    return made


_HEAD = "MIME-Version: 1.0\nContent-Type: "
_MIXED = _HEAD + "multipart/mixed; boundary=b\n\n"
_FOLDED = "Content-Type:\n multipart/mixed; boundary="
MIME: dict[str, Hostile] = {
    **{f"text, {name}": between("Subject: a\n\n", hostile(100)) for name, hostile in TEXTS.items()},
    "an encoded word without end": words("=?a?q?x"),
    "encoded words": words("=?utf-8?q?x?= "),
    "encoded words of base64": words("=?utf-8?b?0Y8=?="),
    "questions": words("=?"),
    "encoded words in many headers": lambda n: (
        "".join(f"X-{i}: {'=?a?q?x' * 140}\n" for i in range(n // 990)) + "\na"
    ),
    "encoded words in one header again": lambda n: (
        ("Subject: " + "=?a?q?x" * 140 + "\n") * (n // 990) + "\na"
    ),
    "long headers": lambda n: f"Subject: {'a' * n}\nFrom: {'b' * n}\n\na",
    "folded": between("Subject: a\n", " a\n", "\na"),
    "many headers": numbered("X-{}: a\n", after="\na"),
    "headers without names": flood(": a\n"),
    "references": between("References: ", "<a@b> ", "\n\na"),
    "no headers": flood("a"),
    "colons": flood(":"),
    "lines of From": flood("From \n"),
    "semicolons": between(_HEAD + "text/plain", ";", "\n\na"),
    "quotes": between(_HEAD + 'text/plain; charset="', '\\"', "\n\na"),
    "quotes and semicolons": between(_HEAD + "text/plain", ';a="', "\n\na"),
    "parameters": numbered(";a{}=b", before=_HEAD + "text/plain", after="\n\na"),
    "parameters in pieces": numbered(";n*{}*=a", before=_HEAD + "text/plain", after="\n\na"),
    "pieces of one charset": numbered(";charset*{}=a", before=_HEAD + "text/plain", after="\n\na"),
    "a disposition": between("Content-Disposition: attachment", ";", "\n\na"),
    "an encoding": between("Content-Transfer-Encoding: ", "base64 ", "\n\na"),
    "a boundary": between(_HEAD + "multipart/mixed; boundary=", "b", "\n\n--b\n"),
    "ninety multiparts": nested_parts(90),
    "multiparts without end": numbered(
        "Content-Type: multipart/mixed; boundary=b{0}\n\n--b{0}\n", before="MIME-Version: 1.0\n"
    ),
    "folded multiparts": numbered(_FOLDED + "b{0}\n\n--b{0}\n"),
    "mails in mails": flood("Content-Type: message/rfc822\n\n"),
    "mails in a mail": between(_MIXED, "--b\nContent-Type: message/rfc822\n\nA: b\n\nc\n"),
    "delivery states": between(_HEAD + "message/delivery-status\n\n", "a: b\n\n"),
    "parts": between(_MIXED, "--b\n\na\n", "--b--"),
    "digests": between(_HEAD + "multipart/digest; boundary=b\n\n", "--b\n\na: b\n\nc\n", "--b--"),
    "empty parts": between(_MIXED, "--b\n", "--b--"),
    "ends": between(_MIXED, "--b--\n"),
    "almost boundaries": between(_MIXED + "--b\n\n", "--bc\n"),
    "before the first": between(_MIXED, "\n", "--b\n\na"),
    "after the last": between(_MIXED + "--b\n\na\n--b--", "\n"),
    "base64": between("Content-Transfer-Encoding: base64\n\n", "YWFh\n"),
    "broken base64": between("Content-Transfer-Encoding: base64\n\n", "=Y=a\n"),
    "quoted-printable": between("Content-Transfer-Encoding: quoted-printable\n\n", "=41"),
    "soft breaks": between("Content-Transfer-Encoding: quoted-printable\n\n", "=\n"),
    "blanks before line ends": between(
        "Content-Transfer-Encoding: quoted-printable\n\n", " ", "\n"
    ),
    "uuencoded": between("Content-Transfer-Encoding: uuencode\n\nbegin 644 a\n", "#86)C\n", "end"),
    "slow charsets": between(_HEAD + "text/plain; charset=utf-7\n\n", "+AGE-"),
    "charset idna": between(_HEAD + "text/plain; charset=idna\n\n", "xn--a."),
    "charset punycode": between(_HEAD + "text/plain; charset=punycode\n\n-", "a"),
    "charset idna punycode": between(_HEAD + "text/plain; charset=idna\n\nxn---", "a"),
    "escapes as charset": between(_HEAD + "text/plain; charset=unicode_escape\n\n", "\\x41"),
    "HTML": between(_HEAD + "text/html\n\n", "<div>"),
}
FROM: dict[str, Hostile] = {
    **TEXTS,
    "comments": flood("("),
    "comments in comments": lambda n: "(" * (n // 2) + ")" * (n // 2) + "a@b.example",
    "comments with pairs": between("", "(\\(", "a@b.example"),
    "closed comments": between("", "()", "a@b.example"),
    "quotes": between("", '"', "<a@b.example>"),
    "quoted pairs": between('"', "\\a", '" <a@b.example>'),
    "groups": flood("a:b;"),
    "routes": between("<", "@a,", ":a@b.example>"),
    "domain literals": between("a@", "[", "]"),
    "commas": flood(","),
    "angles closed": flood("<>"),
}
MAILS: tuple[Row, ...] = (
    *rows(html_text.html_text, {**TEXTS, **MARKUP}),
    *rows(raw_mail.read, MIME),
    *rows(
        mail_headers.first_headers,
        {
            "one name": lambda n: [("a", "b")] * (n // 4),
            "names": lambda n: [(str(number), "b") for number in range(n // 8)],
        },
    ),
)
