"""What a list of leads is filtered by, as conditions that indexes answer."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, not_, select

from services.routing.tables.leads import lead
from services.routing.tables.people import contact_link
from services.routing.tables.work import assignment
from shared.contracts.lead_state import ERASED

# The words of the indexes of lists, which no other statement names.
OPEN = func.num_nonnulls(lead.c.closed_at) == literal_column("0")
WAITS = and_(OPEN, lead.c.owner_id.is_(None))
AMOUNT = func.coalesce(lead.c.amount, lead.c.expected_amount)
# Its present lease; leads and leases are joined by this.
OF_ITS_LEASE = and_(
    assignment.c.lead_id == lead.c.lead_id,
    assignment.c.epoch == lead.c.epoch,
    lead.c.owner_id.is_not(None),
)
LIVE = assignment.c.ended_at.is_(None)
_EQUAL = (
    *("owner_id", "state", "pool", "pipeline", "stage", "channel", "source_id"),
    *("priority_class", "region", "product", "language", "is_test"),
)


def is_worked() -> ColumnElement[bool]:
    """Of whoever was erased a lead is nobody's work, although it is open."""
    return lead.c.parked_reason.is_distinct_from(ERASED)


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """None: whatever it is. A `planned` lead has a next action. `contact_id` is any contact of the
    person. Amounts are what the lead was won for, else what is expected; `currency` is that of
    either. `now` is the moment by which a lead is `rotting`, or its next action `overdue`. One that
    is `set_aside` is neither, nor does it wait.
    """

    now: datetime
    owner_id: UUID | None = None
    unowned: bool = False
    state: str | None = None
    pool: str | None = None
    pipeline: str | None = None
    stage: str | None = None
    channel: str | None = None
    source_id: UUID | None = None
    priority_class: str | None = None
    region: str | None = None
    product: str | None = None
    language: str | None = None
    is_test: bool | None = None
    contact_id: UUID | None = None
    waiting: bool | None = None
    accepted: bool | None = None
    planned: bool | None = None
    set_aside: bool | None = None
    rotting: bool | None = None
    overdue: bool | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    accept_by_before: datetime | None = None
    first_touch_by_before: datetime | None = None
    next_action_before: datetime | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    currency: str | None = None


def conditions(criteria: LeadFilter) -> list[ColumnElement[bool]]:
    """All have to hold. Of columns of leases only live ones count."""
    held = [
        lead.c[name] == value for name in _EQUAL if (value := getattr(criteria, name)) is not None
    ]
    if criteria.state == "open":
        held.append(OPEN)
    if criteria.unowned:
        held.append(lead.c.owner_id.is_(None))
    if criteria.contact_id is not None:
        held.append(lead.c.contact_id.in_(_contacts_of(criteria.contact_id)))
    return held + _flags(criteria) + _moments(criteria) + _amounts(criteria)


def uses_leases(criteria: LeadFilter) -> bool:
    """Whether the conditions name columns of leases."""
    return (criteria.accept_by_before or criteria.first_touch_by_before) is not None


def _contacts_of(contact_id: UUID) -> Select[tuple[UUID]]:
    canonical = (
        select(contact_link.c.canonical_id)
        .where(contact_link.c.contact_id == contact_id)
        .scalar_subquery()
    )
    return select(contact_link.c.contact_id).where(contact_link.c.canonical_id == canonical)


def _flags(criteria: LeadFilter) -> list[ColumnElement[bool]]:
    flags = (
        (criteria.waiting, and_(WAITS, is_worked())),
        (criteria.accepted, lead.c.accepted_at.is_not(None)),
        (criteria.planned, lead.c.next_action.is_not(None)),
        (criteria.set_aside, and_(OPEN, not_(is_worked()))),
        (criteria.rotting, and_(OPEN, is_worked(), lead.c.rots_at <= criteria.now)),
        (criteria.overdue, and_(OPEN, is_worked(), lead.c.next_action_at < criteria.now)),
    )
    return [
        condition if flag else not_(func.coalesce(condition, False))
        for flag, condition in flags
        if flag is not None
    ]


def _moments(criteria: LeadFilter) -> list[ColumnElement[bool]]:
    held: list[ColumnElement[bool]] = []
    if criteria.received_from is not None:
        held.append(lead.c.received_at >= criteria.received_from)
    if criteria.received_to is not None:
        held.append(lead.c.received_at < criteria.received_to)
    if criteria.accept_by_before is not None:
        held += [
            LIVE,
            assignment.c.accepted_at.is_(None),
            assignment.c.accept_by < criteria.accept_by_before,
        ]
    if criteria.first_touch_by_before is not None:
        held += [
            LIVE,
            assignment.c.touched_at.is_(None),
            assignment.c.first_touch_by < criteria.first_touch_by_before,
        ]
    if criteria.next_action_before is not None:
        held += [OPEN, is_worked(), lead.c.next_action_at < criteria.next_action_before]
    return held


def _amounts(criteria: LeadFilter) -> list[ColumnElement[bool]]:
    held: list[ColumnElement[bool]] = []
    if criteria.amount_from is not None:
        held.append(criteria.amount_from <= AMOUNT)
    if criteria.amount_to is not None:
        held.append(criteria.amount_to >= AMOUNT)
    if criteria.currency is not None:
        held.append(func.coalesce(lead.c.currency, lead.c.expected_currency) == criteria.currency)
    return held
