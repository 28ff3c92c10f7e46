"""The steps of an erasure in intake, each a slice that may be repeated.

Inquiries with their requests, observed calls, the journal; then everything that was received since
the person was first heard of is looked through for copies that no contact leads to.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from services.intake.domain.erasing import ErasureStep
from services.intake.repository.erasure import copies, erasures, requests
from services.intake.repository.erasure import inquiries as rows_of_inquiries
from shared.clock import Clock
from shared.contracts.catalog import produced_by
from shared.database import Database, Row, Session, transaction
from shared.messaging.consumer.erasures import ERASURES
from shared.messaging.outbox.blanking import Place, blank_events

ERASURES_HERE: Final = ERASURES  # the wake-up's channel, that of the consumers
INQUIRIES_AT_ONCE: Final = 200
EVENTS_AT_ONCE: Final = 500
CALLS_AT_ONCE: Final = 500
SEARCHED_AT_ONCE: Final = 1000  # submissions
_NOBODY: Final = UUID(int=0)
_STEPS: Final = tuple(ErasureStep)


@dataclass(eq=False)
class Work:
    """One erasure within its transaction; `row` is its row, locked or new."""

    session: Session
    row: Row
    now: datetime
    step: ErasureStep = field(init=False)
    place: list[str] = field(init=False)
    rows: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        self.step = ErasureStep(self.row["step"])
        self.place = list(self.row["place"])
        self.rows = Counter(self.row["rows"])

    @property
    def contact_ids(self) -> Sequence[UUID]:
        contact_ids: Sequence[UUID] = self.row["contact_ids"]
        return contact_ids

    async def advance(self) -> bool:
        """One slice; whether it came on, and did not only wait."""
        steps = {
            ErasureStep.INQUIRIES: self._inquiries,
            ErasureStep.CALLS: self._calls,
            ErasureStep.JOURNAL: self._journal,
            ErasureStep.SEARCH: self._search,
            ErasureStep.FILES: self._files,
        }
        before = self.step, self.place
        is_over = await steps[self.step]()
        if is_over:
            self.step, self.place = _STEPS[_STEPS.index(self.step) + 1], []
        await erasures.write_progress(
            self.session,
            self.row["erasure_id"],
            step=self.step,
            place=self.place,
            rows={name: number for name, number in self.rows.items() if number},
            done_at=self.now if self.step is ErasureStep.DONE else None,
        )
        return (self.step, self.place) != before

    async def _inquiries(self) -> bool:
        contact_id, inquiry_id = map(UUID, self.place or [str(_NOBODY)] * 2)
        items = await rows_of_inquiries.lock_inquiries(
            self.session, self.contact_ids, after=(contact_id, inquiry_id), limit=INQUIRIES_AT_ONCE
        )
        ids = [item.inquiry_id for item in items]
        calls = await requests.blank_calls_of(self.session, ids, limit=CALLS_AT_ONCE) if ids else ()
        self.rows["call"] += len(calls)
        self.rows["inquiry"] += await rows_of_inquiries.blank_inquiries(self.session, items)
        submission_ids = {item.submission_id for item in (*items, *calls)}
        self._count(await requests.blank_submissions(self.session, submission_ids, now=self.now))
        if len(items) < INQUIRIES_AT_ONCE:
            return True
        self.place = [str(items[-1].contact_id), str(items[-1].inquiry_id)]
        return False

    async def _calls(self) -> bool:
        calls = await requests.blank_observed(self.session, self.contact_ids, limit=CALLS_AT_ONCE)
        self.rows["call"] += len(calls)
        ids = {call.submission_id for call in calls}
        self._count(await requests.blank_submissions(self.session, ids, now=self.now))
        self.place = [str(self.rows["call"])]
        return len(calls) < CALLS_AT_ONCE

    async def _journal(self) -> bool:
        place = Place(self.place[0], self.place[1], int(self.place[2])) if self.place else Place()
        part = await blank_events(
            self.session,
            produced_by("intake"),
            [str(item) for item in self.contact_ids],
            after=place,
            limit=EVENTS_AT_ONCE,
        )
        self.rows["journal"] += part.changed
        if part.place is not None:
            self.place = [*map(str, part.place)]
        return part.place is None

    async def _search(self) -> bool:
        after = UUID(self.place[0]) if self.place else self.row["search_from"]
        slice_ = await copies.search_submissions(
            self.session,
            self.contact_ids,
            self.row["pattern"],
            after=after,
            before=self.row["erasure_id"],  # ids are in the order of time
            limit=SEARCHED_AT_ONCE,
        )
        self._count(await requests.blank_submissions(self.session, slice_.ids, now=self.now))
        if slice_.number == SEARCHED_AT_ONCE:
            self.place = [slice_.last]
        return bool(slice_.number < SEARCHED_AT_ONCE)

    async def _files(self) -> bool:
        if await copies.is_imported_now(self.session):
            return False
        self._count(await copies.blank_tables(self.session, self.row["pattern"]))
        return True

    def _count(self, rows: Mapping[str, int]) -> None:
        self.rows.update(rows)


async def finish_slice(database: Database, *, clock: Clock) -> bool:
    """One slice of the oldest erasure that is not finished here; False if there is none, or it
    waits. Raises UnavailableError.
    """
    async with transaction(database) as session:
        row = await erasures.lock_next(session)
        if row is None:
            return False
        return await Work(session, row, clock()).advance()
