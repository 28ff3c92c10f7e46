"""Erasing a person: why it is done, by what unnamed copies of their words are found, and what calls
keep.
"""

import hashlib
import re
from collections.abc import Collection
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.intake.domain.calls import CallFacts
from services.intake.domain.keys import ContactPoint
from shared.contracts.erasing import left_of

_DIGITS: Final = 10  # of a phone, from its end: how countries and trunks are dialled differs
_FEWEST_DIGITS: Final = 7  # fewer may be any number
_BETWEEN: Final = "(%[0-9A-Fa-f][0-9A-Fa-f]|[^0-9]){0,3}"  # signs between digits, also in a URL
_VERSION_BITS: Final = 52  # a number that every reader of JSON holds exactly


class ErasureReason(StrEnum):
    """Why a person is erased; a word of this list, so that the record itself names nobody."""

    REQUESTED = "requested"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    NO_LONGER_NEEDED = "no_longer_needed"
    UNLAWFUL = "unlawful"


class ErasureStep(StrEnum):
    """What intake does next, in this order. All before `search` knows whose it is."""

    INQUIRIES = "inquiries"
    CALLS = "calls"
    JOURNAL = "journal"
    SEARCH = "search"
    FILES = "files"
    DONE = "done"


def person_version(contact_ids: Collection[UUID]) -> int:
    """A number that changes when somebody is merged with the person or split off."""
    text = " ".join(map(str, sorted(contact_ids)))
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8]) >> (64 - _VERSION_BITS)


def search_pattern(points: Collection[ContactPoint]) -> str | None:
    """A regular expression for any spelling of these phones and addresses in a stored request; None
    if there is nothing to look for. It has no sign that cases tell apart.
    """
    parts = [part for point in sorted(points) if (part := _part(point)) is not None]
    return "|".join(parts) or None


def _part(point: ContactPoint) -> str | None:
    if point.kind == "email":
        name, _, domain = point.value.rpartition("@")
        return f"{re.escape(name)}(@|%40){re.escape(domain)}"
    digits = re.sub(r"[^0-9]", "", point.value)[-_DIGITS:]
    return _BETWEEN.join(digits) if len(digits) >= _FEWEST_DIGITS else None


def blanked_facts(facts: CallFacts) -> CallFacts:
    """What is kept of a call: how it went and when, not with whom."""
    return CallFacts(left_of(facts.phases), None if facts.final is None else left_of(facts.final))
