"""The routes by which services compare where inquiries are counted, minute by minute."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from shared.database import transaction
from shared.reconciliation.digests import STEPS, Ledger, list_digests, list_ids, renew
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf
from shared.web.ranges import Moment

MAX_DIGESTS = 2000  # of one page
MAX_IDS = 5000  # of one page

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


class DigestOut(BaseModel):
    """`digest` is the sum of 64-bit hashes of the ids, as text; null while it is counted anew."""

    model_config = ConfigDict(from_attributes=True)

    begins_at: datetime
    count: int | None
    digest: str | None


class DigestPage(BaseModel):
    """`next` is the `from` of the next page."""

    digests: list[DigestOut]
    next: datetime | None


class CountedId(BaseModel):
    inquiry_id: UUID
    times: int


class IdPage(BaseModel):
    """`next` is the `after` of the next page."""

    ids: list[CountedId]
    next: UUID | None


class Span(BaseModel):
    since: Moment
    until: Moment


def _span(
    since: Annotated[Moment, Query(alias="from")] = _EARLIEST,
    until: Annotated[Moment, Query(alias="to")] = _LATEST,
) -> Span:
    return Span(since=since, until=until)


def reconciliation_router(ledger: Ledger) -> APIRouter:
    """Routes over the ledger's first account: every inquiry the service counts, tests included."""
    router = APIRouter(tags=["reconciliation"], dependencies=[Depends(Allow("service"))])
    account = ledger.accounts[0]

    @router.get("/v1/reconciliation")
    async def digests(
        database: DatabaseOf,
        span: Annotated[Span, Depends(_span)],
        step: Annotated[str, Query(pattern="^(minute|hour|day)$")] = "minute",
        limit: Annotated[int, Query(ge=1, le=MAX_DIGESTS)] = MAX_DIGESTS,
    ) -> DigestPage:
        """Digests by the inquiry's `received_at`: of spans that begin at `from` or later and
        before `to`.
        """
        await renew(database, ledger)
        async with transaction(database) as session:
            spans = await list_digests(
                session,
                ledger,
                account,
                step=step,
                since=span.since,
                until=span.until,
                limit=limit,
            )
        further = spans[-1].begins_at + STEPS[step] if len(spans) == limit else None
        return DigestPage(digests=[DigestOut.model_validate(one) for one in spans], next=further)

    @router.get("/v1/reconciliation/ids")
    async def ids(
        database: DatabaseOf,
        minute: Moment,
        after: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=MAX_IDS)] = MAX_IDS,
    ) -> IdPage:
        """The inquiries of one minute, each with the number of places where it is counted."""
        async with transaction(database) as session:
            rows = await list_ids(session, account, minute=minute, after=after, limit=limit)
        items = [CountedId(inquiry_id=inquiry_id, times=times) for inquiry_id, times in rows]
        return IdPage(ids=items, next=items[-1].inquiry_id if len(items) == limit else None)

    return router
