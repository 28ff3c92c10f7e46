"""How much an inquiry looks like spam: signs, each with its weight, made one score.

Invariant: more signs never score less, their order does not matter, and one weak sign alone stays
below SPAM_THRESHOLD.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from services.intake.domain.keys import contact_points, key_digest
from services.intake.domain.mail_services import PUBLIC_DOMAINS
from services.intake.domain.requests import Draft
from shared.contracts.inquiry import Spam

# The chance that an inquiry with this sign is spam, as if the signs were independent.
WEIGHTS: Final = {
    "blocked": 0.95,
    "honeypot": 0.9,
    "blocked_domain": 0.7,
    "blocked_word": 0.7,
    "many_links": 0.6,
    "markup": 0.6,
    "filled_too_fast": 0.5,
    "bot": 0.5,
    "repeated_text": 0.5,
    "links": 0.3,
}
REJECTED: Final = "rejected"  # the reason of an inquiry that a person has called spam

LINKS: Final = 2  # in one text; a customer's single link is no sign
MANY_LINKS: Final = 5
REPEATING_PEOPLE: Final = 2  # others who sent the same text within a day
SHORTEST_TEXT: Final = 40  # letters and spaces; shorter ones are what anybody would write
MAX_JUDGED_CHARACTERS: Final = 8_000  # of a text; what stands behind is not looked at

# Where customers link to as well: what they saw, where they can be written to, files of theirs.
_EVERYBODYS = frozenset(
    ["youtube.com", "youtu.be", "rutube.ru", "google.com", "google.ru", "goo.gl", "yandex.ru",
     "ya.ru", "vk.com", "vk.cc", "vk.ru", "ok.ru", "t.me", "telegram.me", "telegram.org",
     "wa.me", "whatsapp.com", "viber.com", "instagram.com", "facebook.com", "fb.com", "fb.me",
     "twitter.com", "x.com", "t.co", "linkedin.com", "pinterest.com", "tiktok.com", "dzen.ru",
     "avito.ru", "ozon.ru", "wildberries.ru", "wb.ru", "market.yandex.ru", "amazon.com",
     "ebay.com", "aliexpress.com", "wikipedia.org", "github.com", "dropbox.com", "icloud.com",
     "apple.com", "microsoft.com", "office.com", "sharepoint.com", "live.com", "wetransfer.com",
     "bit.ly", "clck.ru", "tinyurl.com", "2gis.ru", "hh.ru", "cian.ru", "drom.ru", "auto.ru"]
)  # fmt: skip
_MOST_LINKS = 20
_DEEPEST = 5  # levels of a domain that are compared
_LINK = re.compile(
    r"(?:https?://|\bwww\.)(?:[^\s/@?#]{1,64}@)?([^\s/?#:@<>\"'\[\]()]{1,253})", re.IGNORECASE
)
_MARKUP = re.compile(r"<a\s[^<>]{0,40}href|\[(?:url|link)[\]=]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_BOT = re.compile(
    r"bot\b|crawl|spider|scrap|curl|wget|python|headless|phantom|selenium|httpclient|"
    r"go-http|libwww|java/|okhttp|axios|node-fetch|postman",
    re.IGNORECASE,
)


class BlockedPoint(NamedTuple):
    """By what spam is known again; `kind` is phone, email, domain, text (a digest) or word."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an inquiry can be judged by: its own signs, and what is to be looked up.

    `words` are all it says, `text_digest` that of a text long enough to be known again, `person` a
    digest of who sent it. `learnable` is what a rejection would block.
    """

    signs: frozenset[str]
    points: tuple[BlockedPoint, ...]
    words: str
    text_digest: bytes | None
    person: bytes | None
    learnable: tuple[BlockedPoint, ...]


def judged(verdict: Spam, signs: Iterable[str]) -> Spam:
    """The verdict that came with an inquiry, and these signs; both count, none of them twice."""
    reasons = sorted({*signs} - {*verdict.reasons})
    if not reasons:
        return verdict
    innocence = 1.0 - min(max(verdict.score, 0.0), 1.0)
    for reason in reasons:
        innocence *= 1.0 - WEIGHTS[reason]
    return Spam(score=round(1.0 - innocence, 3), reasons=(*verdict.reasons, *reasons))


def verdict(signs: Iterable[str]) -> Spam:
    """The score of the signs by themselves."""
    return judged(Spam(), signs)


@lru_cache(maxsize=512)
def is_bot(agent: str | None) -> bool:
    """Whether a user agent is a program's that fills forms; none at all says nothing."""
    return agent is not None and _BOT.search(agent[:1000]) is not None


def evidence_of(draft: Draft) -> Evidence:
    contact = draft.contact
    head = " ".join(filter(None, (contact.name, draft.subject)))[:MAX_JUDGED_CHARACTERS]
    text = (draft.text or "")[:MAX_JUDGED_CHARACTERS]
    words = f"{head} {text}"
    hosts, signs = _linked(words)
    digest = _text_digest(text)
    named = contact_points(contact)
    points = [BlockedPoint(*point) for point in named]
    if digest:
        points.append(BlockedPoint("text", digest.hex()))
    domains = [*hosts, *(email.rpartition("@")[2] for email in contact.emails[:3])]
    above = dict.fromkeys(one for domain in domains for one in _above(domain))
    return Evidence(
        signs=frozenset(signs),
        points=(*points, *(BlockedPoint("domain", one) for one in above)),
        words=words,
        text_digest=digest,
        person=key_digest(named[0].value)[:16] if named and digest else None,
        learnable=(*points, *(BlockedPoint("domain", host) for host in hosts)),
    )


def folded(text: str) -> str:
    """The words of a text in lower case, without digits and signs, a space around each."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def host_of(address: str) -> str | None:
    """The domain that a person writes as such or as a link, in lower case; None if it is none."""
    text = address.strip().lower()
    link = _LINK.match(text)
    host = _host(link.group(1) if link else text.removeprefix("@"))
    return host if re.fullmatch(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}", host) else None


def is_everybodys(point: BlockedPoint) -> bool:
    """Whether it is a domain where anybody has a page or a mailbox: to link there is no sign."""
    return point.kind == "domain" and any(
        domain in PUBLIC_DOMAINS or domain in _EVERYBODYS for domain in _above(point.value)
    )


def _linked(text: str) -> tuple[list[str], Iterator[str]]:
    """The domains that the text links to, and the signs of links and markup in it."""
    if "://" not in text and "www." not in text.lower() and "[" not in text and "<" not in text:
        return [], iter(())
    links = [match.group(1) for match in _LINK.finditer(text)]
    hosts = list(dict.fromkeys(map(_host, links)))[:_MOST_LINKS]

    def signs() -> Iterator[str]:
        if len(links) >= MANY_LINKS:
            yield "many_links"
        if len(links) >= LINKS:
            yield "links"
        if _MARKUP.search(text):
            yield "markup"

    return [host for host in hosts if "." in host], signs()


def _host(written: str) -> str:
    return written.lower().strip(".,;!").removeprefix("www.")


def _above(host: str) -> Iterator[str]:
    """The domain and those above it, without the last label alone."""
    labels = host.split(".")[-_DEEPEST:]
    for place in range(len(labels) - 1):
        yield ".".join(labels[place:])


def _text_digest(text: str) -> bytes | None:
    words = folded(text) if len(text) >= SHORTEST_TEXT else ""
    if len(words) < SHORTEST_TEXT:
        return None
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).digest()
