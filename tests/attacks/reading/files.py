"""Mischief against the finders of files in mails, and against whole raw mails."""

from services.intake.channels.email import smtp
from services.intake.channels.parsing import files, mail_parts, raw_mails
from services.intake.channels.parsing.files import File
from services.intake.domain.requests import RawRequest
from shared.ids import new_id
from tests.attacks.reading.mails import MIME
from tests.attacks.reading.row import Hostile, Row, between, every, flood, rows
from tests.attacks.reading.words import TEXTS

_HEAD = "Content-Type: multipart/mixed; boundary=b\n\n"
STRUCTURES: dict[str, Hostile] = {
    **{f"MIME, {name}": hostile for name, hostile in MIME.items()},
    "boundaries": between(_HEAD, "--b\n"),
    "almost boundaries": between(_HEAD, "--b-\n"),
    "boundaries in a line": between(_HEAD, "--b "),
    "the same multipart again": flood("--b\n" + _HEAD),
    "multiparts in multiparts": lambda n: "".join(
        f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(n // 60)
    ),
    "names in pieces": between("Content-Type: image/png;", " name*0*=a%ff; name*1=b;", "\n\na"),
    "names of one header": lambda n: "".join(
        f'{_HEAD}--b\nContent-Disposition: attachment; filename="{"=?utf-8?q?x?= " * 100}"\n\n'
        for _ in range(n // 1_600)
    ),
    "parameters": between("Content-Type: image/png;", "a=b;", "\n\na"),
    "quoted-printable": between(
        "Content-Type: image/png\nContent-Transfer-Encoding: quoted-printable\n\n", "=\n"
    ),
    "base64": between("Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n", "=A"),
    "folded ids": between("Message-ID:\n ", "\n ", "a"),
    "ids": flood("Message-ID: <a\n"),
}


def _bytes(hostile: Hostile) -> Hostile:
    return lambda size: hostile(size).encode("utf-8", "surrogatepass")


def _mail(hostile: Hostile) -> Hostile:
    return lambda size: RawRequest(body=_bytes(hostile)(size))


_RAW = {name: _bytes(hostile) for name, hostile in STRUCTURES.items()}
_TEXTS = {name: _bytes(text) for name, text in TEXTS.items()}
RAW_MAILS = {name: _mail(hostile) for name, hostile in STRUCTURES.items()}
_ID = new_id()


def _decoded(mail: bytes) -> None:
    for part in mail_parts.parts(mail):
        mail_parts.content(mail, part)


def _described(items: list[File]) -> None:
    files.attachments(items, _ID, 0)


FILES: tuple[Row, ...] = (
    *rows(mail_parts.parts, _RAW),
    *rows(mail_parts.files, _RAW),
    *rows(mail_parts.words_only, _RAW),
    *rows(mail_parts.content, _RAW, read=_decoded),
    *rows(raw_mails.message_id, _RAW),
    *rows(raw_mails.delivery_key, every(8, RAW_MAILS)),
    *rows(smtp.external_id, every(8, RAW_MAILS)),
    *rows(files.label, TEXTS),
    *rows(
        files.sniffed,
        {
            **{name: _bytes(text) for name, text in TEXTS.items()},
            "tags": lambda n: b"< " * (n // 2),
        },
        read=lambda content: files.sniffed(content, content.decode("utf-8", "replace")),
    ),
    *rows(
        files.base64_file,
        {"equals": flood("=A"), "text": flood("QUJD")},
        read=lambda text: _described([files.base64_file("a", "b/c", text)]),
    ),
    *rows(
        files.attachments,
        {"many": lambda n: [File("a" * 99, "b/c", lambda: b"a")] * (n // 99)},
        read=_described,
    ),
)
