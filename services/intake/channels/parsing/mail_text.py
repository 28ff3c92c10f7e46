"""The words of a mail: which part holds them, and how much of it the sender wrote.

Invariant: only of a reply anything is left out; a forward keeps both mails.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from services.intake.channels.parsing.html_text import html_text
from services.intake.domain.header_blocks import Forwarded, forwarded_mails
from services.intake.domain.mail_words import subject_kind
from services.intake.domain.quotes import tidy, unquoted
from shared.text import storable

MAX_TEXT = 200_000  # characters of a mail's text that are read, as many as the native API takes
# Letters and signs that nobody sees, beside those of Unicode's invisible categories.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc")
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs", "Cn", "Co"})


@dataclass(frozen=True, slots=True)
class MailWords:
    """`text` is shown; in `searched` the sender's points are looked for: it may be longer where a
    provider has stripped the text. `forwards` are the mails forwarded in it.
    """

    text: str | None = None
    searched: str = ""
    is_reply: bool = False
    forwards: tuple[Forwarded, ...] = ()


def words_of(
    subject: str | None,
    headers: Mapping[str, str],
    *,
    plain: str | None,
    html: str | None,
    stripped: str | None,
    from_own: bool = False,
) -> MailWords:
    """The words of a mail by its subject and headers; `stripped` are the provider's, unquoted.

    What a colleague sends (`from_own`) may be forwarded without saying so in its subject.
    """
    kind = subject_kind(subject)
    answers = any(headers.get(name, "").strip() for name in ("in-reply-to", "references"))
    is_reply = kind == "reply" or (answers and kind is None)
    body = _body(plain, html, with_quotes=not is_reply)
    own = unquoted(body) if is_reply else tidy([line.rstrip() for line in body.split("\n")])
    is_forward = kind == "forward" or (from_own and not is_reply)
    forwards = tuple(forwarded_mails(own, is_forward=is_forward))
    if stripped and is_visible(stripped) and not forwards:
        text = storable(stripped.strip()[:MAX_TEXT])
        return MailWords(text, text if is_reply else own or text, is_reply)
    return MailWords(own or None, own, is_reply, forwards)


def _body(plain: str | None, html: str | None, *, with_quotes: bool) -> str:
    if plain and is_visible(plain):
        text = plain[:MAX_TEXT]
    else:
        text = html_text(html, with_quotes=with_quotes)[:MAX_TEXT] if html else ""
    return storable(text.replace("\r\n", "\n").replace("\r", "\n"))


def is_visible(text: str) -> bool:
    """Whether a reader would see anything of the text."""
    return any(
        not sign.isspace()
        and sign not in _UNSEEN
        and (sign.isascii() or unicodedata.category(sign) not in _UNSEEN_CATEGORIES)
        and sign >= " "
        for sign in text[:MAX_TEXT]
    )
