"""By which channels a person must not be approached, and what a withdrawn consent refuses."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

# A stored header of our own: the address of a visitor who posted a form from their browser.
PEER: Final = "x-leadflow-peer"


class RefusedChannel(StrEnum):
    """`chat` are messengers and SMS; `all` stands for every channel."""

    CALL = "call"
    EMAIL = "email"
    CHAT = "chat"
    ALL = "all"


ADVERTISING: Final = frozenset({None, "marketing"})  # purposes that approaching somebody serves


def strictest(channels: Collection[str]) -> list[str]:
    """The channels that several refusals close together; `all` leaves no need for the others."""
    if RefusedChannel.ALL in channels:
        return [RefusedChannel.ALL]
    return sorted(set(channels))


def withdrawn(purpose: str | None, channels: Collection[str]) -> list[str]:
    """The channels that withdrawing a consent closes.

    Without a purpose, and for marketing, these are the channels it names, or all; a consent for
    anything else says nothing about approaching them.
    """
    return strictest(channels or [RefusedChannel.ALL]) if purpose in ADVERTISING else []
