"""A file of an inquiry, taken out of the stored request in the process apart when it is asked for.

Invariant: only a file that its inquiry names and that was not refused comes out.
"""

import pickle
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from services.intake.channels.apart import FILES
from services.intake.channels.parsing.files import MAX_FILE_BYTES
from services.intake.domain.requests import SourceView, Submission
from services.intake.repository.inquiries import get_inquiry
from services.intake.repository.sources import find_source
from services.intake.repository.submissions import find_request
from services.intake.use_cases.bodies import body_file
from services.intake.use_cases.interpret import MAX_READING_BYTES, MAX_READING_SECONDS
from shared.contracts.inquiry import Attachment
from shared.database import Database, reading
from shared.errors import NotFoundError
from shared.sandbox.budget import StumbledError
from shared.sandbox.process import Sandbox, SandboxError

MISSING: Final = "There is no such attachment."


def _sandbox() -> Sandbox:
    return Sandbox(FILES, memory_bytes=MAX_READING_BYTES, answer_bytes=MAX_FILE_BYTES)


@dataclass(eq=False)
class FileReader:
    """One process apart, which takes out one file at a time."""

    sandbox: Sandbox = field(default_factory=_sandbox)

    async def read(
        self, database: Database, inquiry_id: UUID, attachment_id: UUID
    ) -> tuple[Attachment, bytes]:
        """Raises NotFoundError, UnavailableError, SealedError."""
        async with reading(database) as session:
            row = await get_inquiry(session, inquiry_id)
            attachment = _named(row["content"], attachment_id)
            source_id = row["source_id"]
            submission = await find_request(session, row["submission_id"], source_id=source_id)
            source = await find_source(session, key_or_id=source_id)
        if submission is None or source is None:
            raise NotFoundError(MISSING)
        return attachment, await self._content(database, submission, source.view(), attachment_id)

    async def _content(
        self, database: Database, submission: Submission, source: SourceView, attachment_id: UUID
    ) -> bytes:
        async with body_file(database, submission) as path:
            request = pickle.dumps((submission, source, path, attachment_id))
            try:
                return await self.sandbox.call(request, cpu_seconds=MAX_READING_SECONDS)
            except (SandboxError, StumbledError) as error:
                raise NotFoundError(MISSING) from error

    async def close(self) -> None:
        await self.sandbox.close()


def _named(content: dict[str, object], attachment_id: UUID) -> Attachment:
    listed = content.get("attachments")
    for item in listed if isinstance(listed, list) else ():
        attachment = Attachment.model_validate(item)
        if attachment.attachment_id == attachment_id and not attachment.refused:
            return attachment
    raise NotFoundError(MISSING)
