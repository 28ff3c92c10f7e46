"""A process apart that does work whose length somebody else chooses, one request at a time.

It is started when first needed, used again, and started anew after it has ended. It has no
descriptors, environment or network of ours and ends with us, however we end.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass, field
from typing import Final

import structlog

from shared.errors import UnavailableError
from shared.sandbox.budget import StumbledError
from shared.sandbox.child import ANSWER, BEGUN, DONE, HUNGRY, READY, REQUEST, SLOW, STUMBLED

log = structlog.get_logger()
START_SECONDS: Final = 25.0  # of the clock, until the process has loaded its code
ANSWER_SECONDS: Final = 25.0  # of the clock, however little CPU time a busy machine gives
GRACE_SECONDS: Final = 0.5  # of CPU time, between asking the work to stop and killing it


class SandboxError(Exception):
    """The work was not done, and that is the work's own doing."""


class TooSlowError(SandboxError):
    """It used up its CPU time."""


class TooHungryError(SandboxError):
    """It needed more memory than it may."""


class TooVerboseError(SandboxError):
    """Its answer is longer than it may be."""


class DiedError(SandboxError):
    """The process ended in the midst of it, or stood still. Others may have done that."""


@dataclass(eq=False)
class Sandbox:
    """`target` names a function from bytes to bytes, as `module:function`. `memory_bytes` is what
    the work may need beyond the loaded code, `answer_bytes` the longest answer that is read.
    """

    target: str
    memory_bytes: int
    answer_bytes: int
    _process: Process | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ending: "set[asyncio.Task[int]]" = field(default_factory=set)

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def call(self, request: bytes, *, cpu_seconds: float) -> bytes:
        """What the function makes of the request.

        Raises a SandboxError, and UnavailableError when no process can be started, which is not
        the request's fault.
        """
        async with self._turn:
            for _ in range(2):  # it may have ended while nothing was asked of it
                if await self._begin(request, cpu_seconds):
                    return _result(*await self._finish())
            raise UnavailableError("No process apart stays alive now.")

    async def _begin(self, request: bytes, cpu_seconds: float) -> bool:
        """Whether a process has taken the request up."""
        head = REQUEST.pack(*deadlines(cpu_seconds), len(request))
        is_begun = False
        try:
            process = await self._running()
            assert process.stdin is not None
            async with asyncio.timeout(ANSWER_SECONDS):
                process.stdin.writelines((head, request))
                await process.stdin.drain()
                kind, _ = await _receive(process, most=0)
            is_begun = kind == BEGUN
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            return False
        finally:
            if not is_begun:
                self._end()
        return True

    async def _finish(self) -> tuple[bytes, bytes]:
        process = self._process
        assert process is not None
        intact = False
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                kind, content = await _receive(process, most=self.answer_bytes)
            intact = kind != HUNGRY  # its memory is in pieces: a fresh one is as good as new
        except (asyncio.IncompleteReadError, ConnectionError):
            if await process.wait() == -signal.SIGPROF:
                raise TooSlowError from None
            raise DiedError from None
        except TimeoutError:
            raise DiedError from None
        finally:
            if not intact:
                self._end()
        return kind, content

    async def close(self) -> None:
        """End the process, if there is one. A later call starts another."""
        self._end()
        if self._ending:
            await asyncio.wait(self._ending)

    async def _running(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = await self._start()
        return self._process

    async def _start(self) -> Process:
        process: Process | None = None
        ready = False
        try:
            async with asyncio.timeout(START_SECONDS):
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-P", "-B", "-m", "shared.sandbox.child",
                    self.target, str(self.memory_bytes),
                    stdin=PIPE, stdout=PIPE, stderr=DEVNULL,
                    env={"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
                    start_new_session=True,  # a terminal's Ctrl-C is for us; we end it
                )  # fmt: skip
                kind, content = await _receive(process, most=1000)
            ready = kind == READY
            if not ready:
                log.error("sandbox.not_started", error=content.decode("ascii", "replace"))
                raise UnavailableError("The process apart cannot load its code.")
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.warning("sandbox.not_started", error=type(error).__name__)
            raise UnavailableError("No process apart can be started now.") from error
        finally:
            if process is not None and not ready:
                self._process = process
                self._end()
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        ending = asyncio.ensure_future(process.wait())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


def deadlines(cpu_seconds: float) -> tuple[float, float]:
    """Seconds of CPU time after which the work is asked to stop, and after which it is killed."""
    return cpu_seconds, cpu_seconds + GRACE_SECONDS


async def _receive(process: Process, *, most: int) -> tuple[bytes, bytes]:
    assert process.stdout is not None
    kind, size = ANSWER.unpack(await process.stdout.readexactly(ANSWER.size))
    if size > most:
        raise TooVerboseError
    return kind, await process.stdout.readexactly(size)


def _result(kind: bytes, content: bytes) -> bytes:
    if kind == SLOW:
        raise TooSlowError
    if kind == HUNGRY:
        raise TooHungryError
    if kind == STUMBLED:
        raise StumbledError(content[:100].decode("ascii", "replace"))
    if kind != DONE:
        raise DiedError
    return content
