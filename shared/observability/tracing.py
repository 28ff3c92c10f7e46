"""W3C trace context carried request → journal → log → handler.

Malformed input starts a new trace.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.ids import random_bytes

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def current_traceparent() -> str | None:
    return _current.get()


def current_trace_id() -> str | None:
    traceparent = _current.get()
    return traceparent[3:35] if traceparent else None


def started(incoming: str | None) -> str:
    """A span of this process: a child of the incoming traceparent when that is well formed."""
    if incoming and _TRACEPARENT.fullmatch(incoming):
        return f"{incoming[:36]}{random_bytes()[:8].hex()}{incoming[52:]}"
    return f"00-{random_bytes().hex()}-{random_bytes()[:8].hex()}-01"


@contextmanager
def traced(traceparent: str | None) -> Iterator[None]:
    """Everything emitted or logged inside the block carries this traceparent."""
    token = _current.set(traceparent)
    try:
        yield
    finally:
        _current.reset(token)
