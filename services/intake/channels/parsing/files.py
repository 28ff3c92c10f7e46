"""Files that come with an inquiry: described for it, decoded when somebody asks for one.

Invariant: a name is a label, and what a file is called never makes it executable anywhere.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from services.intake.domain.keys import attachment_id
from shared.contracts.inquiry import Attachment
from shared.text import storable

MAX_FILES = 50  # of one inquiry that are kept
MAX_FILE_BYTES = 25 * 1_048_576  # of one file
LONGEST_NAME = 200  # characters of a file's name
UNKNOWN_TYPE = "application/octet-stream"
TOO_LARGE, TOO_MANY, DANGEROUS, BROKEN = "too_large", "too_many", "dangerous_type", "broken"
_SNIFFED_BYTES = 1024
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,80}")
# Programs of Windows, Linux and macOS, Java's classes, shortcuts of Windows, scripts of Unix.
_PROGRAMS = (
    b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"L\x00\x00\x00\x01\x14\x02\x00", b"#!",
)  # fmt: skip
_PROGRAM_NAMES = frozenset({
    "app", "apk", "bat", "chm", "cmd", "com", "cpl", "dll", "exe", "hta", "inf", "ins", "jar",
    "jnlp", "js", "jse", "lnk", "mde", "msc", "msi", "msix", "msp", "mst", "pif", "ps1", "psm1",
    "py", "rb", "reg", "scf", "scr", "sct", "sh", "sys", "url", "vb", "vbe", "vbs", "wsc", "wsf",
    "wsh", "xbap", "xll",
})  # fmt: skip
_MARKUP = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|script|iframe|svg)\b", re.IGNORECASE)
_MARKUP_TYPES = ("html", "xml", "svg", "javascript", "ecmascript")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def _elsewhere() -> bytes:
    raise LookupError


@dataclass(frozen=True, slots=True)
class File:
    """A file as the sender labels it.

    `decode` gives its bytes; it raises ValueError for what is broken, and LookupError where the
    file is not here but with the provider, who may tell its `size` in bytes.
    """

    name: str | None
    media_type: str | None
    decode: Callable[[], bytes] = _elsewhere
    size: int | None = None


def base64_file(name: str | None, media_type: str | None, encoded: str | bytes) -> File:
    """A file in base64, as JSON webhooks and mails carry it; what is no base64 is passed over."""
    return File(name, media_type, lambda: base64.b64decode(encoded, validate=False))


def attachments(files: Iterable[File], submission_id: UUID, draft: int) -> tuple[Attachment, ...]:
    """The files of the n-th draft as its inquiry names them."""
    return tuple(_described(files, submission_id, draft))


def _described(files: Iterable[File], submission_id: UUID, draft: int) -> Iterator[Attachment]:
    for place, file in enumerate(files):
        if place >= MAX_FILES:
            yield Attachment(name=label(file.name), refused=TOO_MANY)
            return  # one that stands for all the rest
        try:
            content = file.decode()
        except LookupError:
            kind = sniffed(b"", file.media_type) if file.media_type else None
            yield Attachment(name=label(file.name), media_type=kind, size_bytes=file.size)
            continue
        except (ValueError, binascii.Error):
            yield Attachment(name=label(file.name), refused=BROKEN)
            continue
        refusal = _refusal(file, content)
        yield Attachment(
            attachment_id=None if refusal else attachment_id(submission_id, draft, place),
            name=label(file.name),
            media_type=sniffed(content, file.media_type),
            size_bytes=len(content),
            refused=refusal,
        )


def _refusal(file: File, content: bytes) -> str | None:
    if len(content) > MAX_FILE_BYTES:
        return TOO_LARGE
    ending = (label(file.name) or "").lower().rstrip(". ").rpartition(".")[2]
    is_program = content.startswith(_PROGRAMS) or ending in _PROGRAM_NAMES
    return DANGEROUS if is_program else None


def label(name: str | None) -> str | None:
    """The name without folders, invisible characters and overlength; the ending stays."""
    if not name:
        return None
    last = re.split(r"[/\\]", storable(name[-4000:]))[-1]
    words = " ".join(_UNPRINTABLE.sub("", last).split())
    if len(words) > LONGEST_NAME:
        stem, dot, ending = words.rpartition(".")
        tail = (dot + ending)[-20:] if stem else ""
        words = words[: LONGEST_NAME - len(tail)] + tail
    return words or None


def sniffed(content: bytes, media_type: str | None) -> str:
    """The type that the sender gives, unless it hides a page or a program."""
    kind = (media_type or "").partition(";")[0].strip().lower()
    kind = kind if _TYPE.fullmatch(kind) else UNKNOWN_TYPE
    if content.startswith(_PROGRAMS):
        return UNKNOWN_TYPE
    hides_markup = _MARKUP.search(content[:_SNIFFED_BYTES]) is not None
    if hides_markup and not any(word in kind for word in _MARKUP_TYPES):
        return "text/html"
    return kind
