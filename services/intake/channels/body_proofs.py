"""Proofs that stand in the body: a word of it is the source's secret, or is signed with it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.intake.channels.signatures import MAX_SIGNED_BYTES, by_any, same, secret
from services.intake.domain.requests import (
    ChannelError,
    RawRequest,
    SourceView,
    Unauthenticated,
)

T = TypeVar("T")


def read_for_proof(request: RawRequest, read: Callable[[RawRequest], T]) -> T:
    """The body as `read` gives it. Raises Unauthenticated for one too large, or not readable."""
    if len(request.body) > MAX_SIGNED_BYTES:
        raise Unauthenticated
    try:
        return read(request)
    except ChannelError:
        raise Unauthenticated from None


def by_word(sources: Sequence[SourceView], word: str | None, *, name: str) -> None:
    """Return if the word is the secret `name` of one of the views; else raise Unauthenticated."""

    def check(source: SourceView) -> None:
        if not same(word or "", secret(source, name)):
            raise Unauthenticated

    by_any(sources, check)
