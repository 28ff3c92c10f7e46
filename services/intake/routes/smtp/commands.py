"""The commands of SMTP, read from their lines."""

import re
from dataclasses import dataclass

LONGEST_LINE = 2_048  # bytes of a command
LONGEST_ADDRESS = 320  # characters
# A route before the address (<@a,@b:c@d>) is passed over, as RFC 5321 demands.
_PATH = re.compile(r"(?P<word>FROM|TO):[ ]?<(?:@[^:>]{1,500}:)?(?P<path>[^<>\s]*)>", re.IGNORECASE)
_QUOTED = re.compile(
    r'(?P<word>FROM|TO):[ ]?<(?P<path>"[^"\\\r\n]{1,64}"@[^<>\s]{1,255})>', re.IGNORECASE
)


class SyntaxRefusal(ValueError):  # noqa: N818  named after the answer that it becomes
    """The command cannot be read."""


@dataclass(frozen=True, slots=True)
class Command:
    """`verb` in capitals, `words` what follows it."""

    verb: str
    words: str


@dataclass(frozen=True, slots=True)
class Path:
    """The address of MAIL or RCPT, empty for nobody, and its parameters by their names."""

    address: str
    parameters: dict[str, str]


def command(line: bytes) -> Command:
    """Raises SyntaxRefusal. A lone CR or LF and control characters are in no command."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise SyntaxRefusal from None
    if not text.isprintable():
        raise SyntaxRefusal
    verb, _, words = text.strip().partition(" ")
    return Command(verb.upper(), words.strip())


def path(words: str, *, keyword: str) -> Path:
    """What MAIL (`FROM`) or RCPT (`TO`) names. Raises SyntaxRefusal."""
    match = _QUOTED.match(words) or _PATH.match(words)
    if match is None or match["word"].upper() != keyword or len(match["path"]) > LONGEST_ADDRESS:
        raise SyntaxRefusal
    parameters = {}
    for word in words[match.end() :].split():
        name, _, value = word.partition("=")
        parameters[name.upper()] = value
    return Path(match["path"], parameters)
