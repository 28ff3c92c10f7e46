"""Computes what a version of a scheme would have paid over the last year, month by month."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.months import following, later, month_of
from services.kpi.repository.motivation import what_ifs as rows
from services.kpi.repository.motivation.schemes import Scheme, get_scheme
from services.kpi.repository.motivation.statements import find_closed, list_frozen
from services.kpi.repository.motivation.targets import lock_motivation
from services.kpi.repository.motivation.what_ifs import WhatIf, WhatIfRow
from services.kpi.use_cases.motivation.errors import TooManyWhatIfsError
from services.kpi.use_cases.motivation.months import MonthBook, read_book
from services.kpi.use_cases.motivation.restating import check_next
from services.kpi.use_cases.motivation.schemes import list_paying, scheme_for
from services.kpi.use_cases.motivation.statements import statement_by
from shared.clock import Clock
from shared.database import Database, Session, transaction
from shared.ids import new_id
from shared.runtime.loop import Loop, Progress

WHAT_IFS: Final = "kpi_what_ifs"
POLL_SECONDS: Final = 5.0
MONTHS: Final = 12
MAX_OPEN: Final = 20
Pay = dict[UUID, tuple[Decimal, str]]  # by manager: the amount and its currency


async def request_what_if(
    session: Session, scheme_id: UUID, version: int, zone: ZoneInfo, *, actor: str, now: datetime
) -> WhatIf:
    """Have a version tried over the twelve months before the present one. Raises NotFoundError,
    TooManyWhatIfsError.
    """
    await lock_motivation(session)
    await get_scheme(session, scheme_id, version)
    if await rows.count_open(session) >= MAX_OPEN:
        raise TooManyWhatIfsError(f"{MAX_OPEN} what-ifs are being computed; wait for one.")
    end = month_of(now, zone)
    item = WhatIf(
        what_if_id=new_id(),
        scheme_id=scheme_id,
        version=version,
        first_month=later(end, -MONTHS),
        next_month=later(end, -MONTHS),
        end_month=end,
        requested_at=now,
        requested_by=actor,
    )
    await rows.add_what_if(session, item)
    session.notify_after_commit(WHAT_IFS)
    return item


async def compute_next(session: Session, zone: ZoneInfo, *, now: datetime) -> bool:
    """Compute the next month of the oldest what-if; False if none is to be computed."""
    item = await rows.lock_next(session)
    if item is None:
        return False
    scheme = await get_scheme(session, item.scheme_id, item.version)
    month = item.next_month
    book = await read_book(session, month, zone)
    present = await _present(session, book, month)
    await rows.add_rows(session, item.what_if_id, _rows(scheme, book, present))
    await rows.advance(session, item.what_if_id, following(month), now=now)
    return True


def _rows(scheme: Scheme, book: MonthBook, present: Pay) -> list[WhatIfRow]:
    """Of the managers that the version is for: those whom it names, or everybody."""
    lines = []
    for manager_id in sorted(book.manager_ids()):
        if scheme.manager_ids and manager_id not in scheme.manager_ids:
            continue
        item = statement_by(scheme, book, manager_id)
        amount, currency = present.get(manager_id, (None, None))
        has_target = scheme.terms.personal is None or item.facts.target is not None
        lines.append(
            WhatIfRow(book.month, manager_id, item.statement.payout, amount, currency, has_target)
        )
    return lines


async def _present(session: Session, book: MonthBook, month: date) -> Pay:
    """What is paid for the month without it: as it was closed, or by what is approved now; without
    what corrects other months.
    """
    if await find_closed(session, month) is not None:
        return {
            item.manager_id: (item.payout - item.carried, item.facts.currency)
            for item in await list_frozen(session, month)
        }
    approved = await list_paying(session, month)
    present: Pay = {}
    for manager_id in book.manager_ids():
        if (scheme := scheme_for(manager_id, approved)) is not None:
            payout = statement_by(scheme, book, manager_id).statement.payout
            present[manager_id] = payout, scheme.terms.currency
    return present


def what_if_loop(database: Database, zone: ZoneInfo, *, clock: Clock) -> Loop:
    """Computes what is asked for, a month to a transaction, so that it goes on where it stood; and
    once a day looks through closed months for what has changed of their sales.
    """

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            async with transaction(database) as session:
                has_more = await compute_next(session, zone, now=clock())
                has_more = has_more or await check_next(session, clock().date())
            if not has_more:
                await database.wakeup.wait(WHAT_IFS, seconds=POLL_SECONDS)

    return Loop("what_ifs", run)
