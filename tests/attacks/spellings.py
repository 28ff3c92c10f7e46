"""Ways to write a secret so that a search for it as it stands finds nothing, and to read it."""

import base64
import html
import json
import quopri
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from email.header import Header
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus, unquote


def _each_letter(secret: str) -> str:
    return "".join(f"%{byte:02x}" for byte in secret.encode())


def _each_escaped(secret: str) -> str:
    units = secret.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "as it stands": str,
    "inside a longer text": lambda secret: f"the key is {secret}, I think",
    "percent": lambda secret: quote(secret, safe=""),
    "percent and plus": quote_plus,
    "percent, each letter": _each_letter,
    "percent twice": lambda secret: quote(_each_letter(secret), safe=""),
    "entities": html.escape,
    "entities, each letter": lambda secret: "".join(f"&#{ord(sign)};" for sign in secret),
    "entities in hex": lambda secret: "".join(f"&#x{ord(sign):x};" for sign in secret),
    "JSON": lambda secret: json.dumps({"deep": [secret]}),
    "JSON in JSON": lambda secret: json.dumps({"a": json.dumps({"b": secret})}),
    "JSON, each letter": _each_escaped,
    "basic": lambda secret: "Basic " + base64.b64encode(f"user:{secret}".encode()).decode(),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 for addresses": lambda secret: base64.urlsafe_b64encode(
        f"?x={secret}".encode()
    ).decode(),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "quoted-printable": lambda secret: quopri.encodestring(secret.encode()).decode(),
    "encoded word": lambda secret: Header(secret, "utf-8").encode(),
    "upper case": lambda secret: f"id-{secret.upper()}",
}
NASTY = (
    "S3CRET-KEY-1",
    "quo\"te and 'quote' here",
    "back\\slash\\u0041\\n1",
    "100% pure %41%42 +plus+ & amp; more",
    "a=b&c=d;e=%26amp%3B",
    "ключ с пробелами и ёлкой",
    "Ünïcödé ﬁ ① secret",
    "tab\tand\nnewline and  two spaces",
    "<b>&lt;tag&gt;</b>secret",
    "=3D=41quoted=printable",
    '{"json": ["secret"]}',
    "🔑🗝️ key of keys",
)


def leaves(value: Any) -> Iterator[str]:
    """Names and values as a reader would take them from the JSON, each undone further by itself."""
    if isinstance(value, dict):
        for label, item in value.items():
            yield label
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, str):
        yield value
        if value.lstrip()[:1] in {"{", "["}:
            with suppress(ValueError):
                yield from leaves(json.loads(value))
    else:
        yield str(value)


@lru_cache(maxsize=20_000)
def undone(text: str) -> frozenset[str]:
    """The text, and all that one or two decodings make of it: no code of the product's."""
    firsts = {*_once(text)}
    return frozenset({text}.union(firsts, *map(_once, firsts)))


def _once(text: str) -> Iterator[str]:
    yield unquote(text)
    yield unquote(text.replace("+", " "))
    yield html.unescape(text)
    yield quopri.decodestring(text.encode()).decode("utf-8", "replace")
    with suppress(ValueError):
        yield json.loads(f'"{text}"')
    for word in re.findall(r"[A-Za-z0-9+/_-]{8,}={0,2}", text):
        try:
            raw = base64.b64decode(word.replace("-", "+").replace("_", "/") + "==")
        except ValueError:
            continue
        yield raw.decode("utf-8", "replace")
    for word in re.findall(r"(?:[0-9a-f]{2}){8,}", text):
        yield bytes.fromhex(word).decode("utf-8", "replace")


def assert_nowhere(secret: str, documents: list[str]) -> None:
    for document in documents:
        for leaf in set(leaves(json.loads(document))):
            for text in undone(leaf):
                assert secret not in text, (leaf, document)
