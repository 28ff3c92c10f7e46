"""Files of inquiries and large bodies, given out so that no browser runs what a stranger sent."""

import re
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import StreamingResponse

from services.intake.channels.parsing.files import UNKNOWN_TYPE
from services.intake.repository import pieces, submissions
from services.intake.use_cases.attachments import FileReader
from shared.database import Database, reading
from shared.spool import Spool
from shared.web.access import Allow
from shared.web.dependencies import DatabaseOf
from shared.web.read_audit import Audit

router = APIRouter()
# What a browser may be told that it is; all else is bytes.
_HARMLESS = re.compile(
    r"image/(?!svg)[\w.+-]+|audio/[\w.+-]+|video/[\w.+-]+|text/plain|text/csv"
    r"|application/(?:pdf|rtf|zip|msword|vnd\.[\w.+-]+)"
)
_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {UNKNOWN_TYPE: {}}, "description": "The bytes"}
}


def _files(request: Request) -> FileReader:
    files: FileReader = request.app.state.files
    return files


@router.get(
    "/v1/inquiries/{inquiry_id}/attachments/{attachment_id}",
    response_class=StreamingResponse,
    responses=_FILE,
    dependencies=[Depends(Allow("supervisor"))],
    tags=["inquiries and contacts"],
)
async def read_attachment(
    inquiry_id: UUID,
    attachment_id: UUID,
    database: DatabaseOf,
    files: Annotated[FileReader, Depends(_files)],
    audit: Audit,
) -> StreamingResponse:
    """A file that came with an inquiry, to be saved, never to be shown in place."""
    attachment, content = await files.read(database, inquiry_id, attachment_id)
    await audit.record_first("attachment", [inquiry_id])
    kind = attachment.media_type or UNKNOWN_TYPE
    spool = Spool()
    await spool.write(content)
    return StreamingResponse(
        _emptied(spool),
        media_type=kind if _HARMLESS.fullmatch(kind) else UNKNOWN_TYPE,
        headers=_headers(attachment.name or "file", len(content)),
    )


@router.get(
    "/v1/submissions/{submission_id}/body",
    response_class=StreamingResponse,
    responses=_FILE,
    dependencies=[Depends(Allow())],
    tags=["submissions"],
)
async def read_body(submission_id: UUID, database: DatabaseOf, audit: Audit) -> StreamingResponse:
    """The body of a submission, byte for byte as it came, however large."""
    async with reading(database) as session:
        row = await submissions.get_submission(session, submission_id)
    await audit.record_first("body", [submission_id])
    size = len(row["body"]) if row["body_bytes"] is None else row["body_bytes"]
    return StreamingResponse(
        _body(database, submission_id, row["body"]),
        media_type=UNKNOWN_TYPE,
        headers=_headers(f"{submission_id}.bin", size),
    )


async def _body(database: Database, submission_id: UUID, body: bytes) -> AsyncIterator[bytes]:
    yield body
    async for piece in pieces.list_pieces(database, submission_id):
        yield piece


async def _emptied(spool: Spool) -> AsyncIterator[bytes]:
    with spool:
        async for piece in spool.pieces():
            yield piece


def _headers(name: str, size: int) -> dict[str, str]:
    plain = re.sub(r"[^\w.() -]", "_", name, flags=re.ASCII)
    return {
        **_HEADERS,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "Content-Length": str(size),
    }
