"""Whole bodies that are larger than the API's usual ones."""

from starlette.requests import Request

from shared.errors import TooLargeError


async def body_within(request: Request, limit: int) -> bytes:
    """The body. Raises TooLargeError as early as possible."""
    declared_length = request.headers.get("content-length", "0")
    pieces, size = [], int(declared_length) if declared_length.isdecimal() else 0
    if size <= limit:
        size = 0
        async for piece in request.stream():
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                break
    if size > limit:
        raise TooLargeError(f"The body may have {limit} bytes at most.")
    return b"".join(pieces)
