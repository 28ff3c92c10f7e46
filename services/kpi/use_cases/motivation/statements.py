"""Statements of managers: of an open month as the facts are now, of a closed one as it was paid."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.months import days_of, later
from services.kpi.domain.motivation.corrections import CORRECTIONS
from services.kpi.domain.motivation.explained import Part, parts_of
from services.kpi.domain.motivation.nearest import NextBand, next_band
from services.kpi.domain.motivation.statements import (
    SoldSale,
    Statement,
    statement_of,
)
from services.kpi.domain.periods import period
from services.kpi.repository.figures import list_manager_names
from services.kpi.repository.motivation import facts as sold
from services.kpi.repository.motivation import statements as rows
from services.kpi.repository.motivation.schemes import Scheme, get_scheme, list_approved
from services.kpi.repository.motivation.statements import (
    ClosedMonth,
    CountedSale,
    FrozenFacts,
    FrozenStatement,
)
from services.kpi.use_cases.motivation.months import MonthBook, read_book
from services.kpi.use_cases.motivation.restating import (
    Correction,
    corrections_in,
    parts_of_correction,
)
from services.kpi.use_cases.motivation.schemes import scheme_for
from shared.database import Session
from shared.errors import NotFoundError

CHECKED_MONTHS: Final = 3  # before a month without sales, for the own average check


@dataclass(frozen=True, slots=True, kw_only=True)
class PayStatement:
    """What a manager is paid for a month, by which scheme and facts; `nearest` is the next band."""

    month: date
    manager_id: UUID
    name: str | None
    scheme: Scheme
    statement: Statement
    facts: FrozenFacts
    result: Fraction | None
    attainment: Fraction | None
    closed_at: datetime | None = None
    nearest: NextBand | None = None
    corrections: Sequence[Correction] = ()


async def list_statements(
    session: Session, month: date, zone: ZoneInfo, *, only: UUID | None
) -> list[PayStatement]:
    """Of every manager whom a scheme pays, or of one, by id."""
    closed = await rows.find_closed(session, month)
    if closed is not None:
        return await _frozen(session, closed, only=only)
    book = await read_book(session, month, zone, only=only)
    return await live_statements(session, book, zone, only=only)


async def get_statement(
    session: Session, month: date, zone: ZoneInfo, manager_id: UUID
) -> PayStatement:
    """Raises NotFoundError where no scheme pays the manager."""
    statements = await list_statements(session, month, zone, only=manager_id)
    if not statements:
        raise NotFoundError("There is no statement of this manager for this month.")
    return statements[0]


async def live_statements(
    session: Session, book: MonthBook, zone: ZoneInfo, *, only: UUID | None
) -> list[PayStatement]:
    """Of an open month, with the corrections of closed ones if it is the first open one."""
    approved = await list_approved(session, book.month)
    corrections = await corrections_in(session, book.month, only=only)
    checks = await _checks(session, book.month, zone, only=only)
    statements = []
    for manager_id in sorted({*book.manager_ids(), *corrections}):
        lines = corrections.get(manager_id, [])
        scheme = scheme_for(manager_id, approved) if manager_id in book.manager_ids() else None
        if scheme is not None:
            item = statement_by(scheme, book, manager_id)
            check = checks.get((manager_id, scheme.terms.currency))
            facts = book.facts_for(manager_id, scheme.terms).facts
            item = replace(item, nearest=next_band(scheme.terms, facts, check))
        elif lines:
            item = _returns_only(lines[0], book, manager_id)
        else:
            continue
        statements.append(_with(item, lines))
    return statements


def statement_by(scheme: Scheme, book: MonthBook, manager_id: UUID) -> PayStatement:
    """What a scheme pays a manager for a month, without what corrects others."""
    facts, others = book.facts_for(manager_id, scheme.terms)
    statement = statement_of(scheme.terms, facts)
    return PayStatement(
        month=book.month,
        manager_id=manager_id,
        name=book.names.get(manager_id),
        scheme=scheme,
        statement=statement,
        facts=FrozenFacts(
            currency=scheme.terms.currency,
            target=facts.target,
            company=facts.company,
            other_currencies=others,
            worked=facts.worked,
        ),
        result=_input(statement, "result"),
        attainment=_input(statement, "attainment"),
    )


def _returns_only(correction: Correction, book: MonthBook, manager_id: UUID) -> PayStatement:
    """Of somebody whom no scheme pays any more, and whose closed months have changed."""
    currency = correction.scheme.terms.currency
    return PayStatement(
        month=book.month,
        manager_id=manager_id,
        name=book.names.get(manager_id),
        scheme=correction.scheme,
        statement=Statement(currency),
        facts=FrozenFacts(currency=currency, target=None, company=None, other_currencies=0),
        result=None,
        attainment=None,
    )


def _with(item: PayStatement, corrections: Sequence[Correction]) -> PayStatement:
    lines = [*item.statement.lines, *(one.line for one in corrections)]
    statement = Statement(item.statement.currency, lines)
    return replace(item, statement=statement, corrections=corrections)


def _input(statement: Statement, name: str) -> Fraction | None:
    """A number that the line of the personal plan rests on."""
    lines = (line for line in statement.lines if line.kind == "personal")
    return next((line.inputs.get(name) for line in lines), None)


async def _checks(
    session: Session, month: date, zone: ZoneInfo, *, only: UUID | None
) -> dict[tuple[UUID, str], Fraction]:
    """Everybody's own average check by currency: of the month, or of those just before."""
    earlier = period(later(month, -CHECKED_MONTHS), month, zone)
    sums = await sold.sum_priced(session, earlier, only=only)
    sums |= await sold.sum_priced(session, days_of(month, zone), only=only)
    return {place: Fraction(amount) / sales for place, (sales, amount) in sums.items()}


async def _frozen(
    session: Session, closed: ClosedMonth, *, only: UUID | None
) -> list[PayStatement]:
    names = await list_manager_names(session)
    frozen = await rows.list_frozen(session, closed.month, only=only)
    schemes = {
        place: await get_scheme(session, *place)
        for place in {(item.scheme_id, item.version) for item in frozen}
    }
    return [
        _paid(item, closed, names.get(item.manager_id), schemes[item.scheme_id, item.version])
        for item in sorted(frozen, key=lambda item: item.manager_id)
    ]


def _paid(
    item: FrozenStatement, closed: ClosedMonth, name: str | None, scheme: Scheme
) -> PayStatement:
    statement = Statement(item.facts.currency, item.lines)
    return PayStatement(
        month=item.month,
        manager_id=item.manager_id,
        name=name,
        scheme=scheme,
        statement=statement,
        facts=item.facts,
        result=_input(statement, "result"),
        attainment=_input(statement, "attainment"),
        closed_at=closed.closed_at,
    )


async def explain_line(
    session: Session, item: PayStatement, number: int, zone: ZoneInfo
) -> list[Part]:
    """The sales that a line comes of, by id; they add up to it. Lines are counted from 1. Raises
    NotFoundError.
    """
    if not 1 <= number <= len(item.statement.lines):
        raise NotFoundError("There is no such line.")
    line = item.statement.lines[number - 1]
    if line.kind in CORRECTIONS:
        assert line.month is not None
        changes: Sequence[CountedSale]
        if item.closed_at is not None:
            changes = await rows.list_counted(session, item.month, item.manager_id, line.month)
        else:
            changes = next(one.changes for one in item.corrections if one.line is line)
        return parts_of_correction(line, changes, item.facts.currency)
    return parts_of(line, await _sales(session, item, zone), item.scheme.terms)


async def _sales(session: Session, item: PayStatement, zone: ZoneInfo) -> list[SoldSale]:
    """The sales that a statement counts."""
    if item.closed_at is not None:
        counted = await rows.list_counted(session, item.month, item.manager_id, item.month)
        return [SoldSale(one.sale_id, one.lead_id, one.product, one.amount) for one in counted]
    owned = await sold.list_sales(session, days_of(item.month, zone), only=item.manager_id)
    return [one.sale for one in owned if one.currency in {None, item.facts.currency}]
