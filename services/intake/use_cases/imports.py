"""Imports as people work them: opened, given a file, tried, run, cancelled."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.intake.domain.imports import ENDED, ImportState, ImportWish
from services.intake.domain.requests import CSV_IMPORT
from services.intake.repository import imports as rows
from services.intake.repository.sources import SourceRow
from shared.database import Row, Session
from shared.errors import ConflictError, InvalidError
from shared.ids import new_id

IMPORTS: Final = "imports"  # the wake-up's channel: an import waits for its turn


class ImportStateError(ConflictError):
    """The import is not in a state for this."""


class SameFileError(ConflictError):
    """The file has been imported into this source before."""


async def open_import(
    session: Session,
    source: SourceRow,
    wish: ImportWish,
    *,
    name: str,
    dry_run: bool,
    by: str,
    now: datetime,
) -> UUID:
    """Raises InvalidError for a source of another adapter."""
    if source.adapter != CSV_IMPORT:
        raise InvalidError(
            "Tables are imported into a source of the adapter csv-import.",
            errors=[("/source", f"has the adapter {source.adapter}")],
        )
    import_id = new_id()
    await rows.add_import(
        session,
        {
            "import_id": import_id,
            "source_id": source.source_id,
            "name": name,
            "state": ImportState.OPEN,
            "dry_run": dry_run,
            "wish": asdict(wish),
            "created_at": now,
            "created_by": by,
        },
    )
    return import_id


async def give_file(session: Session, import_id: UUID, content: bytes, *, again: bool) -> None:
    """Store the file and queue the import.

    Raises ImportStateError, SameFileError unless `again`, InvalidError for an empty file.
    """
    if not content.strip():
        raise InvalidError("The file is empty.", errors=[("", "has no bytes")])
    job = await rows.get_import(session, import_id, lock=True)
    if job["state"] != ImportState.OPEN:
        raise ImportStateError("This import has its file.")
    digest = hashlib.sha256(content).digest()
    if not job["dry_run"] and not again:
        await _refuse_same_file(session, job, digest)
    await rows.write_file(session, import_id, content)
    await _queue(session, import_id, {"file_digest": digest})


async def run_again(
    session: Session, import_id: UUID, *, wish: ImportWish | None, dry_run: bool, again: bool
) -> None:
    """Run an ended dry run anew, dry or in earnest, perhaps read in another way.

    Raises ImportStateError, SameFileError unless `again`.
    """
    job = await rows.get_import(session, import_id, lock=True)
    if job["state"] not in ENDED or not job["dry_run"] or job["file_digest"] is None:
        raise ImportStateError("Only a dry run that has ended can be run again.")
    if not dry_run and not again:
        await _refuse_same_file(session, job, job["file_digest"])
    values: dict[str, Any] = {"dry_run": dry_run}
    if wish is not None:
        values["wish"] = asdict(wish)
    await rows.forget_rows(session, import_id)
    await _queue(session, import_id, values)


async def cancel_import(session: Session, import_id: UUID, *, now: datetime) -> None:
    """End it where it stands; rows that were imported stay. Raises ImportStateError."""
    job = await rows.get_import(session, import_id, lock=True)
    if job["state"] in ENDED:
        raise ImportStateError("This import has ended.")
    await rows.change_import(session, import_id, {"state": ImportState.CANCELLED, "ended_at": now})


async def _refuse_same_file(session: Session, job: Row, digest: bytes) -> None:
    earlier = await rows.find_same_file(session, source_id=job["source_id"], file_digest=digest)
    if earlier is not None:
        raise SameFileError(
            f"Import {earlier} has taken this file. Say again=true to take it once more."
        )


async def _queue(session: Session, import_id: UUID, values: dict[str, Any]) -> None:
    fresh = {
        "state": ImportState.QUEUED,
        "ended_at": None,
        "rows": None,
        "rows_done": 0,
        "rows_at_fault": 0,
        "last_row": 0,
        "failure": None,
        "preview": None,
    }
    await rows.change_import(session, import_id, {**fresh, **values})
    session.notify_after_commit(IMPORTS)


def cells_of(fault: Row) -> dict[str, str]:
    """The cells of a row at fault: kept beside it, or in the submission that was set aside."""
    cells: dict[str, str] = fault["cells"] or json.loads(fault["body"])["row"]
    return cells
