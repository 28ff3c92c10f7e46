"""Shows the customer base: one person, pages and counts; managers see persons of own leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.history.domain.labels import ShownField, shown_fields
from services.history.domain.segments.tree import Node
from services.history.repository import timelines
from services.history.repository.cards import cards, labels
from services.history.repository.cards.cards import Card, CardFilter, OpenLead, Purchase
from services.history.repository.segments.conditions import Moment, condition
from shared.database import Session
from shared.errors import NotFoundError

MOST_LEADS = 50  # open ones of a card, the newest
MOST_PURCHASES = 20  # of a card, the latest
_UTC = ZoneInfo("UTC")


class UnknownContactError(NotFoundError):
    """There is no such person, or the caller may not see them: the answer is the same."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What was set by hand on all contacts of a person; `version` is that of all of it."""

    version: int
    tags: Sequence[str]
    fields: dict[str, ShownField]


@dataclass(frozen=True, slots=True)
class PersonView:
    card: Card
    labels: Labels
    leads: Sequence[OpenLead]
    purchases: Sequence[Purchase]


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """`nodes` all have to hold, understood at `now` in UTC."""

    now: datetime
    nodes: Sequence[Node] = ()
    reader_id: UUID | None = None
    segment_id: UUID | None = None

    def criteria(self) -> CardFilter:
        at = Moment(self.now, _UTC)
        return CardFilter(
            conditions=[condition(node, at) for node in self.nodes],
            reader_id=self.reader_id,
            segment_id=self.segment_id,
        )


async def require_card(session: Session, contact_id: UUID, *, reader: UUID | None) -> Card:
    """The card that the contact stands on. `reader` is a manager who may see persons of own leads
    only. Raises UnknownContactError.
    """
    person_id = await cards.find_person(session, contact_id)
    card = None if person_id is None else await cards.find_card(session, person_id)
    if card is None or not await may_see(session, card.contact_ids, reader=reader):
        raise UnknownContactError("There is no such contact.")
    return card


async def may_see(session: Session, contact_ids: Sequence[UUID], *, reader: UUID | None) -> bool:
    """Whether the reader may see a person: anybody if `reader` is None, else those of own leads."""
    if reader is None:
        return True
    return bool(await timelines.leads_of(session, manager_id=reader, contact_ids=contact_ids))


async def show_labels(session: Session, contact_ids: Sequence[UUID]) -> Labels:
    """What was set on these contacts, which are one person."""
    return Labels(
        version=await labels.get_version(session, contact_ids),
        tags=await labels.list_tags(session, contact_ids),
        fields=dict(shown_fields(await labels.list_values(session, contact_ids))),
    )


async def show_person(session: Session, contact_id: UUID, *, reader: UUID | None) -> PersonView:
    """A person by any of their contact ids. Raises UnknownContactError."""
    card = await require_card(session, contact_id, reader=reader)
    return PersonView(
        card=card,
        labels=await show_labels(session, card.contact_ids),
        leads=await cards.list_open_leads(
            session, card.contact_ids, reader_id=reader, limit=MOST_LEADS
        ),
        purchases=await cards.list_purchases(session, card.contact_ids, limit=MOST_PURCHASES),
    )


async def list_persons(
    session: Session,
    criteria: PersonFilter,
    *,
    sort: str,
    after: tuple[Any, ...] | None,
    limit: int,
) -> Sequence[Card]:
    """A page in one of the orders of `cards.SORTS`."""
    return await cards.list_cards(
        session, criteria.criteria(), sort=cards.SORTS[sort], after=after, limit=limit
    )
