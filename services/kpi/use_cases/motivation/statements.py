"""Statements of managers: of an open month as the facts are now, of a closed one as it was paid."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from services.kpi.domain.months import later
from services.kpi.domain.motivation.nearest import NextBand, next_band
from services.kpi.domain.motivation.statements import (
    Statement,
    statement_of,
)
from services.kpi.domain.motivation.terms import Terms
from services.kpi.domain.periods import period
from services.kpi.repository.motivation import facts as sold
from services.kpi.repository.motivation import statements as rows
from services.kpi.repository.motivation.schemes import Scheme, get_scheme
from services.kpi.repository.motivation.statements import (
    ClosedMonth,
    FrozenFacts,
    FrozenStatement,
)
from services.kpi.repository.reports.figures import list_manager_names
from services.kpi.use_cases.motivation.months import (
    ManagerFacts,
    MonthBook,
    read_ground,
    read_sold,
)
from services.kpi.use_cases.motivation.restating import (
    Correction,
    Corrections,
    changes_in,
    corrections_of,
)
from services.kpi.use_cases.motivation.schemes import list_paying, scheme_for
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
    session: Session, month: date, zone: ZoneInfo, *, after: UUID | None = None, limit: int
) -> list[PayStatement]:
    """Of so many managers whom a scheme pays, by id, above another's."""
    closed = await rows.find_closed(session, month)
    if closed is not None:
        frozen = await rows.list_frozen(session, month, after=after, limit=limit)
        return await _paid_statements(session, closed, frozen)
    book = await read_ground(session, month, zone)
    changes = await changes_in(session, month)
    corrected = {manager_id for _, manager_id in changes}
    approved = await list_paying(session, month)
    everybody = sorted(
        manager_id
        for manager_id in {*book.manager_ids(), *corrected}
        if (after is None or manager_id > after)
        and (manager_id in corrected or scheme_for(manager_id, approved) is not None)
    )
    who = everybody[:limit]
    book = await read_sold(session, book, who, _terms_for(who, approved))
    among = set(who)
    corrections = await corrections_of(
        session, {place: each for place, each in changes.items() if place[1] in among}
    )
    return await live_statements(session, book, zone, approved, corrections, who=who)


async def get_statement(
    session: Session, month: date, zone: ZoneInfo, manager_id: UUID
) -> PayStatement:
    """Raises NotFoundError where no scheme pays the manager."""
    closed = await rows.find_closed(session, month)
    if closed is not None:
        frozen = await rows.list_frozen(session, month, only=manager_id)
        statements = await _paid_statements(session, closed, frozen)
    else:
        book = await read_ground(session, month, zone)
        approved, who = await list_paying(session, month), [manager_id]
        book = await read_sold(session, book, who, _terms_for(who, approved))
        changes = await changes_in(session, month, only=manager_id)
        corrections = await corrections_of(session, changes)
        statements = await live_statements(session, book, zone, approved, corrections, who=who)
    if not statements:
        raise NotFoundError("There is no statement of this manager for this month.")
    return statements[0]


async def live_statements(
    session: Session,
    book: MonthBook,
    zone: ZoneInfo,
    approved: Sequence[Scheme],
    corrections: Corrections,
    *,
    who: Collection[UUID] | None = None,
) -> list[PayStatement]:
    """Of an open month, of these managers or of all, with the corrections of closed ones."""
    whose = sorted({*book.manager_ids(), *corrections} if who is None else who)
    checks = await _checks(session, book, zone, whose)
    present = book.manager_ids()
    statements = []
    for manager_id in whose:
        lines = corrections.get(manager_id, [])
        scheme = scheme_for(manager_id, approved) if manager_id in present else None
        if scheme is not None:
            counted = book.facts_for(manager_id, scheme.terms)
            item = _statement(scheme, book, manager_id, counted)
            check = checks.get((manager_id, scheme.terms.currency))
            nearest = next_band(scheme.terms, counted.facts, check, item.statement.payout)
            item = replace(item, nearest=nearest)
        elif lines:
            item = _returns_only(lines[0], book, manager_id)
        else:
            continue
        statements.append(_with(item, lines))
    return statements


def _terms_for(who: Sequence[UUID], approved: Sequence[Scheme]) -> list[Terms]:
    """Of the schemes that pay these managers."""
    schemes = [scheme_for(manager_id, approved) for manager_id in who]
    return list({id(one): one.terms for one in schemes if one is not None}.values())


def statement_by(scheme: Scheme, book: MonthBook, manager_id: UUID) -> PayStatement:
    """What a scheme pays a manager for a month, without what corrects others."""
    return _statement(scheme, book, manager_id, book.facts_for(manager_id, scheme.terms))


def _statement(
    scheme: Scheme, book: MonthBook, manager_id: UUID, counted: ManagerFacts
) -> PayStatement:
    facts, others = counted
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
        result=statement.of_plan("result"),
        attainment=statement.of_plan("attainment"),
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
    whole = [one.line for one in corrections]
    return replace(item, statement=replace(item.statement, whole=whole), corrections=corrections)


async def _checks(
    session: Session, book: MonthBook, zone: ZoneInfo, who: Sequence[UUID]
) -> dict[tuple[UUID, str], Fraction]:
    """The own average check of each by currency: of the month, or of those just before."""
    checks = {
        (manager_id, one.currency): Fraction(one.amount) / one.sales
        for manager_id in who
        for one in book.everybody.get(manager_id, ())
        if one.currency is not None
    }
    priced = {manager_id for manager_id, _ in checks}
    if rest := [manager_id for manager_id in who if manager_id not in priced]:
        earlier = period(later(book.month, -CHECKED_MONTHS), book.month, zone)
        sums = await sold.sum_priced(session, earlier, who=rest)
        checks |= {place: Fraction(amount) / sales for place, (sales, amount) in sums.items()}
    return checks


async def _paid_statements(
    session: Session, closed: ClosedMonth, frozen: Sequence[FrozenStatement]
) -> list[PayStatement]:
    names = await list_manager_names(session)
    schemes = {
        place: await get_scheme(session, *place)
        for place in {(item.scheme_id, item.version) for item in frozen}
    }
    return [
        _paid(item, closed, names.get(item.manager_id), schemes[item.scheme_id, item.version])
        for item in frozen
    ]


def _paid(
    item: FrozenStatement, closed: ClosedMonth, name: str | None, scheme: Scheme
) -> PayStatement:
    statement = Statement(item.facts.currency, whole=item.lines)
    return PayStatement(
        month=item.month,
        manager_id=item.manager_id,
        name=name,
        scheme=scheme,
        statement=statement,
        facts=item.facts,
        result=statement.of_plan("result"),
        attainment=statement.of_plan("attainment"),
        closed_at=closed.closed_at,
    )
