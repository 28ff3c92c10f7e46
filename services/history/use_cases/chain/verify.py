"""Verifies the timeline: recomputes what its chains sealed, and names the first place that differs.

Whoever rewrote a whole chain, with all its hashes, would pass the verification of a lead; that of
the day finds it, by a root that was written to the log, and may have been kept elsewhere.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.history.domain.chains import (
    BEGINNING,
    Difference,
    Fault,
    SealedEntry,
    day_hash,
    first_difference,
    merkle_root,
)
from services.history.repository import timelines
from services.history.repository.chain import verifying
from services.history.repository.chain.sealing import SealRow
from services.history.repository.chain.verifying import DayRoot
from services.history.use_cases.chain.seal import SEALED_AT_ONCE
from services.history.use_cases.timelines import UnknownTimelineError
from shared.database import Session
from shared.errors import NotFoundError

VERIFIED_AT_ONCE = 2_000  # links of a lead or contact
SEALS_AT_ONCE = 10  # of a day, each of up to SEALED_AT_ONCE links
MAX_SEALS_OF_DAY = 1_000_000
FIRST_PLACE = (UUID(int=0), 0)


class UnknownDayError(NotFoundError):
    """The day has no root: nothing was sealed on it, or it has not ended."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was verified so far: `verified` links, up to the first difference; `waiting` entries are
    not sealed yet. `next_place` is where to go on, None at the end.
    """

    verified: int
    difference: Difference | None
    waiting: int = 0
    next_place: tuple[UUID, int] | None = None


@dataclass(frozen=True, slots=True)
class DayVerification:
    """`verified` links of a day's seals, up to the first difference, which lies in `seal`. At the
    end `is_root_kept` tells whether the day's root and hash come out the same; it is None before.
    """

    day: DayRoot
    verified: int
    difference: Difference | None = None
    seal: int | None = None
    is_root_kept: bool | None = None
    next_seal: int | None = None


async def verify_lead(session: Session, lead_id: UUID, *, after: tuple[UUID, int]) -> Verification:
    """Verify the chains of a lead, of the leads merged into it, and of the contacts from whom their
    inquiries came. Raises UnknownTimelineError.
    """
    if await timelines.find_surviving_lead(session, lead_id) is None:
        raise UnknownTimelineError("There is no such lead.")
    lead_ids = await timelines.with_merged(session, [lead_id])
    contact_ids = await timelines.contacts_of_leads(session, lead_ids)
    return await _verify(session, {*lead_ids, *contact_ids}, after=after)


async def verify_contact(
    session: Session, contact_id: UUID, *, after: tuple[UUID, int]
) -> Verification:
    """Verify the chains of a person, by any of their contact ids, and of all their leads.

    Raises UnknownTimelineError.
    """
    contact_ids = await timelines.contacts_of_person(session, contact_id)
    if not await timelines.has_events(session, contact_ids):
        raise UnknownTimelineError("There is no such contact.")
    lead_ids = await timelines.leads_of_contacts(session, contact_ids)
    return await _verify(session, {*lead_ids, *contact_ids}, after=after)


async def _verify(
    session: Session, subjects: Collection[UUID], *, after: tuple[UUID, int]
) -> Verification:
    entries = await verifying.list_sealed(
        session, subjects, after=after, limit=VERIFIED_AT_ONCE + 1
    )
    page = entries[:VERIFIED_AT_ONCE]
    difference = first_difference(page, await verifying.find_links_before(session, page))
    verified = _count_before(page, difference)
    if difference or len(entries) > len(page):
        last = page[-1].link
        return Verification(
            verified, difference, next_place=None if difference else (last.subject, last.number)
        )
    unsealed = await verifying.list_unsealed(session, subjects, limit=VERIFIED_AT_ONCE)
    added = next((item for item in unsealed if not item.is_waiting), None)
    if added is not None:
        difference = Difference(Fault.ADDED, added.subject, None, added.event_id)
    return Verification(verified, difference, waiting=sum(item.is_waiting for item in unsealed))


def _count_before(entries: Sequence[SealedEntry], difference: Difference | None) -> int:
    """How many entries stand before the one that differs."""
    if difference is None:
        return len(entries)
    assert difference.subject is not None, "a link that differs has a subject"
    place = (difference.subject, difference.number or 0)
    return sum((item.link.subject, item.link.number) < place for item in entries)


async def list_days(session: Session, *, before: date, limit: int) -> list[DayRoot]:
    """Up to `limit` days with their roots, the latest first."""
    return await verifying.list_days(session, before=before, limit=limit)


async def verify_day(session: Session, day: date, *, after: int) -> DayVerification:
    """Verify the seals of a day behind the number `after`: their roots, links and entries.

    Raises UnknownDayError.
    """
    root = await verifying.find_day(session, day)
    if root is None:
        raise UnknownDayError("The day has no root.")
    first = max(after + 1, root.first_seal)
    seals = await verifying.list_seals(
        session, first=first, last=root.last_seal, limit=SEALS_AT_ONCE
    )
    verified = 0
    for seal in seals:
        count, difference = await _verify_seal(session, seal)
        verified += count
        if difference is not None:
            return DayVerification(root, verified, difference, seal.number)
    if seals and seals[-1].number < root.last_seal:
        return DayVerification(root, verified, next_seal=seals[-1].number)
    return DayVerification(root, verified, is_root_kept=await _is_root_kept(session, root))


async def _verify_seal(session: Session, seal: SealRow) -> tuple[int, Difference | None]:
    entries = await verifying.list_sealed_by(session, seal=seal.number, limit=SEALED_AT_ONCE + 1)
    difference = first_difference(entries, await verifying.find_links_before(session, entries))
    verified = _count_before(entries, difference)
    if difference is None and merkle_root([item.link.hash for item in entries]) != seal.root:
        # Each link fits the one before it: so it is the chain that was written anew.
        surplus = len(entries) - seal.links
        fault = Fault.MISSING if surplus < 0 else Fault.ADDED if surplus else Fault.CHANGED
        return 0, Difference(fault, None, None, None)
    return verified, difference


async def _is_root_kept(session: Session, day: DayRoot) -> bool:
    """Whether the day's root comes out of its seals, and its hash out of the day before."""
    seals = await verifying.list_seals(
        session, first=day.first_seal, last=day.last_seal, limit=MAX_SEALS_OF_DAY
    )
    are_whole = [seal.number for seal in seals] == list(range(day.first_seal, day.last_seal + 1))
    days = await verifying.list_days(session, before=day.day, limit=1)
    before = days[0].hash if days else BEGINNING
    root = merkle_root([seal.root for seal in seals])
    return are_whole and (root, day_hash(before, day.day, root)) == (day.root, day.hash)
