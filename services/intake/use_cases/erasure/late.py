"""What comes late of people who were erased: the same delivery again, a recording, a correction.

Invariant: it is known as what it repeats or changes, and nothing personal of it is kept.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from services.intake.repository.erasure import requests
from services.intake.repository.erasure.inquiries import find_of_erased
from services.intake.repository.submissions import Outcome
from services.intake.use_cases.hear_calls import HeardCall
from services.intake.use_cases.record_purchases import ToldPurchase
from shared.database import Session


def submissions_of_erased(calls: Iterable[HeardCall], orders: Iterable[ToldPurchase]) -> set[UUID]:
    """Those that tell more of calls and orders of erased people."""
    of_calls = {
        event.reading.submission_id for call in calls if call.row.is_erased for event in call.events
    }
    return of_calls | {item.reading.submission_id for item in orders if item.is_erased}


async def forget_repeats(
    session: Session,
    outcomes: Iterable[Outcome],
    *,
    own_ids: frozenset[UUID],
    others: Collection[UUID],
    now: datetime,
) -> None:
    """Empty the submissions of these outcomes that name inquiries of erased people; `own_ids` are
    the inquiries of this batch, `others` further submissions to empty.
    """
    foreign = [item for item in outcomes if not own_ids.issuperset(item.inquiry_ids)]
    ids = set(others)
    if foreign:
        named = {inquiry_id for item in foreign for inquiry_id in item.inquiry_ids}
        erased = await find_of_erased(session, named)
        ids |= {item.submission_id for item in foreign if erased & set(item.inquiry_ids)}
    if ids:
        await requests.blank_submissions(session, ids, now=now)
