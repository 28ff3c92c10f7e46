"""The customer base: cards of persons, and what is set on them by hand."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.history.repository.cards import cards
from services.history.schemas.contacts import (
    CardOut,
    CountsOut,
    GroupOut,
    PersonCountQuery,
    PersonListQuery,
    PersonOut,
)
from services.history.schemas.labels import LabelsIn, LabelsOut
from services.history.use_cases.cards import labels, show
from shared.database import reading, snapshot, transaction
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf, IfMatch, Now
from shared.web.pagination import Page, cursor_id, cursor_moment, decode_cursor, page
from shared.web.read_audit import Audit, Reads
from shared.web.tokens import Caller

router = APIRouter(tags=["customer base"])
Reader = Annotated[Caller, Depends(Allow("supervisor", "manager"))]
Readers = tuple[Callable[[str], Any], ...]


# How the values in a cursor of each order are read.
_BY_ID: Readers = (cursor_id,)
_BY_MOMENT: Readers = (lambda text: cursor_moment(text) if text else None, cursor_id)


def persons_page(rows: list[PersonOut], *, sort: str, limit: int) -> Page[PersonOut]:
    """The page, with the place of its last row in the order as cursor."""
    column = f"{sort.removeprefix('-')}_at"

    def place(item: PersonOut) -> tuple[Any, ...]:
        if sort == "person_id":
            return (item.person_id,)
        moment = getattr(item, column)
        return "" if moment is None else moment.isoformat(), item.person_id

    return page(rows, limit=limit, key=place)


def contacts_of(people: Sequence[PersonOut]) -> list[UUID]:
    """All contacts whose data are shown with these persons: after a split each has been read."""
    return [contact_id for person in people for contact_id in person.contact_ids]


@router.get("/v1/contacts")
async def list_contacts(
    *,
    caller: Reader,
    database: DatabaseOf,
    now: Now,
    audit: Audit,
    query: Annotated[PersonListQuery, Query()],
) -> Page[PersonOut]:
    """Persons who pass every filter, each with all their contacts. A manager sees those of own
    leads.
    """
    after = None
    if query.cursor is not None:
        readers = _BY_ID if query.sort == "person_id" else _BY_MOMENT
        after = decode_cursor(query.cursor, *readers)
    async with reading(database) as session:
        rows = await show.list_persons(
            session,
            query.criteria(caller, now=now),
            sort=query.sort,
            after=after,
            limit=query.limit + 1,
        )
    window = persons_page(
        [PersonOut.model_validate(row) for row in rows], sort=query.sort, limit=query.limit
    )
    audit.record("cards", contacts_of(window.items))
    return window


@router.get("/v1/contacts/counts")
async def count_contacts(
    caller: Reader, database: DatabaseOf, now: Now, query: Annotated[PersonCountQuery, Query()]
) -> CountsOut:
    """How many persons pass every filter, in all and by value."""
    criteria = query.criteria(caller, now=now).criteria()
    async with snapshot(database) as session:
        total = await cards.count_cards(session, criteria)
        groups = []
        if query.group_by is not None:
            groups = await cards.count_groups(session, criteria, group_by=query.group_by)
    return CountsOut(
        total=total, groups=[GroupOut(value=str(value), count=count) for value, count in groups]
    )


@router.get("/v1/contacts/{contact_id}", dependencies=[Depends(Reads("card", "contact_id"))])
async def read_contact(contact_id: UUID, caller: Reader, database: DatabaseOf) -> CardOut:
    """The card of a person, given by any contact id they ever had. A new person's card is there
    within seconds.
    """
    async with snapshot(database) as session:
        view = await show.show_person(session, contact_id, reader=caller.manager_id)
    return CardOut.of(view)


@router.put(
    "/v1/contacts/{contact_id}/labels", dependencies=[Depends(Reads("labels", "contact_id"))]
)
async def put_labels(
    *,
    contact_id: UUID,
    body: LabelsIn,
    caller: Reader,
    database: DatabaseOf,
    now: Now,
    version: IfMatch,
) -> LabelsOut:
    """Set tags and fields on a person; 409 with the present `version` when somebody else has
    meanwhile. They are set on the contact that is named, and go with it when contacts are split.
    """
    async with transaction(database) as session:
        result = await labels.set_labels(
            session,
            contact_id,
            body.change(),
            version=version,
            actor=caller.actor,
            reader=caller.manager_id,
            now=now,
        )
    return LabelsOut.of(result)
