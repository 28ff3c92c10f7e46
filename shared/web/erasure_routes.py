"""Whether this service has followed an erasure, for the one that asked for it."""

from datetime import datetime
from functools import cache
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from shared.database import reading
from shared.errors import NotFoundError
from shared.messaging.consumer.erasures import Forgetting, count_rows, find_receipt
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf

_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_IDS = f"^{_ID}(,{_ID})*$"


class ErasureReceiptOut(BaseModel):
    """`rows` were blanked, by table; `confirmed_at` is null until nothing is left of the person."""

    erasure_id: UUID
    received_at: datetime
    confirmed_at: datetime | None
    rows: dict[str, int]


class ErasurePreviewOut(BaseModel):
    """Rows by table."""

    rows: dict[str, int]


@cache
def erasure_router(forgetting: Forgetting) -> APIRouter:
    """What the producer of erasures asks a consumer."""
    router = APIRouter(tags=["erasure"], dependencies=[Depends(Allow("service"))])

    @router.get("/v1/erasure-preview")
    async def preview_erasure(
        database: DatabaseOf, contact_ids: Annotated[str, Query(pattern=_IDS, max_length=4000)]
    ) -> ErasurePreviewOut:
        """What an erasure of these contacts, separated by commas, would blank."""
        ids = [UUID(text) for text in contact_ids.split(",")]
        return ErasurePreviewOut(rows=dict(await count_rows(database, forgetting, ids)))

    @router.get("/v1/erasure-receipts/{erasure_id}")
    async def read_erasure_receipt(erasure_id: UUID, database: DatabaseOf) -> ErasureReceiptOut:
        """What this service has blanked of an erased person, and since when nothing is left."""
        async with reading(database) as session:
            row = await find_receipt(session, erasure_id)
        if row is None:
            raise NotFoundError("This service has not heard of such an erasure.")
        return ErasureReceiptOut(**row)

    return router
