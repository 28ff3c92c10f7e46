"""Identifiers: time-ordered ones for what happens,
derived ones for what must come out the same twice.
"""

import os
import time
from collections import deque
from datetime import datetime
from uuid import UUID, uuid5

_NAMESPACE = UUID("6c656164-666c-5f77-8000-6e616d657370")
_LOT = 256  # ids whose random bytes are drawn by one system call

# Drawn ahead, used once each; a forked child must not use what its parent may use too.
_reserve: deque[bytes] = deque()
os.register_at_fork(after_in_child=_reserve.clear)


def random_bytes() -> bytes:
    """Sixteen bytes of the system's randomness."""
    try:
        return _reserve.popleft()
    except IndexError:
        lot = os.urandom(16 * _LOT)
        _reserve.extend(lot[place : place + 16] for place in range(16, 16 * _LOT, 16))
        return lot[:16]


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    value = int.from_bytes(random_bytes())
    value = (value & ((1 << 80) - 1)) | (time.time_ns() // 1_000_000 << 80)
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def first_id(moment: datetime) -> UUID:
    """The lowest UUIDv7 of a moment's millisecond: whatever was made before it is lower."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def derived_id(kind: str, *parts: object) -> UUID:
    """A UUIDv5 of the parts: the same parts always give the same id."""
    return uuid5(_NAMESPACE, "\x1f".join([kind, *(str(part) for part in parts)]))
