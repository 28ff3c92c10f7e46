"""Inquiries after their corrections, and what is received by day of knowledge."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import NamedTuple

from services.kpi.domain.facts import InquiryChange, InquiryFact
from services.kpi.domain.reading import UNKNOWN_MOMENT
from services.kpi.domain.stories.story import FOR_EVER


def corrected(
    inquiry: InquiryFact, changes: Iterable[InquiryChange], until: datetime
) -> InquiryFact:
    """The inquiry by the changes, in the order of their versions, recorded before `until`."""
    for change in changes:
        if change.known_at >= until:
            break
        inquiry = _with(inquiry, change)
    return inquiry


def _with(inquiry: InquiryFact, change: InquiryChange) -> InquiryFact:
    values = {name: getattr(change, name) for name in change.members.split()}
    if values.get("answered_at") == UNKNOWN_MOMENT:
        values["answered_at"] = inquiry.received_at
    return inquiry._replace(**values)


def known_inquiries(
    inquiry: InquiryFact, changes: Sequence[InquiryChange]
) -> Iterator[tuple[int, date, InquiryFact]]:
    """What to add (1) and to take away (-1) on which day of knowledge, so that the sum up to a day
    is the inquiry as it was known then.
    """
    known_on = inquiry.known_at.astimezone(UTC).date()
    yield 1, known_on, inquiry
    for change in changes:
        # A clock that was set back makes nothing known before what it corrects.
        known_on = max(known_on, change.known_at.astimezone(UTC).date())
        yield -1, known_on, inquiry
        inquiry = _with(inquiry, change)
        yield 1, known_on, inquiry


class Correction(NamedTuple):
    """The inquiry as it was known from `known_on` to before `known_until`."""

    known_on: date
    known_until: date
    inquiry: InquiryFact


def corrections(inquiry: InquiryFact, changes: Sequence[InquiryChange]) -> list[Correction]:
    """What the inquiry was after the last correction of each day of knowledge."""
    by_day = {
        known_on: version
        for sign, known_on, version in list(known_inquiries(inquiry, changes))[1:]
        if sign > 0
    }
    days = [*by_day, FOR_EVER]
    return [Correction(day, until, by_day[day]) for day, until in pairwise(days)]
