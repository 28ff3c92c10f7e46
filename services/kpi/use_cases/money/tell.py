"""Tells people's arrivals and sales anew from all facts about them, some people at a time.

Whoever consumes events only notes of whom something new is known; nobody waits for this.
"""

import time
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from services.kpi.domain.paths.people import Circle, tell
from services.kpi.domain.paths.rows import Version, changes, moments_of, retold, sales_changed
from services.kpi.domain.paths.segments import NOWHERE, Segment, parts_of, segment_of
from services.kpi.domain.paths.sums import changed, no_sums, sum_up
from services.kpi.domain.stories.inquiries import corrections
from services.kpi.domain.stories.story import FOR_EVER
from services.kpi.repository.money import row_versions, untold
from services.kpi.repository.money.day_keeping import forget_days, keep_missing_days
from services.kpi.repository.money.people import find_people, lock_people
from services.kpi.repository.money.rule import get_rule
from services.kpi.repository.motivation.changes import mark_sales
from shared.database import Database, Session, transaction
from shared.runtime.loop import Loop, Progress
from shared.runtime.pace import Pace
from shared.runtime.rush import Patience

AT_ONCE: Final = 200  # of fifty the statements would cost as much as they
DAYS_AT_ONCE: Final = 8  # of sales, kept as columns
REST_SECONDS: Final = 5.0  # by then most of what happens to a new lead has happened


async def tell_next(session: Session) -> bool:
    """Tell those that have waited longest; False if nobody waits any more."""
    await lock_people(session)
    waiting = await untold.take_untold(session, AT_ONCE)
    if not waiting:
        return False
    days: dict[UUID, date] = {}
    for item in waiting:
        days[item.contact_id] = min(item.since, days.get(item.contact_id, item.since))
    await tell_people(session, days)
    return len(waiting) == AT_ONCE


async def keep_days_next(session: Session) -> bool:
    """Keep some days of sales as columns, where they are not; False if there are none.

    It takes the lock of the people, and waits for nobody who waits to be told.
    """
    await lock_people(session)
    return await keep_missing_days(session, most=DAYS_AT_ONCE)


async def tell_people(session: Session, days: Mapping[UUID, date]) -> None:
    """Tell these contacts' people anew, each from its day on; they are locked."""
    pace = Pace()
    window = timedelta(hours=(await get_rule(session)).same_sale_hours)
    people = (await find_people(session, days)).distinct()
    old = await row_versions.find_versions(
        session,
        inquiry_ids={one.inquiry_id for _, circle in people for one in circle.inquiries},
        sale_ids={one.sale_id for _, circle in people for one in circle.sale_events},
    )
    gone: list[Version] = []
    added: list[Version] = []
    segments: dict[int, Segment] = {}
    for contact_ids, circle in people:
        await pace.breathe()
        since = min(days[contact_id] for contact_id in contact_ids if contact_id in days)
        before = _versions(old, circle)
        states = {day: tell(circle, day, window=window) for day in _days(circle, since)}
        now = retold(before, states, since, end=FOR_EVER)
        no_more, new = changes(before, now)
        gone += no_more
        added += new
        segments |= _segments(circle)
    await row_versions.add_segments(session, segments)
    await row_versions.replace_versions(session, gone, added)
    await forget_days(session, moments_of([*gone, *added]))
    await mark_sales(session, sales_changed(gone, added, end=FOR_EVER))
    sums = no_sums()
    for sign, versions in ((-1, gone), (1, added)):
        for version in versions:
            await pace.breathe()
            sum_up(sums, sign, version, segments)
    await row_versions.add_to_sums(session, changed(sums))


def _days(circle: Circle, since: date) -> set[date]:
    """The days from which on other rows may be known; before all days there are none."""
    days = set(circle.days(since))
    return days if since == date.min else days | {since}


def _versions(old: Mapping[UUID, Collection[Version]], circle: Circle) -> list[Version]:
    ids = {one.inquiry_id for one in circle.inquiries} | {one.sale_id for one in circle.sale_events}
    return [version for one in ids for version in old.get(one, ())]


def _segments(circle: Circle) -> dict[int, Segment]:
    """All that rows and sums about them may name: of inquiries, and with what sales say."""
    whole = {NOWHERE}
    for inquiry in circle.inquiries:
        later = corrections(inquiry, circle.changes.get(inquiry.inquiry_id, ()))
        whole |= {segment_of(one) for one in (inquiry, *(item.inquiry for item in later))}
    regions = {one.region for one in circle.sale_events} - {None}
    products = {one.product for one in circle.sale_events} - {None}
    whole |= {one._replace(region=region) for one in whole for region in regions}
    whole |= {one._replace(product=product) for one in whole for product in products}
    return {number: part for one in whole for number, part in parts_of(one).segments.items()}


async def tell_all(database: Database) -> None:
    """Tell everybody who waits, and keep every day of sales that is over."""
    while await _go_on(database):
        pass


def tell_loop(database: Database) -> Loop:
    """Tells whoever waits, keeps the days of sales, then rests: who is told once need not be told
    for each event.
    """

    async def run(progress: Progress) -> None:
        patience = Patience(progress, database)
        while True:
            progress.beat()
            began = time.monotonic()
            if await _go_on(database):
                await patience.give_way(began)
            else:
                await patience.rest(REST_SECONDS)

    return Loop("tell", run)


async def _go_on(database: Database) -> bool:
    async with transaction(database) as session:
        return await tell_next(session) or await keep_days_next(session)
