"""Takes up lists whose people are to be approached: those who may be become inquiries of a source
of lists of that kind, which is made when there is none.

Invariant: of each contact of a list something comes once, however often and in whatever order its
events come.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.intake.domain.approaches import Obstacle, Permit
from services.intake.repository import approaches as rows
from services.intake.repository import sources
from services.intake.repository.approaches import Approached
from services.intake.repository.sources import SourceRow
from services.intake.use_cases.approaches import Listing, arrival_of, judge_contacts
from services.intake.use_cases.settling import SET_APART
from services.intake.use_cases.sources import BUILT_IN_KEY, SourceWish, ensure_source
from shared.contracts.approaches import ApproachRequested
from shared.database import Session

_KEYS: Final = {"win_back": "win-back", "cross_sell": "cross-sell"}
_OTHERS: Final = "loyalty"
_STORED: Final = "stored"
_DUPLICATE: Final = "duplicate"  # who was posted to the source by hand


async def take_list(
    session: Session, event: ApproachRequested, *, now: datetime, traceparent: str | None
) -> None:
    """Approach those of the event of whom nothing came before."""
    contact_ids = await rows.list_new(session, event.list_id, event.contact_ids)
    if not contact_ids:
        return
    source = await _source(session, event.kind, now=now)
    if not source.enabled:
        off = [Approached(contact_id, Obstacle.SOURCE_OFF) for contact_id in contact_ids]
        await rows.add_outcomes(session, event.list_id, off, now=now)
        return
    people = await rows.list_approached(session, event.list_id, contact_ids)
    verdicts = await judge_contacts(session, contact_ids, approached=people)
    listing = Listing(event.list_id, event.name, _fields(event))
    arrivals = {
        contact_id: arrival_of(
            source.source_id, listing, contact_id, verdict, now=now, traceparent=traceparent
        )
        for contact_id, verdict in verdicts.items()
        if isinstance(verdict, Permit)
    }
    stored = await rows.store_arrivals(session, list(arrivals.values()))
    outcomes = []
    for contact_id, verdict in verdicts.items():
        if not isinstance(verdict, Permit):
            outcomes.append(Approached(contact_id, verdict))
        elif (receipt_id := arrivals[contact_id].submission_id) in stored:
            outcomes.append(Approached(contact_id, _STORED, receipt_id))
        else:
            outcomes.append(Approached(contact_id, _DUPLICATE))
    await rows.add_outcomes(session, event.list_id, outcomes, now=now)
    session.notify_after_commit(SET_APART)


def _fields(event: ApproachRequested) -> dict[str, str]:
    """What those who will speak to the person are shown."""
    return {"kind": event.kind} | ({"reason": event.reason} if event.reason else {})


async def _source(session: Session, kind: str, *, now: datetime) -> SourceRow:
    """Many people are told the same, which is no spam here."""
    wish = SourceWish(key=_KEYS.get(kind, _OTHERS), adapter="native", spam_threshold=None)
    usual = await sources.find_source(session, key_or_id=BUILT_IN_KEY)
    if usual is not None:
        wish = replace(wish, country=usual.country, time_zone=usual.time_zone)
    return await ensure_source(session, wish, now=now)
