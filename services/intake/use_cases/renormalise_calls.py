"""Events of calls that are read again: folded once more into calls that have their inquiry.

Invariant: facts of other events stay, because a call only learns more by an event it knows already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.intake.domain.keys import key_digest
from services.intake.domain.renormalising import Comparison, changes_shown
from services.intake.repository import calls
from services.intake.use_cases import hear_calls
from services.intake.use_cases.change_calls import changes_of_calls
from services.intake.use_cases.hear_calls import HeardCall
from services.intake.use_cases.interpret import Reading
from shared.contracts.inquiry import Inquiry
from shared.database import Session


async def late_calls(session: Session, readings: Sequence[Reading]) -> list[HeardCall]:
    """The calls in an inquiry of which these submissions tell more now; they are locked."""
    keys = {
        (one.submission.source_id, key_digest(report.call_id))
        for one in readings
        for report in one.content.calls
    }
    present = await calls.find_settled(session, sorted(keys))
    events = [_limited(one, present) for one in readings]
    return [call for call in await hear_calls.hear_calls(session, events) if call.is_late]


def _limited(one: Reading, present: set[calls.CallKey]) -> Reading:
    source_id = one.submission.source_id
    reports = tuple(
        report for report in one.content.calls if (source_id, key_digest(report.call_id)) in present
    )
    return replace(one, content=replace(one.content, calls=reports))


def compared_calls(
    late: Sequence[HeardCall], inquiries: Mapping[UUID, Inquiry]
) -> dict[UUID, Comparison]:
    """What the inquiries of these calls change by, under the submissions that tell it."""
    tellers = {call.inquiry_id: call.events[0].reading.submission_id for call in late}
    comparisons: dict[UUID, Comparison] = {}
    for inquiry_id, members in changes_of_calls(inquiries, late).items():
        before = comparisons.get(tellers[inquiry_id], Comparison())
        differences = changes_shown(inquiries[inquiry_id], members)
        comparisons[tellers[inquiry_id]] = Comparison(
            {**before.changes, inquiry_id: members}, (*before.differences, *differences)
        )
    return comparisons


async def write_calls(session: Session, late: Sequence[HeardCall], *, now: datetime) -> None:
    await hear_calls.write_calls(session, late, now=now)
