"""How much of a request's body is read: counted while it arrives, refused before more is read.

The framework's own limit is not used: it refuses in plain text, outside of all that makes a refusal
one of this API.
"""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from shared.web.limits import MAX_BODY_BYTES

_BODY = "leadflow.body"


class BodyTooLargeError(HTTPException):
    """From where it reads a body the framework lets only errors of this class through."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"The body may have {limit} bytes at most.")


def is_beyond(size: int, limit: int) -> bool:
    return size > limit


class LimitedBody:
    """What a request's application receives. Raises BodyTooLargeError."""

    def __init__(self, receive: Receive, declared_length: int) -> None:
        self.limit = MAX_BODY_BYTES
        self.answered = False  # what still comes is read by nobody
        self._receive = receive
        self._size = declared_length  # before the first byte; then what has arrived
        self._begun = False

    async def __call__(self) -> Message:
        self._check()
        message = await self._receive()
        if not self._begun:
            self._begun, self._size = True, 0
        self._size += len(message.get("body", b""))
        self._check()
        return message

    def _check(self) -> None:
        if not self.answered and is_beyond(self._size, self.limit):
            raise BodyTooLargeError(self.limit)


def limited(scope: Scope, receive: Receive, declared_length: int) -> LimitedBody:
    """The body of this request, with the limit of all."""
    body = scope[_BODY] = LimitedBody(receive, declared_length)
    return body


async def body_within(request: Request, limit: int) -> bytes:
    """The whole body where it may be larger, or only smaller, than of other calls. Raises
    BodyTooLargeError as early as possible.
    """
    request.scope[_BODY].limit = limit
    return await request.body()
