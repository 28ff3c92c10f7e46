"""The pieces of a large body, read one after the other."""

from collections.abc import AsyncIterator
from uuid import UUID

from shared.database import Database, reading

_PIECE = """
SELECT bytes FROM submission_piece WHERE submission_id = :submission_id AND place = :place
"""


async def list_pieces(database: Database, submission_id: UUID) -> AsyncIterator[bytes]:
    """Each piece by a statement of its own, so that a slow reader holds no connection."""
    place = 0
    while True:
        async with reading(database) as session:
            piece = await session.scalar(_PIECE, {"submission_id": submission_id, "place": place})
        if piece is None:
            return
        yield bytes(piece)
        place += 1
