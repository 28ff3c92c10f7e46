"""Finding a secret in a text, however it is spelt there.

Text and secret are decoded step by step and compared at each step, so that what any reader could
decode is found. A secret shorter than LEAST_CONTAINED is looked for as a whole value only: inside
longer texts it would be found everywhere.
"""

import base64
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, unquote_plus

LEAST_CONTAINED: Final = 6  # characters; shorter secrets are hidden where they are the whole value
ROUNDS: Final = 4  # so many encodings may lie one around the other
LONGEST_LIGATURE: Final = 4  # letters of one sign; whole phrases behind one sign stay that sign
BASIC_PLANE: Final = 0xFFFF

_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_QUOTED = re.compile(r"=(?:[0-9A-Fa-f]{2}|[ \t]*\r?\n)")
_ESCAPED = re.compile(
    r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL
)
_SHORT_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}
_ENCODED_BYTES = re.compile(r"(?:=[0-9A-Fa-f]{2})+")


def _percent(text: str) -> str:
    return unquote(text) if _PERCENT.search(text) else text


def _entities(text: str) -> str:
    return html.unescape(text) if "&" in text else text


def _escapes(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPED.sub(_unescaped, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits is None:
        return _SHORT_ESCAPES.get(found[4], found[4])
    number = int(digits, 16)
    return chr(number) if number <= 0x10FFFF else found[0]


def _quoted_printable(text: str) -> str:
    """Quoted-printable of a mail body, and of encoded words in its headers."""
    if not _QUOTED.search(text):
        return text
    joined = re.sub(r"=[ \t]*\r?\n", "", text)
    return _ENCODED_BYTES.sub(
        lambda found: bytes.fromhex(found[0].replace("=", "")).decode("utf-8", "replace"), joined
    )


def _mended(text: str) -> str:
    """UTF-8 that was read as Latin-1, as header values are."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


_DECODERS: Final[tuple[Callable[[str], str], ...]] = (
    _mended,
    _percent,
    _entities,
    _escapes,
    _quoted_printable,
)


def decodings(text: str) -> Iterator[str]:
    """The text, and what it becomes with one encoding after another taken off."""
    yield text
    for _ in range(ROUNDS):
        before = text
        if "+" in text and _PERCENT.search(text):
            yield unquote_plus(text)
        for decode in _DECODERS:
            plain = decode(text)
            if plain != text:
                text = plain
                yield text
        if text == before:
            return


def _compact(text: str) -> str:
    return "".join(text.split())


class _PlainLetters(dict[int, int | str]):
    """A letter as it stands without its marks, worked out when it is first met.

    Letter by letter, because putting a run of marks in order takes time that grows with its square.
    """

    def __missing__(self, code: int) -> int | str:
        parts = unicodedata.normalize("NFKD", chr(code))
        letters = "".join(part for part in parts if not unicodedata.combining(part))
        plain = code if len(letters) > LONGEST_LIGATURE else letters
        if code <= BASIC_PLANE:  # the rest of Unicode is too large to be remembered
            self[code] = plain
        return plain


_plain_letters = _PlainLetters()


def _folded(text: str) -> str:
    """As names, addresses and forms alter what they are given: case, spaces, composed letters."""
    if not text.isascii():
        text = text.casefold().translate(_plain_letters)
    return _compact(text.casefold()).replace("+", "").replace("_", "")


def _in_base64(secret: str) -> Iterator[str]:
    """What base64 of any text around the secret must contain, at each of the three alignments."""
    raw = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).decode("ascii").rstrip("=")
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        core = encoded[first:last]
        yield core
        yield core.replace("+", "-").replace("/", "_")


@dataclass(frozen=True)
class Withheld:
    """Secrets that nobody may be shown; made once for each set of them."""

    whole: frozenset[str]
    plain: tuple[str, ...]
    folded: tuple[str, ...]
    encoded: tuple[str, ...]
    shortest: int

    def __bool__(self) -> bool:
        return bool(self.whole)

    def found_in(self, text: str) -> bool:
        """Whether the text holds a secret in any spelling, or a short one is all it says."""
        # Decoding makes an ASCII text no longer: most values are too short to hold anything.
        if not self.whole or (len(text) < self.shortest and text.isascii()):
            return False
        return any(self._stands_in(form) for form in decodings(text))

    def _stands_in(self, text: str) -> bool:
        stripped = text.strip()
        if stripped in self.whole or stripped.removeprefix("Bearer ") in self.whole:
            return True
        if any(secret in text for secret in self.plain):
            return True
        folded, compact = _folded(text), _compact(text)
        return any(secret in folded for secret in self.folded) or any(
            secret in compact for secret in self.encoded
        )


@lru_cache(maxsize=1024)
def _withheld(secrets: tuple[str, ...]) -> Withheld:
    decoded = {form for secret in secrets for form in decodings(secret)}
    # What little is left of a secret that looks encoded itself would be found in any text.
    telling = {form for form in decoded if len(_folded(form)) >= LEAST_CONTAINED}
    long = [form for form in {*telling, *secrets} if len(form) >= LEAST_CONTAINED]
    hexed = {form.encode("utf-8", "surrogatepass").hex() for form in long}
    cores = {core for secret in long for core in _in_base64(secret)}
    # The longest first, so that none hides in another's remains.
    plain = tuple(sorted(long, key=len, reverse=True))
    folded = tuple(form for form in {*map(_folded, long), *hexed} if len(form) >= LEAST_CONTAINED)
    encoded = tuple(core for core in cores if len(core) >= LEAST_CONTAINED)
    every = (*secrets, *plain, *folded, *encoded)
    return Withheld(
        whole=frozenset(secrets),
        plain=plain,
        folded=folded,
        encoded=encoded,
        shortest=min(map(len, every), default=0),
    )


def withheld(secrets: Iterable[str]) -> Withheld:
    return _withheld(tuple(sorted({secret for secret in secrets if secret})))
