"""Bytes on their way from one place to another: few stay in memory, many go to a nameless file.

Invariant: the file ends with the process, however that ends.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from typing import IO, Self

MEMORY_BYTES = 131_072  # held in memory; what is longer lies on disk
PIECE_BYTES = 262_144


class Spool:
    """What was written, its `size` in bytes and its SHA-256 `digest`."""

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self.size = 0
        self._memory_bytes = memory_bytes
        self._hash = hashlib.sha256()
        # Closed with the spool.
        self._file: IO[bytes] = SpooledTemporaryFile(max_size=memory_bytes)  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    async def write(self, piece: bytes) -> None:
        """Raises OSError when the disk takes no more."""
        self.size += len(piece)
        self._hash.update(piece)
        if self.size > self._memory_bytes:
            await asyncio.to_thread(
                self._file.write, piece
            )  # a slow disk keeps nobody else waiting
        else:
            self._file.write(piece)

    def head(self, size: int) -> bytes:
        """The first bytes."""
        self._file.seek(0)
        head = self._file.read(size)
        self._file.seek(0, 2)
        return head

    async def pieces(self, size: int = PIECE_BYTES) -> AsyncIterator[bytes]:
        """All of it from the beginning, so many bytes at a time."""
        self._file.seek(0)
        while piece := await asyncio.to_thread(self._file.read, size):
            yield piece
