"""What telephone exchanges have in common: the customer of a call, proofs that callbacks carry."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.intake.channels.parsing import phones
from services.intake.channels.parsing.draft import DraftBuilder, add_phone
from services.intake.domain.times import whole

_NO_NUMBERS = frozenset({"sip", "client"})  # schemes of addresses that are no telephone numbers
_MOST_SECONDS = 10**6  # no call lasts longer
_LONGEST_INTERNAL = 4  # digits of an employee's number, which is nobody's outside


def add_customer(builder: DraftBuilder, number: str | None) -> None:
    """Add the customer's number; an address of another scheme goes to `contact.other`."""
    if not number or is_internal(number):
        return
    scheme, colon, _ = number.partition(":")
    if colon and scheme.lower() in _NO_NUMBERS:
        builder.other[scheme.lower()] = number
    elif e164 := phones.e164(number, builder.country):
        builder.phones[e164] = None  # the network tells it, so a round number is no invention
    else:
        add_phone(builder, number)


def is_internal(number: str | None) -> bool:
    """Whether it is an employee's number, which can be dialled only inside."""
    digits = (number or "").strip()
    return digits.isdecimal() and len(digits) <= _LONGEST_INTERNAL


def outcome_of(status: str | None, outcomes: Mapping[str, str], *, incoming: bool) -> str | None:
    """The outcome by a provider's status in lower case; None for an empty or unknown one.

    Whatever kept a caller from us, to the caller the call was missed.
    """
    outcome = outcomes.get((status or "").strip().lower())
    return "missed" if incoming and outcome == "failed" else outcome


def seconds_of(value: Any) -> int | None:
    """A duration in seconds; None for what is none."""
    seconds = whole(value)
    return seconds if seconds is not None and 0 <= seconds < _MOST_SECONDS else None


def later(moment: datetime | None, seconds: int | None) -> datetime | None:
    """The moment so many seconds later; None where either is unknown."""
    return moment + timedelta(seconds=seconds) if moment and seconds is not None else None


def earlier(moment: datetime | None, seconds: int | None) -> datetime | None:
    return later(moment, -seconds) if seconds is not None else None
