"""Reads cards: one, pages in several orders, counts by group."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from services.history.tables.cards import card, card_contact
from services.history.tables.segments import segment_member
from services.history.tables.timelines import lead
from shared.database import Row, Session

MOST_GROUPS = 200
_LEADS = """
SELECT lead_id, owner_id, state, pipeline, stage, opened_at FROM lead
WHERE contact_id = ANY(CAST(:contacts AS uuid[])) AND state = 'open'
    AND (CAST(:reader AS uuid) IS NULL OR owner_id = :reader)
ORDER BY opened_at DESC NULLS LAST, lead_id DESC LIMIT :limit
"""
_PURCHASES = """
SELECT purchase_id, at, amount, currency, product FROM card_purchase
WHERE contact_id = ANY(CAST(:contacts AS uuid[])) ORDER BY at DESC, purchase_id DESC LIMIT :limit
"""
_BLANK = """
UPDATE card SET name = NULL, names = '{}', company = NULL, phones = '{}', emails = '{}',
    other = '{}', cities = '{}', regions = '{}', products = '{}', campaigns = '{}', tags = '{}',
    fields = '{}'
WHERE person_id IN (
    SELECT person_id FROM card_contact WHERE contact_id = ANY(CAST(:contacts AS uuid[])))
"""


@dataclass(frozen=True, slots=True)
class Card:
    """A person as computed last. `sums` are decimal texts by currency; `consents` by purpose, each
    with `given`, `at` and `channels`; `open_stages` are `pipeline/stage` of open leads.
    """

    person_id: UUID
    contact_ids: Sequence[UUID]
    name: str | None
    names: Sequence[str]
    company: str | None
    phones: Sequence[str]
    emails: Sequence[str]
    other: Mapping[str, Any]
    channels: Sequence[str]
    source_ids: Sequence[UUID]
    regions: Sequence[str]
    cities: Sequence[str]
    products: Sequence[str]
    campaigns: Sequence[str]
    languages: Sequence[str]
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    last_touch_at: datetime | None
    entry_count: int
    inquiry_count: int
    activity_count: int
    owner_ids: Sequence[UUID]
    open_stages: Sequence[str]
    stages_reached: Sequence[str]
    open_lead_count: int
    won_lead_count: int
    lost_lead_count: int
    purchase_count: int
    sums: Mapping[str, str]
    first_purchase_at: datetime | None
    last_purchase_at: datetime | None
    consents: Mapping[str, Any]
    purposes: Sequence[str]
    do_not_contact: Sequence[str]
    tags: Sequence[str]
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenLead:
    lead_id: UUID
    owner_id: UUID | None
    state: str
    pipeline: str | None
    stage: str | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order or a won lead, whose id it has."""

    purchase_id: UUID
    at: datetime
    amount: Decimal | None
    currency: str | None
    product: str | None


@dataclass(frozen=True, slots=True)
class CardFilter:
    """`conditions` over `card`; `reader_id` is a manager who sees persons of own leads only."""

    conditions: Sequence[ColumnElement[bool]] = ()
    reader_id: UUID | None = None
    segment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """An order by a column and the id; whom the column says nothing of comes last, by id."""

    column: ColumnElement[Any] | None
    largest_first: bool = False


SORTS: Mapping[str, Sort] = {
    "person_id": Sort(None),
    "first_seen": Sort(card.c.first_seen_at),
    "-first_seen": Sort(card.c.first_seen_at, largest_first=True),
    "last_seen": Sort(card.c.last_seen_at),
    "-last_seen": Sort(card.c.last_seen_at, largest_first=True),
    "-last_purchase": Sort(card.c.last_purchase_at, largest_first=True),
}
GROUPS: Mapping[str, ColumnElement[Any]] = {
    "tag": card.c.tags,
    "channel": card.c.channels,
    "source": card.c.source_ids,
    "region": card.c.regions,
    "product": card.c.products,
    "campaign": card.c.campaigns,
    "owner": card.c.owner_ids,
    "open_stage": card.c.open_stages,
    "consent": card.c.purposes,
    "do_not_contact": card.c.do_not_contact,
}


async def find_person(session: Session, contact_id: UUID) -> UUID | None:
    """On whose card the contact stands."""
    query = select(card_contact.c.person_id).where(card_contact.c.contact_id == contact_id)
    person_id: UUID | None = await session.scalar(query)
    return person_id


async def find_card(session: Session, person_id: UUID) -> Card | None:
    row = (await session.execute(select(card).where(card.c.person_id == person_id))).first()
    return None if row is None else card_of(row)


async def list_open_leads(
    session: Session, contact_ids: Collection[UUID], *, reader_id: UUID | None, limit: int
) -> list[OpenLead]:
    """The newest first; of a manager only their own."""
    params = {"contacts": list(contact_ids), "reader": reader_id, "limit": limit}
    return [OpenLead(**row) for row in await session.execute(_LEADS, params)]


async def list_purchases(
    session: Session, contact_ids: Collection[UUID], *, limit: int
) -> list[Purchase]:
    """The latest first."""
    params = {"contacts": list(contact_ids), "limit": limit}
    return [Purchase(**row) for row in await session.execute(_PURCHASES, params)]


async def list_cards(
    session: Session, criteria: CardFilter, *, sort: Sort, after: tuple[Any, ...] | None,
    limit: int,
) -> list[Card]:  # fmt: skip
    """Up to `limit` cards behind `after`, which holds the values of the order's columns."""
    query = select(card).where(*_conditions(criteria)).limit(limit)
    if sort.column is None:
        return await _behind(session, query, sort, after=after)
    rows: list[Card] = []
    if after is None or after[0] is not None:
        rows = await _behind(session, query.where(sort.column.is_not(None)), sort, after=after)
        after = None
    if len(rows) == limit:
        return rows
    # Two statements, because an index has its NULLs first or last.
    rest = query.where(sort.column.is_(None)).limit(limit - len(rows))
    return rows + await _behind(session, rest, SORTS["person_id"], after=after and after[1:])


async def _behind(
    session: Session, query: Select[Any], sort: Sort, *, after: tuple[Any, ...] | None
) -> list[Card]:
    """The query's cards behind the place `after`, in the order."""
    columns = [column for column in (sort.column, card.c.person_id) if column is not None]
    if after is not None:
        place = tuple_(*columns)
        query = query.where(place < after if sort.largest_first else place > after)
    order = [column.desc() if sort.largest_first else column for column in columns]
    return [card_of(row) for row in await session.execute(query.order_by(*order))]


async def count_cards(session: Session, criteria: CardFilter) -> int:
    query = select(func.count()).select_from(card).where(*_conditions(criteria))
    return int(await session.scalar(query))


async def count_groups(
    session: Session, criteria: CardFilter, *, group_by: str
) -> list[tuple[Any, int]]:
    """How many persons have each value, the most frequent first, at most `MOST_GROUPS`; a person
    with several values counts for each.
    """
    values = (
        select(func.unnest(GROUPS[group_by]).label("value"))
        .where(*_conditions(criteria))
        .subquery("of_persons")
    )
    query = (
        select(values.c.value, func.count())
        .group_by(values.c.value)
        .order_by(func.count().desc(), values.c.value)
        .limit(MOST_GROUPS)
    )
    return [(row[0], row[1]) for row in await session.execute(query)]


async def blank_cards(session: Session, contact_ids: Collection[UUID]) -> None:
    """Take what names or tells of a person out of the cards of these contacts."""
    await session.execute(_BLANK, {"contacts": list(contact_ids)})


def _conditions(criteria: CardFilter) -> list[ColumnElement[bool]]:
    conditions = list(criteria.conditions)
    if criteria.reader_id is not None:
        own = (
            select(card_contact.c.person_id)
            .select_from(lead.join(card_contact, card_contact.c.contact_id == lead.c.contact_id))
            .where(lead.c.owner_id == criteria.reader_id)
        )
        conditions.append(card.c.person_id.in_(own))
    if criteria.segment_id is not None:
        members = select(segment_member.c.person_id).where(
            segment_member.c.segment_id == criteria.segment_id
        )
        conditions.append(card.c.person_id.in_(members))
    return conditions


def card_of(row: Row) -> Card:
    """The card in a row of the table."""
    return Card(**{item.name: row[item.name] for item in fields(Card)})
