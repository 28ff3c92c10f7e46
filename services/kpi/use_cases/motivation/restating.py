"""Restates closed months whose sales have changed since, and says by how much they were paid."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from services.kpi.domain.attribution import digits_of
from services.kpi.domain.months import following, later
from services.kpi.domain.motivation.corrections import (
    CountedSale,
    correction_of,
    counted_before,
    parted,
)
from services.kpi.domain.motivation.explained import Part, by_amount, divided
from services.kpi.domain.motivation.statements import Facts, Line, SoldSale, Statement, statement_of
from services.kpi.domain.motivation.tallies import Cell, Tally, tally_of
from services.kpi.domain.motivation.terms import Terms
from services.kpi.repository.money.people import lock_people
from services.kpi.repository.money.untold import count_untold
from services.kpi.repository.motivation import changes as rows
from services.kpi.repository.motivation.changes import PaidMonth, Place
from services.kpi.repository.motivation.schemes import Scheme, get_scheme
from services.kpi.repository.motivation.statements import find_last_closed
from shared.database import Session

MOST_RESTATED: Final = 24  # closed months that are looked through for what has changed
MOST_WAITING: Final = 1000  # times that something new is known of somebody


class Correction(NamedTuple):
    """What a closed month changes in the first open one, and the sales by which."""

    manager_id: UUID
    scheme: Scheme
    line: Line
    changes: Sequence[CountedSale]


Corrections = Mapping[UUID, Sequence[Correction]]
Changes = Mapping[Place, Sequence[CountedSale]]


async def changes_in(session: Session, month: date, *, only: UUID | None = None) -> Changes:
    """What of closed months is to be corrected in this one: of one manager, or of all. Nothing
    unless it is the first open one.
    """
    last = await find_last_closed(session)
    if last is None or following(last.month) != month:
        return {}
    return await rows.list_changes(session, _first(month), only=only)


async def corrections_of(session: Session, changes: Changes) -> Corrections:
    """By manager, the oldest month first."""
    cells = await rows.list_carried(session, changes)
    schemes: dict[tuple[UUID, int], Scheme] = {}
    corrections: dict[UUID, list[Correction]] = {}
    for item in await rows.list_paid(session, changes):
        which, place = (item.scheme_id, item.version), (item.month, item.manager_id)
        if which not in schemes:
            schemes[which] = await get_scheme(session, *which)
        corrections.setdefault(item.manager_id, []).extend(
            _corrections(schemes[which], item, cells.get(place, ()), changes[place])
        )
    return corrections


def _first(month: date) -> date:
    return later(month, -MOST_RESTATED)


def _corrections(
    scheme: Scheme, item: PaidMonth, carried: Sequence[Cell], changes: Sequence[CountedSale]
) -> Iterator[Correction]:
    """What took away from the month, then what added to it."""
    terms = scheme.terms
    tally = tally_of(terms, carried, counted_before(terms, item.lines))
    corrected = item.carried
    for part in parted(changes):
        cells = [Cell(one.product, one.quantity, one.amount) for one in part]
        tally = tally_of(terms, cells, tally)
        line = correction_of(
            item.month,
            payout=item.payout,
            carried=corrected,
            restated=restated_payout(terms, item, tally),
        )
        corrected += line.amount
        yield Correction(item.manager_id, scheme, line, part)


def restated_payout(terms: Terms, item: PaidMonth, tally: Tally) -> Decimal:
    """What the month would pay for these sales: by the terms, the target and the company's result
    that it was closed with.
    """
    then = item.facts
    facts = Facts(tally, then.target, then.company, then.worked)
    return statement_of(terms, facts).payout


async def check_next(session: Session, today: date) -> bool:
    """Look through all sales of closed months once a day, and when the table of sales was made
    anew; False if that is done, or so many wait to be told as while it is made anew.
    """
    if await rows.is_checked(session, today) or await count_untold(session) > MOST_WAITING:
        return False
    last = await find_last_closed(session)
    if last is not None:
        await check_all(session, following(last.month), today)
    return True


async def check_all(session: Session, month: date, today: date) -> None:
    """Mark all sales that have changed of the closed months before the first open one; nobody tells
    of sales until the end of the transaction.
    """
    await lock_people(session)
    await rows.check_sales(session, _first(month), today)


def changes_of(
    statement: Statement, number: int, changes: Sequence[CountedSale]
) -> Sequence[CountedSale]:
    """Of the changes that a closed month's corrections of one month rest on, those of a line."""
    line = statement.lines[number - 1]
    alike = [place for place, one in enumerate(statement.lines, 1) if one.month == line.month]
    parts = parted(changes)
    return parts[alike.index(number)] if len(parts) == len(alike) else changes


def parts_of_correction(line: Line, changes: Sequence[CountedSale], currency: str) -> list[Part]:
    """What of a correction comes of each sale that has changed, by id."""
    sales: dict[UUID, SoldSale] = {}
    for one in changes:  # a sale of another product now is there twice
        amount = one.amount + (sales[one.sale_id].amount if one.sale_id in sales else 0)
        sales[one.sale_id] = SoldSale(one.sale_id, one.lead_id, one.product, amount)
    ordered = [sales[sale_id] for sale_id in sorted(sales)]
    return divided(line.amount, ordered, by_amount, digits_of(currency))
