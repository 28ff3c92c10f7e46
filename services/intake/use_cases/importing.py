"""The loop that imports tables: a slice of rows in a transaction, from where it stood.

Invariant: a row becomes one submission, however often its slice is tried; what comes in by the door
goes first.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from uuid import UUID

import structlog

from services.intake.domain.imports import PREVIEWS, ImportState, ImportWish, RowFault
from services.intake.domain.requests import Content, RawRequest, SourceView, Submission
from services.intake.repository import imports as rows
from services.intake.repository.imports import ImportedRow
from services.intake.repository.sources import find_source
from services.intake.use_cases.imports import IMPORTS
from services.intake.use_cases.interpret import Reader
from services.intake.use_cases.repair import ARRIVED
from shared.clock import Clock
from shared.database import Database, Row, reading, transaction
from shared.ids import new_id
from shared.runtime.loop import Loop, Progress
from shared.sandbox.process import Sandbox
from shared.sheets import Sheet, SheetError, sheet_of, text_of_sheet
from shared.workbook_tables import table_of

log = structlog.get_logger()
POLL_SECONDS: Final = 5.0
SLICE: Final = 200  # rows of a transaction
MOST_PENDING: Final = 200  # submissions that wait, above which an import waits as well
WAIT_SECONDS: Final = 0.2
BREATH_SECONDS: Final = 0.003
MAX_WORKBOOK_BYTES: Final = 1024 * 1_048_576  # of memory, beyond the loaded code, to read one
MAX_WORKBOOK_TEXT: Final = 64 * 1_048_576  # of its table as CSV
_WORKBOOK: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods, xls
_JSON: Final = (("content-type", "application/json"),)


@dataclass(eq=False)
class Importer:
    """`workbooks` is the process apart that reads workbooks."""

    database: Database
    clock: Clock
    reader: Reader
    workbooks: Sandbox
    waiting: "Work | None" = None

    async def step(self) -> bool:
        """One slice of the next import; False if none waits. Raises UnavailableError."""
        async with reading(self.database) as session:
            import_id = await rows.find_next_import(session)
            if import_id is None:
                self.waiting = None
                return False
            job = await rows.get_import(session, import_id)
            source = await find_source(session, key_or_id=job["source_id"])
        assert source is not None, "a source is never deleted"
        try:
            if self.waiting is None or self.waiting.job["import_id"] != import_id:
                self.waiting = await self._open(job, source.view())
            await self._slice(self.waiting)
        except SheetError as error:
            await self._end(import_id, {"state": ImportState.FAILED, "failure": str(error)})
        return True

    async def _open(self, job: Row, source: SourceView) -> "Work":
        """Raises SheetError."""
        wish = ImportWish(**job["wish"])
        async with reading(self.database) as session:
            content = await rows.get_file(session, job["import_id"])
        text = await self._text(content, wish)
        sheet = sheet_of(text, delimiter="," if content.startswith(_WORKBOOK) else wish.delimiter)
        number = job["rows"]
        if number is None:
            number = await _counted(sheet)
            values = {"rows": number, "state": ImportState.RUNNING}
            async with transaction(self.database) as session:
                await rows.change_import(session, job["import_id"], values)
        rest = (item for item in sheet.rows() if item[0] > job["last_row"])
        return Work(job, source, wish, sheet, rest)

    async def _text(self, content: bytes, wish: ImportWish) -> str:
        if not content.startswith(_WORKBOOK):
            return text_of_sheet(content, encoding=wish.encoding)
        return await table_of(self.workbooks, content, wish.sheet)

    async def _slice(self, work: "Work") -> None:
        """Import some rows, and end the import after its last one. Raises SheetError."""
        import_id = work.job["import_id"]
        if not work.job["dry_run"]:
            await self._let_others_first()
        if not work.slice:
            work.slice = list(islice(work.rest, SLICE))
        readings = await self._read(work, work.slice)
        async with transaction(self.database) as session:
            job = await rows.get_import(session, import_id, lock=True)
            if job["state"] != ImportState.RUNNING:
                self.waiting = None
                return
            if work.slice:
                await rows.add_rows(
                    session, import_id, work.source.source_id, readings, now=self.clock()
                )
                await rows.change_import(session, import_id, work.progress(job, readings))
                session.notify_after_commit(ARRIVED)
            else:
                ends = {"state": ImportState.DONE, "ended_at": self.clock()}
                await rows.change_import(session, import_id, {**ends, "preview": work.preview()})
        if not work.slice:
            self.waiting = None
        work.slice = []

    async def _let_others_first(self) -> None:
        async with reading(self.database) as session:
            count = await rows.count_pending(session, most=MOST_PENDING)
        if count >= MOST_PENDING:
            await asyncio.sleep(WAIT_SECONDS)

    async def _read(
        self, work: "Work", items: Sequence[tuple[int, dict[str, str]]]
    ) -> list[ImportedRow]:
        """Each row as it will be stored; in a dry run only those at fault are kept."""
        imported = []
        start = time.perf_counter()
        for number, cells in items:
            if time.perf_counter() - start > BREATH_SECONDS:
                await asyncio.sleep(0)
                start = time.perf_counter()
            submission = work.submission(number, cells, now=self.clock())
            (outcome,) = self.reader.here([(submission, work.source)]) or [None]
            fault = _fault(None if outcome is None else outcome.content)
            if fault is not None:
                imported.append(ImportedRow(number, fault=fault, cells=cells))
            elif work.job["dry_run"]:
                assert outcome is not None
                work.show(number, outcome.content)
            else:
                body = submission.request.body
                imported.append(ImportedRow(number, submission.submission_id, body))
        return imported

    async def _end(self, import_id: UUID, values: dict[str, Any]) -> None:
        self.waiting = None
        async with transaction(self.database) as session:
            await rows.change_import(session, import_id, {**values, "ended_at": self.clock()})


@dataclass(eq=False)
class Work:
    """An import in hand: the rest of its rows, and the slice that is being tried."""

    job: Row
    source: SourceView
    wish: ImportWish
    sheet: Sheet
    rest: Iterator[tuple[int, dict[str, str]]]
    slice: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    previews: list[dict[str, Any]] = field(default_factory=list)

    def submission(self, number: int, cells: dict[str, str], *, now: Any) -> Submission:
        body = {"row": cells, "columns": self.wish.columns, "constants": self.wish.constants}
        marked = {**body, "import": {"import_id": str(self.job["import_id"]), "row": number}}
        content = json.dumps(marked, ensure_ascii=False).encode("utf-8", "replace")
        request = RawRequest(headers=_JSON, body=content, received_at=now)
        return Submission(new_id(), self.source.source_id, False, request, now)

    def progress(self, job: Row, imported: Sequence[ImportedRow]) -> dict[str, Any]:
        at_fault = sum(row.fault is not None for row in imported)
        return {
            "rows_done": job["rows_done"] + len(self.slice),
            "rows_at_fault": job["rows_at_fault"] + at_fault,
            "last_row": self.slice[-1][0],
        }

    def show(self, number: int, content: Content) -> None:
        if len(self.previews) < PREVIEWS:
            drafts = (*content.drafts, *(report.draft for report in content.purchases))
            inquiries = [draft.model_dump(mode="json") for draft in drafts]
            self.previews.append({"row": number, "inquiries": inquiries})

    def preview(self) -> dict[str, Any] | None:
        if not self.job["dry_run"]:
            return None
        unknown = [column for column in self.wish.columns if column not in self.sheet.columns]
        return {
            "columns": list(self.sheet.columns),
            "missing_columns": unknown,
            "rows": self.previews,
        }


def _fault(content: Content | None) -> str | None:
    """Why the row gives no inquiry: nobody could be called or written to, or it is unreadable."""
    if content is None or content.quarantined is not None:
        return content.quarantined if content and content.quarantined else RowFault.UNREADABLE
    contacts = [item.contact for item in content.drafts]
    contacts += [report.draft.contact for report in content.purchases]
    if not any(contact.phones or contact.emails for contact in contacts):
        return RowFault.NO_CONTACT
    return None


async def _counted(sheet: Sheet) -> int:
    """How many rows there are. Raises SheetError for one that cannot be read."""
    number = 0
    for number, _ in enumerate(sheet.rows(), start=1):
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return number


def imports_loop(importer: Importer) -> Loop:
    """Imports one table at a time."""

    async def run(progress: Progress) -> None:
        try:
            while True:
                is_busy = await importer.step()
                progress.beat()
                if not is_busy:
                    await importer.database.wakeup.wait(IMPORTS, seconds=POLL_SECONDS)
        finally:
            importer.waiting = None
            await importer.workbooks.close()

    return Loop("imports", run)
