"""How facts are told by what they are: words, moments, one of a list, what has names of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from services.history.domain.search.documents import Part
from services.history.domain.story import words
from services.history.domain.story.voice import Voice
from shared.contracts.leads import ORDER_FACT
from shared.languages import Words

LONGEST_LABEL = 80  # characters of what senders call their own fields
Facts = Mapping[str, Any]
Teller = Callable[[Any, Voice], Iterator[Part]]


def detail(label: str, text: str, voice: Voice) -> Part:
    """A fact under one of the LABELS."""
    return Part(voice.say(words.LABELS[label]), text)


def as_text(label: str) -> Teller:
    def tell(value: Any, voice: Voice) -> Iterator[Part]:
        if isinstance(value, str) and value.strip():
            yield detail(label, value, voice)

    return tell


def as_moment(label: str) -> Teller:
    def tell(value: Any, voice: Voice) -> Iterator[Part]:
        try:
            at = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            return
        yield detail(label, voice.moment(at), voice)

    return tell


def one_of(label: str, choices: Mapping[str, Words]) -> Teller:
    """One of a list; what is not in it is not told."""

    def tell(value: Any, voice: Voice) -> Iterator[Part]:
        if isinstance(value, str) and value in choices:
            yield detail(label, voice.say(choices[value]), voice)

    return tell


def tell_fields(value: Any, voice: Voice) -> Iterator[Part]:
    """What senders and managers have given under names of their own."""
    for name, content in mapping_in(value).items():
        text = "" if name == ORDER_FACT else plain(content, voice)
        if text:
            yield Part(label_of(name), text)


def plain(value: Any, voice: Voice) -> str:
    if isinstance(value, bool):
        return voice.flag(value=value)
    if isinstance(value, int | float):
        return voice.number(value)
    if isinstance(value, dict):
        parts = ((name, plain(item, voice)) for name, item in value.items())
        return "; ".join(f"{label_of(name)}: {text}" for name, text in parts if text)
    if isinstance(value, list):
        return ", ".join(text for text in (plain(item, voice) for item in value) if text)
    return value if isinstance(value, str) else ""


def label_of(name: str) -> str:
    """What somebody calls a field of their own, as a label."""
    text = " ".join(name.replace("_", " ").split())[:LONGEST_LABEL]
    return text[:1].upper() + text[1:]


def texts_in(value: Any) -> Sequence[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def mapping_in(value: Any) -> Facts:
    return value if isinstance(value, dict) else {}


def as_page(label: str) -> Teller:
    def tell(value: Any, voice: Voice) -> Iterator[Part]:
        if isinstance(value, str):
            yield detail(label, unquote(value), voice)

    return tell
