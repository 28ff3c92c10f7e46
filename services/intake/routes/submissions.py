"""Receipts and submissions: the state of a delivery, and its repair."""

import base64
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.intake.domain.masking import masked_text, masked_tree
from services.intake.domain.redaction import secrets_of
from services.intake.domain.requests import RawRequest
from services.intake.domain.states import Reason, SubmissionState
from services.intake.repository import submissions
from services.intake.repository.follow_ups import list_follow_ups
from services.intake.repository.sources import SourceRow, find_source
from services.intake.repository.spam import find_suspicion
from services.intake.repository.submissions import SubmissionFilter, headers_of
from services.intake.routes.masked import show_masked, show_masked_body
from services.intake.schemas.submissions import (
    FollowUpOut,
    ReceiptOut,
    RenormalisedOut,
    RenormaliseIn,
    RepairIn,
    SubmissionDetailOut,
    SubmissionOut,
    receipt_members,
    receipt_out,
)
from services.intake.use_cases import repair
from services.intake.use_cases.repair import Repair
from shared.database import Row, reading, transaction
from shared.errors import NotFoundError
from shared.web.access import Allow
from shared.web.dependencies import LIMIT_DEFAULT, DatabaseOf, Limit, Now
from shared.web.pagination import Page, page, uuid_cursor
from shared.web.read_audit import Reads
from shared.web.tokens import Caller

router = APIRouter(tags=["submissions"])


@router.get("/v1/receipts/{receipt_id}")
async def read_receipt(
    receipt_id: UUID,
    database: DatabaseOf,
    caller: Annotated[Caller, Depends(Allow("supervisor", "source", "ops"))],
) -> ReceiptOut:
    """What became of a delivery. A source sees its own receipts only."""
    async with reading(database) as session:
        row = await submissions.get_receipt(session, receipt_id)
    if caller.role == "source" and row["source_id"] != caller.source_id:
        raise NotFoundError("There is no such receipt.")
    return receipt_out(row)


@router.get("/v1/submissions")
async def list_submissions(  # noqa: PLR0917  FastAPI passes by name
    database: DatabaseOf,
    _caller: Annotated[Caller, Depends(Allow("supervisor", "ops"))],
    limit: Limit = LIMIT_DEFAULT,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    state: SubmissionState | None = None,
    reason: Reason | None = None,
    source_id: UUID | None = None,
) -> Page[SubmissionOut]:
    """Submissions without their bodies, the newest first."""
    criteria = SubmissionFilter(state=state, reason=reason, source_id=source_id)
    after = uuid_cursor(cursor)
    async with reading(database) as session:
        rows = await submissions.list_submissions(session, criteria, after=after, limit=limit)
    items = [SubmissionOut(**_submission_members(row)) for row in rows]
    return page(items, limit=limit, key=lambda item: item.receipt_id)


@router.get(
    "/v1/submissions/{submission_id}",
    dependencies=[Depends(Reads("submission", "submission_id"))],
)
async def read_submission(
    submission_id: UUID,
    database: DatabaseOf,
    caller: Annotated[Caller, Depends(Allow("supervisor"))],
) -> SubmissionDetailOut:
    """One submission: as it came for admin, without secrets and cookies for others."""
    async with reading(database) as session:
        row = await submissions.get_submission(session, submission_id)
        source = await find_source(session, key_or_id=row["source_id"])
        fetches = await list_follow_ups(session, submission_id)
        suspicion = await find_suspicion(session, submission_id)
    assert source is not None, "a submission's source is never deleted"
    detail = _as_it_came(row) if caller.role == "admin" else _masked(row, source)
    return detail.model_copy(
        update={
            "follow_ups": [FollowUpOut(**fetch) for fetch in fetches],
            "spam": suspicion[0] if suspicion else None,
        }
    )


@router.post("/v1/submissions/renormalise", status_code=202)
async def renormalise(
    body: RenormaliseIn,
    database: DatabaseOf,
    now: Now,
    _caller: Annotated[Caller, Depends(Allow("supervisor", "ops"))],
) -> RenormalisedOut:
    """Hand what was set aside to the normaliser again; repeat while `matched` exceeds `queued`."""
    ids = None if body.ids is None else tuple(body.ids)
    criteria = SubmissionFilter(
        state=body.state, reason=body.reason, source_id=body.source_id, ids=ids
    )
    async with transaction(database) as session:
        match_count, queued_count = await repair.renormalise(session, criteria, now=now)
    return RenormalisedOut(matched=match_count, queued=queued_count)


@router.post("/v1/submissions/{submission_id}/repair", status_code=202)
async def repair_submission(
    submission_id: UUID,
    body: RepairIn,
    database: DatabaseOf,
    now: Now,
    caller: Annotated[Caller, Depends(Allow("supervisor"))],
) -> ReceiptOut:
    """Give a submission that was set aside another body or corrections; the original is kept."""
    replacement = None if body.body is None else body.body.encode("utf-8", "replace")
    correction = Repair(replacement, body.content_type, body.overrides)
    async with transaction(database) as session:
        await repair.repair_submission(session, submission_id, correction, by=caller.actor, now=now)
        row = await submissions.get_receipt(session, submission_id)
    return receipt_out(row)


@router.post("/v1/submissions/{submission_id}/release", status_code=202)
async def release_submission(
    submission_id: UUID,
    database: DatabaseOf,
    now: Now,
    caller: Annotated[Caller, Depends(Allow("supervisor"))],
) -> ReceiptOut:
    """Read a mail that the filter has ignored, or what was taken for spam, once more: this time
    without the filter and the threshold. What was learned from it is blocked no more.
    """
    async with transaction(database) as session:
        await repair.release_submission(session, submission_id, by=caller.actor, now=now)
        row = await submissions.get_receipt(session, submission_id)
    return receipt_out(row)


def _submission_members(row: Row) -> dict[str, Any]:
    names = ("settled_at", "linked_to", "repaired_at", "repaired_by", "erased_at")
    return receipt_members(row) | {name: row[name] for name in names}


def _as_it_came(row: Row) -> SubmissionDetailOut:
    return SubmissionDetailOut(
        **_submission_members(row),
        method=row["method"],
        rest=row["rest"],
        query=row["query"],
        headers=dict(headers_of(row["headers"])),
        external_id=row["external_id"],
        **_body_members(row),
        masked=False,
        repaired_body=_text(row["repaired_body"]),
        overrides=row["overrides"],
    )


def _body_members(row: Row) -> dict[str, Any]:
    if row["body_bytes"] is not None:
        return {"body": None, "body_base64": None, "body_bytes": row["body_bytes"]}
    return {
        "body": _text(row["body"]),
        "body_base64": base64.b64encode(row["body"]).decode(),
        "body_bytes": len(row["body"]),
    }


def _size(row: Row) -> int:
    return len(row["body"]) if row["body_bytes"] is None else int(row["body_bytes"])


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-8", "replace")


def _masked(row: Row, source: SourceRow) -> SubmissionDetailOut:
    """Raises SealedError, because secrets that cannot be opened cannot be masked."""
    secrets = secrets_of(source.view())
    request = RawRequest(
        method=row["method"],
        rest=row["rest"],
        query=row["query"],
        headers=headers_of(row["headers"]),
        body=row["body"],
    )
    repaired_body = None
    if row["repaired_body"] is not None:
        kind = row["repaired_content_type"] or request.content_type
        replacement = RawRequest(headers=(("content-type", kind),), body=row["repaired_body"])
        repaired_body = show_masked_body(replacement, secrets)
    external_id, overrides = row["external_id"], row["overrides"]
    return SubmissionDetailOut(
        **_submission_members(row),
        **show_masked(request, secrets),
        method=row["method"],
        external_id=None if external_id is None else masked_text(external_id, secrets),
        body_base64=None,
        body_bytes=_size(row),
        masked=True,
        repaired_body=repaired_body,
        overrides=None if overrides is None else masked_tree(overrides, secrets),
    )
