"""Pages of leads in many orders, and counts by group.

Orders by what never changes give each lead once. In the others a lead stands where it stands now:
one whose key does not change meanwhile comes exactly once, another may come again or be passed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, select, tuple_

from services.routing.domain.lead import Lead, rank
from services.routing.repository.lead_filters import (
    AMOUNT,
    LIVE,
    OF_ITS_LEASE,
    OPEN,
    WAITS,
    LeadFilter,
    conditions,
    is_worked,
    uses_leases,
)
from services.routing.repository.leads import LEASE_COLUMNS, as_lead
from services.routing.tables.leads import lead
from services.routing.tables.work import assignment
from shared.database import Session

MOST_GROUPS = 200


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: its columns, the last of them unique, and the values of a lead in them. Leads that
    fail `only` are in no list of this order. `lasting`: the columns never change.
    """

    columns: tuple[ColumnElement[Any], ...]
    values: Callable[[Lead], tuple[Any, ...]]
    lasting: bool = False
    largest_first: bool = False
    only: tuple[ColumnElement[bool], ...] = ()
    by_lease: bool = False


_NUMBER = (lead.c.number,)
_RECEIVED = (lead.c.received_at, lead.c.number)
_BY_AMOUNT = (AMOUNT, lead.c.number)


def _by_number(row: Lead) -> tuple[Any, ...]:
    return (row.number,)


def _by_received(row: Lead) -> tuple[Any, ...]:
    return (row.received_at, row.number)


def _by_amount(row: Lead) -> tuple[Any, ...]:
    return (row.expected_amount if row.amount is None else row.amount, row.number)


SORTS: Mapping[str, Sort] = {
    "newest": Sort(_NUMBER, _by_number, lasting=True, largest_first=True),
    "oldest": Sort(_NUMBER, _by_number, lasting=True),
    "-received_at": Sort(_RECEIVED, _by_received, lasting=True, largest_first=True),
    "received_at": Sort(_RECEIVED, _by_received, lasting=True),
    "queue": Sort(
        (lead.c.queue_at, lead.c.number),
        lambda row: (row.queue_at, row.number),
        only=(WAITS, is_worked()),
    ),
    "accept_by": Sort(
        (assignment.c.accept_by, assignment.c.lead_id),
        lambda row: (row.accept_by, row.lead_id),
        only=(LIVE, assignment.c.accepted_at.is_(None)),
        by_lease=True,
    ),
    "first_touch_by": Sort(
        (assignment.c.first_touch_by, assignment.c.lead_id),
        lambda row: (row.first_touch_by, row.lead_id),
        only=(LIVE, assignment.c.touched_at.is_(None)),
        by_lease=True,
    ),
    "next_action_at": Sort(
        (lead.c.next_action_at, lead.c.number),
        lambda row: (row.next_action_at, row.number),
        only=(OPEN, is_worked(), lead.c.next_action_at.is_not(None)),
    ),
    "rots_at": Sort(
        (lead.c.rots_at, lead.c.number),
        lambda row: (row.rots_at, row.number),
        only=(OPEN, is_worked(), lead.c.rots_at.is_not(None)),
    ),
    "priority": Sort(
        (lead.c.priority_rank, lead.c.number),
        lambda row: (rank(row.priority_class), row.number),
        only=(OPEN, is_worked()),
    ),
    "amount": Sort(_BY_AMOUNT, _by_amount, only=(AMOUNT.is_not(None),)),
    "-amount": Sort(_BY_AMOUNT, _by_amount, largest_first=True, only=(AMOUNT.is_not(None),)),
}
GROUPS: Mapping[str, ColumnElement[Any]] = {
    "state": lead.c.state,
    "pool": lead.c.pool,
    "pipeline": lead.c.pipeline,
    "stage": lead.c.stage,
    "owner": lead.c.owner_id,
    "channel": lead.c.channel,
    "source_id": lead.c.source_id,
    "priority_class": lead.c.priority_class,
    "region": lead.c.region,
    "product": lead.c.product,
    "language": lead.c.language,
}
_COLUMNS = [
    (assignment if item.name in LEASE_COLUMNS else lead).c[item.name] for item in fields(Lead)
]


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How many leads have this value; None for those that have none."""

    value: Any
    count: int


async def list_leads(
    session: Session,
    criteria: LeadFilter,
    *,
    sort: Sort,
    after: tuple[Any, ...] | None,
    limit: int,
) -> Sequence[Lead]:
    """A page of leads; one more than `limit` shows that there is a next page."""
    held = [*conditions(criteria), *sort.only]
    if after is not None:
        place = tuple_(*sort.columns)
        held.append(place < after if sort.largest_first else place > after)
    order = [column.desc() if sort.largest_first else column for column in sort.columns]
    if sort.by_lease or uses_leases(criteria):
        if criteria.owner_id is not None:
            # So that the owner's few live leases are looked through, not all their leads.
            held.append(assignment.c.manager_id == criteria.owner_id)
        query = select(*_COLUMNS).select_from(lead.join(assignment, OF_ITS_LEASE))
        query = query.where(*held).order_by(*order).limit(limit + 1)
    else:
        # Leases are looked up for the leads of the page, not for all that could be on it.
        page = select(lead).where(*held).order_by(*order).limit(limit + 1).subquery("page")
        query = _with_leases(page)
    leads = [as_lead(row) for row in await session.execute(query)]
    return sorted(leads, key=sort.values, reverse=sort.largest_first)


def _with_leases(page: Subquery) -> Select[Any]:
    of_its_lease = and_(
        assignment.c.lead_id == page.c.lead_id,
        assignment.c.epoch == page.c.epoch,
        page.c.owner_id.is_not(None),
    )
    columns = [
        (assignment if item.name in LEASE_COLUMNS else page).c[item.name] for item in fields(Lead)
    ]
    return select(*columns).select_from(page.outerjoin(assignment, of_its_lease))


async def count_leads(
    session: Session, criteria: LeadFilter, *, group_by: str
) -> tuple[list[GroupCount], int]:
    """The largest groups, at most `MOST_GROUPS`, and how many leads there are in all."""
    column = GROUPS[group_by]
    query = select(column, func.count()).select_from(lead)
    if uses_leases(criteria):
        query = select(column, func.count()).select_from(lead.join(assignment, OF_ITS_LEASE))
    query = query.where(*conditions(criteria)).group_by(column)
    rows = sorted(await session.execute(query), key=lambda row: (-row[1], str(row[0])))
    groups = [GroupCount(row[0], row[1]) for row in rows[:MOST_GROUPS]]
    return groups, sum(row[1] for row in rows)
