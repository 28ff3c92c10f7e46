"""Search for a secret in a text, in whatever encoding it stands there.

Text and secret are decoded step by step and compared at each step, so that a secret is found in any
spelling that a reader could decode. A secret shorter than LEAST_CONTAINED is compared with whole
values only, because it would occur in many longer texts by chance.
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


def _unescaped(match: re.Match[str]) -> str:
    digits = match[1] or match[2] or match[3]
    if digits is None:
        return _SHORT_ESCAPES.get(match[4], match[4])
    number = int(digits, 16)
    return chr(number) if number <= 0x10FFFF else match[0]


def _quoted_printable(text: str) -> str:
    """Quoted-printable of a mail body, and of encoded words in its headers."""
    if not _QUOTED.search(text):
        return text
    lines = re.sub(r"=[ \t]*\r?\n", "", text)
    return _ENCODED_BYTES.sub(
        lambda match: bytes.fromhex(match[0].replace("=", "")).decode("utf-8", "replace"), lines
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
    """The text, then the text after each further decoding."""
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
    """Letter → the letter without its marks; computed at its first use."""

    # Letter by letter: to normalise a run of marks takes time that grows with its square.

    def __missing__(self, code: int) -> int | str:
        parts = unicodedata.normalize("NFKD", chr(code))
        letters = "".join(part for part in parts if not unicodedata.combining(part))
        plain = code if len(letters) > LONGEST_LIGATURE else letters
        if code <= BASIC_PLANE:  # the rest of Unicode is too large to be remembered
            self[code] = plain
        return plain


_plain_letters = _PlainLetters()


def _folded(text: str) -> str:
    """The text without case, spaces and marks, which names, addresses and forms alter."""
    if not text.isascii():
        text = text.casefold().translate(_plain_letters)
    return _compact(text.casefold()).replace("+", "").replace("_", "")


def _in_base64(secret: str) -> Iterator[str]:
    """What the base64 of a text with this secret contains, for each of the three alignments."""
    raw = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        spelling = base64.b64encode(b"\0" * before + raw).decode("ascii").rstrip("=")
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        core = spelling[first:last]
        yield core
        yield core.replace("+", "-").replace("/", "_")


@dataclass(frozen=True)
class SecretSet:
    """Secrets that nobody may be shown, with the spellings that are searched for."""

    whole: frozenset[str]
    plain: tuple[str, ...]
    letters: tuple[str, ...]
    base64_cores: tuple[str, ...]
    shortest: int

    def __bool__(self) -> bool:
        return bool(self.whole)

    def found_in(self, text: str) -> bool:
        """Whether the text holds a long secret in any spelling, or is a short one as a whole."""
        # Decoding never lengthens an ASCII text, so most values are too short to hold a secret.
        if not self.whole or (len(text) < self.shortest and text.isascii()):
            return False
        return any(self._stands_in(form) for form in decodings(text))

    def _stands_in(self, text: str) -> bool:
        words = text.strip()
        if words in self.whole or words.removeprefix("Bearer ") in self.whole:
            return True
        if any(secret in text for secret in self.plain):
            return True
        letters, dense = _folded(text), _compact(text)
        return any(secret in letters for secret in self.letters) or any(
            secret in dense for secret in self.base64_cores
        )


@lru_cache(maxsize=1024)
def _secret_set(secrets: tuple[str, ...]) -> SecretSet:
    forms = {form for secret in secrets for form in decodings(secret)}
    # A secret that looks encoded may decode to very few letters, which occur in any text.
    distinctive = {form for form in forms if len(_folded(form)) >= LEAST_CONTAINED}
    long = [form for form in {*distinctive, *secrets} if len(form) >= LEAST_CONTAINED]
    hex_forms = {form.encode("utf-8", "surrogatepass").hex() for form in long}
    cores = {core for secret in long for core in _in_base64(secret)}
    # The longest first: a secret that is part of a longer one must not be masked before it.
    plain = tuple(sorted(long, key=len, reverse=True))
    letters = tuple(
        form for form in {*map(_folded, long), *hex_forms} if len(form) >= LEAST_CONTAINED
    )
    base64_cores = tuple(core for core in cores if len(core) >= LEAST_CONTAINED)
    every = (*secrets, *plain, *letters, *base64_cores)
    return SecretSet(
        whole=frozenset(secrets),
        plain=plain,
        letters=letters,
        base64_cores=base64_cores,
        shortest=min(map(len, every), default=0),
    )


def secret_set(secrets: Iterable[str]) -> SecretSet:
    return _secret_set(tuple(sorted({secret for secret in secrets if secret})))
