"""The route that shows who read personal data in this service."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from shared.database import reading
from shared.read_audit.rows import Read, ReadFilter, list_reads
from shared.text import Text
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit
from shared.web.pagination import Page, moment_cursor, page
from shared.web.ranges import Moment

_Word = Annotated[Text | None, Query(min_length=1, max_length=100)]


class ReadOut(BaseModel):
    """One reading: who (`actor`, and the token that was shown), what kind of thing, and the ids of
    the contacts, leads, inquiries or submissions whose personal data were in the answer.
    """

    model_config = ConfigDict(from_attributes=True)

    audit_id: UUID
    at: datetime
    actor: str
    role: str
    token_id: str | None
    what: str
    subject_ids: list[UUID]
    shape: dict[str, Any]
    trace_id: str | None


@cache
def read_audit_router() -> APIRouter:
    """For a service that notes reads."""
    router = APIRouter(tags=["read audit"], dependencies=[Depends(Allow("supervisor"))])

    @router.get("/v1/read-audit")
    async def list_read_audit(  # noqa: PLR0917  FastAPI passes by name
        database: DatabaseOf,
        limit: Limit = LIMIT_DEFAULT,
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        actor: _Word = None,
        what: _Word = None,
        subject_id: UUID | None = None,
        since: Annotated[Moment | None, Query(alias="from")] = None,
        until: Annotated[Moment | None, Query(alias="to")] = None,
    ) -> Page[ReadOut]:
        """Who looked at personal data of this service or exported them, the latest first."""
        subjects = None if subject_id is None else [subject_id]
        criteria = ReadFilter(actor, what, subjects, since, until)
        after = moment_cursor(cursor)
        async with reading(database) as session:
            reads = await list_reads(session, criteria, after=after, limit=limit + 1)
        window: Page[Read] = page(reads, limit=limit, key=lambda note: (note.at, note.audit_id))
        items = [ReadOut.model_validate(note) for note in window.items]
        return Page(items=items, next_cursor=window.next_cursor)

    return router
