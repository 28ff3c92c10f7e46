"""A large body on its way to the process apart: piece by piece into a file that goes afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import NamedTemporaryFile

from services.intake.domain.requests import Submission
from services.intake.repository.pieces import list_pieces
from shared.database import Database


@asynccontextmanager
async def body_file(database: Database, submission: Submission) -> AsyncIterator[str | None]:
    """The path of the body; None if it stands in the submission. Raises UnavailableError."""
    if not submission.piece_bytes:
        yield None
        return
    with NamedTemporaryFile(prefix="leadflow-body-") as file:
        async for piece in list_pieces(database, submission.submission_id):
            await asyncio.to_thread(file.write, piece)
        file.flush()
        yield file.name
