"""Bytes to text, by what was declared; only the text of mails is guessed.

Invariant: nothing becomes U+FFFD in silence. A body that cannot be decoded is bad_encoding, a mail
that was guessed or is damaged carries a note.
"""

import codecs
import re
from itertools import pairwise
from typing import Final, NamedTuple

from services.intake.domain.requests import ChannelError
from services.intake.domain.states import QuarantineReason

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{2,30})", re.IGNORECASE)
# Names without case and punctuation that Python does not know, or takes too literally.
_ALIASES: Final = {
    **dict.fromkeys(("usascii", "ascii", "ansix34", "ansix341968", "ansix341986", "iso646us",
                     "us", "646", "cp367"), "ascii"),
    **dict.fromkeys(("utf8", "utf8mb4", "unicode11utf8", "unicode20utf8", "unicode", "xutf8",
                     "cp65001"), "utf-8"),
    **dict.fromkeys(("windows1251", "cp1251", "xcp1251", "win1251", "1251", "ansi1251", "mscyrl",
                     "windowscyrillic", "xwindows1251", "microsoftcp1251"), "cp1251"),
    **dict.fromkeys(("koi8r", "koi8", "koi", "xkoi8r", "cskoi8r", "cp20866"), "koi8-r"),
    **dict.fromkeys(("koi8u", "koi8ru", "xkoi8u", "cp21866"), "koi8-u"),
    **dict.fromkeys(("xmaccyrillic", "maccyrillic", "xmacukrainian", "macukrainian", "cp10007"),
                    "mac-cyrillic"),
    **dict.fromkeys(("cp866", "ibm866", "866", "csibm866", "xcp866", "dos866"), "cp866"),
    **dict.fromkeys(("iso88591", "latin1", "l1", "iso88591windows30latin1"), "latin-1"),
    **dict.fromkeys(("windows1252", "cp1252", "xcp1252", "ansi", "xansi", "win1252"), "cp1252"),
    **dict.fromkeys(("gb2312", "gb231280", "gbk", "xgbk", "gb18030", "euccn", "xeuccn", "cp936",
                     "windows936"), "gb18030"),
    **dict.fromkeys(("big5", "xbig5", "cnbig5", "big5hkscs", "cp950", "windows950"), "big5hkscs"),
    **dict.fromkeys(("shiftjis", "sjis", "xsjis", "mskanji", "windows31j", "cp932", "xmscp932"),
                    "cp932"),
    **dict.fromkeys(("eucjp", "xeucjp", "ujis"), "euc-jp"),
    **dict.fromkeys(("euckr", "ksc5601", "ksc56011987", "ksc56011989", "cp949", "uhc",
                     "windows949", "korean"), "cp949"),
    **dict.fromkeys(("tis620", "windows874", "cp874", "iso885911"), "cp874"),
    **dict.fromkeys(("utf16", "ucs2", "iso10646ucs2"), "utf-16"),
    "utf16le": "utf-16-le",
    "utf16be": "utf-16-be",
    "unicode11utf7": "utf-7",
}  # fmt: skip
_BY_NUMBER = re.compile(r"(?:x)?(?:(iso8859)|windows|cp|win)(\d{1,4})e?i?")
# Codecs of Python that are no charset of mails; those of domain names take quadratic time.
_NO_CHARSETS: Final = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Their bytes are never by chance UTF-8 that makes sense; two bytes of the others may be.
_WIDE: Final = frozenset(
    {"gb18030", "big5hkscs", "cp932", "euc-jp", "cp949", "utf-16", "utf-16-le", "utf-16-be",
     "iso2022-jp", "iso2022-kr", "hz", "utf-7"}
)  # fmt: skip
_WESTERN: Final = frozenset({"ascii", "latin-1", "cp1252"})
_WORDED: Final = frozenset({"latin-1", "cp1252"})  # what senders declare who know of no other
_CYRILLIC = re.compile(
    rb"[\xa3\xb3\xa8\xb8\xc0-\xff]{3}"
)  # letters that stand together in no western word
# Letters of Russian in a thousand; what is not here is rare.
_FREQUENT: Final = dict(
    zip(
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґ",
        (110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 16, 16, 14,
         12, 10, 9, 7, 6, 5, 4, 3, 3, 1, 1, 40, 6, 5, 1),
        strict=True,
    )
)  # fmt: skip
_SAMPLE = 4_000  # letters by which a charset is guessed
_BROKEN_CASE = 60  # how much a capital after a small letter counts against a reading
_RARE = 15


class MailText(NamedTuple):
    """`note` names the charset when it was not the declared one, or when letters are lost."""

    text: str
    note: str | None = None


def codec_of(charset: str) -> str | None:
    """The Python codec that a charset's name means, under any alias; None for none that we know."""
    plain = "".join(sign for sign in charset[:40].lower() if sign.isascii() and sign.isalnum())
    if plain in _ALIASES:
        return _ALIASES[plain]
    if numbered := _BY_NUMBER.fullmatch(plain):
        return _python_codec(("iso8859-" if numbered[1] else "cp") + numbered[2])
    return _python_codec(charset[:40].strip().strip("\"'"))


def _python_codec(name: str) -> str | None:
    try:
        codec = codecs.lookup(name).name.replace("_", "-")
        b"aa".decode(codec, "replace")
    except (LookupError, ValueError):  # no codec, or none that makes text
        return None
    return None if codec in _NO_CHARSETS else codec


def declared(content_type: str) -> str:
    """The Python codec that a content type names; UTF-8 when it names none that we honour."""
    match = _CHARSET.search(content_type)
    codec = codec_of(match.group(1)) if match else None
    return "utf-8" if codec in {None, "ascii", "utf-7"} else str(codec)


def text_of(body: bytes, content_type: str) -> str:
    """The body as text. Raises ChannelError(bad_encoding)."""
    codec = next((name for mark, name in _MARKS if body.startswith(mark)), declared(content_type))
    return decoded(body, codec)


def decoded(raw: bytes, codec: str) -> str:
    try:
        return raw.decode(codec)
    except UnicodeError:
        raise ChannelError(QuarantineReason.BAD_ENCODING) from None


def mail_text(raw: bytes, charset: str | None) -> MailText:
    """The words of a mail or of one of its headers; never fails.

    Valid UTF-8 beats any charset of one byte a letter, because letters of these do not make it.
    """
    codec = codec_of(charset) if charset else None
    mark = next((name for mark, name in _MARKS if raw.startswith(mark)), None)
    for name in (mark, codec if codec in _WIDE else None, "utf-8", codec):
        text = _strictly(raw, name) if name and name not in _WESTERN else None
        if text is not None:
            return MailText(text)
    if _is_damaged_utf8(raw, codec):
        return MailText(raw.decode("utf-8", "replace"), "utf-8, damaged")
    if codec not in {*_WESTERN, None, "utf-8"}:
        return MailText(raw.decode(codec or "utf-8", "replace"), f"{charset}, damaged")
    guess = "cp1252" if codec in _WORDED and not _CYRILLIC.search(raw) else guessed(raw)
    text = _strictly(raw, guess) or raw.decode("latin-1")
    western_as_declared = guess == "cp1252" and codec in _WORDED
    return MailText(text, None if western_as_declared else f"{_SHOWN[guess]}, guessed")


_SHOWN: Final = {"cp1251": "windows-1251", "koi8-r": "koi8-r", "cp1252": "windows-1252"}


def guessed(raw: bytes) -> str:
    """Which of windows-1251, koi8-r and windows-1252 these bytes are in, by their letters."""
    sample = raw[:_SAMPLE]
    western = sample.decode("cp1252", "replace")
    high = sum(byte >= 0xC0 for byte in sample)
    plain = sum(sign.isascii() and sign.isalpha() for sign in western)
    if high * 2 <= plain and _mixed(western) * 2 > high:
        return "cp1252"
    return max(("cp1251", "koi8-r"), key=lambda codec: _likeness(sample.decode(codec, "replace")))


def _mixed(text: str) -> int:
    """How many letters beyond ASCII stand beside one of ASCII."""
    pairs = pairwise(text)
    return sum(
        one.isalpha() and two.isalpha() and one.isascii() != two.isascii() for one, two in pairs
    )


def _likeness(text: str) -> int:
    """How much a text looks like Russian: frequent letters, no capitals inside of words."""
    score = 0
    before = " "
    for sign in text:
        if not sign.isascii():
            score += _FREQUENT.get(sign.lower(), -_RARE)
            if sign.isupper() and before.islower():
                score -= _BROKEN_CASE
        before = sign
    return score


def _strictly(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except (UnicodeError, LookupError):
        return None


def _is_damaged_utf8(raw: bytes, codec: str | None) -> bool:
    """Whether these bytes are UTF-8 but for a few: a mail that was cut inside of a letter."""
    if codec not in {None, "utf-8", "ascii"}:
        return False
    text = raw.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    return lost * 8 < sum(not sign.isascii() for sign in text)
