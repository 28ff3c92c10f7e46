"""Mischief against what judges an inquiry: links, words, programs, the same words again."""

from services.intake.domain import repeats, spam
from services.intake.domain.requests import Content, Draft
from tests.attacks.reading.row import Hostile, Row, between, flood, numbered, rows
from tests.attacks.reading.words import TEXTS

WORDS: dict[str, Hostile] = {
    **TEXTS,
    "links": numbered("http://s{}.example/ "),
    "beginnings of links": flood("http://"),
    "beginnings of domains": flood("www."),
    "people in links": flood("http://a@"),
    "a long host": between("http://", "a"),
    "dots of a host": between("http://", "a."),
    "anchors": flood("<a "),
    "anchors with blanks": between("<a", " "),
    "marks of links": flood("[url"),
}


def _draft(text: str) -> Draft:
    contact = {"name": text[:100], "emails": ["a@b.example"]}
    return Draft.model_validate({"channel": "form", "text": text, "contact": contact})


def _fields(text: str) -> Content:
    draft = _draft(text)
    fields = {"note": text, text[:50]: [text]}
    return Content(drafts=(draft.model_copy(update={"fields": fields}),))


JUDGEMENT: tuple[Row, ...] = (
    *rows(spam.evidence_of, WORDS, read=lambda text: spam.evidence_of(_draft(text))),
    *rows(spam.folded, WORDS),
    *rows(spam.host_of, WORDS),
    *rows(repeats.words_digest, TEXTS, read=lambda text: repeats.words_digest(_fields(text))),
)
